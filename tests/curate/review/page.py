"""The review page as a person meets it: what it shows and what is in the file, for the browser tests."""

import re

from curate.decisions import drop_undone, read_decisions


class Page:
    """One tab."""

    def __init__(self, context, served, path="/", ready="#main[data-item], #main[data-mode=end], .tile"):
        self.tab, self.served = context.new_page(), served
        self.errors = []
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.open(path, ready)

    def open(self, path="/", ready="#main[data-item], #main[data-mode=end], .tile"):
        self.tab.goto(self.served.url + path)
        self.tab.wait_for_selector(ready)
        self.settle()

    def settle(self):
        """Wait until nothing is at work any more."""
        self.tab.wait_for_selector("body:not([data-busy])", state="attached")

    def press(self, *keys):
        """Press keys as a person does: each once the page shows what the last one did."""
        for key in keys:
            self.tab.keyboard.press(key)
            self.settle()
        return self

    @property
    def item(self):
        return self.tab.get_attribute("#main", "data-item")

    @property
    def shown(self):
        """The sha256 of the large picture."""
        return re.search(r"/picture/(\w+)/screen", self.tab.get_attribute("#stage img", "src")).group(1)

    @property
    def question(self):
        return self.tab.inner_text("#question")

    @property
    def place(self):
        return self.tab.inner_text("#progress-text b")

    def button(self, key):
        return self.tab.locator(f'#actions [data-key="{key}"]')

    def rows(self):
        """All rows of the file, as (decision, sha256, label or other picture)."""
        frame = read_decisions(self.served.layout.decisions).astype(object)
        frame = frame.where(frame.notna(), None)
        return [(r.decision, r.sha256, r.label or r.other_sha256) for r in frame.itertuples()]

    def standing(self):
        """The decisions that stand, in the file's order."""
        return drop_undone(read_decisions(self.served.layout.decisions))["decision"].tolist()
