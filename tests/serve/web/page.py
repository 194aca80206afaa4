"""The app as a person meets it, for the browser tests."""

from pathlib import Path

# What Chromium itself logs of answers that the tests provoke: the app tells the reader, which is what is tested.
EXPECTED = ("Failed to load resource",)


class Page:
    """One tab."""

    def __init__(self, tab, url):
        self.tab, self.url = tab, url
        self.errors: list[str] = []
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("console", self._note)

    def _note(self, message):
        if message.type == "error" and not message.text.startswith(EXPECTED):
            self.errors.append(message.text)

    def open(self, path=""):
        self.tab.goto(f"{self.url}/{path}")
        self.tab.wait_for_selector("html[data-ready] h1")

    def choose(self, data, name="car.jpg", kind="image/jpeg", by="choose"):
        """Choose a photo, bytes or a path, and return at once."""
        file = str(data) if isinstance(data, Path) else {"name": name, "mimeType": kind, "buffer": data}
        self.tab.set_input_files(f"#{by}", file)

    def ask(self, data, **options):
        """Choose a photo, wait for what comes of it, and return the headline."""
        self.choose(data, **options)
        self.settle()
        return self.title

    def ask_again(self, data, **options):
        """As ``ask``, from wherever the page is."""
        self.tab.evaluate("location.hash = ''")
        self.tab.wait_for_selector(".start")
        return self.ask(data, **options)

    def settle(self):
        """Wait until the photo's answer or trouble shows, and its facts where there are some."""
        self.tab.wait_for_selector(".answer:not(.working)")
        self.tab.wait_for_function("() => !document.querySelector('.facts[aria-busy=true]')")

    @property
    def title(self):
        return self.tab.inner_text("h1")

    @property
    def text(self):
        """All text that shows, in one line, with plain spaces."""
        return " ".join(self.tab.inner_text("body").split())

    @property
    def spoken(self):
        """What screen readers were told last."""
        return self.tab.text_content("#speaker")

    @property
    def facts(self):
        return " ".join(self.tab.inner_text(".facts-body").split())

    def press(self, name):
        self.tab.get_by_role("button", name=name, exact=True).click()
