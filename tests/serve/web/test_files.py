"""The web app's files: what they must have and must not have, told without a browser."""

import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from tools.stamp_web import WEB, shell

SCRIPTS = sorted((WEB / "scripts").glob("*.js"))
LANGUAGES = ("de", "en")


def read(name):
    return (WEB / name).read_text(encoding="utf-8")


def words(language):
    """Return the dictionary of a language; its file is as plain as JSON but for the frame and the last comma."""
    text = read(f"scripts/words/{language}.js")
    body = re.sub(r",\s*}", "}", text.removeprefix("export const words =").strip().removesuffix(";"))
    return json.loads(body)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.all = []

    def handle_starttag(self, tag, attributes):
        self.all.append((tag, dict(attributes)))


@pytest.fixture(scope="module")
def tags():
    parser = Tags()
    parser.feed(read("index.html"))
    return parser.all


def test_both_languages_have_every_key_and_the_same_placeholders():
    german, english = (words(language) for language in LANGUAGES)
    assert german.keys() == english.keys()
    for key, text in english.items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", german[key])), key
        assert text.strip() and german[key].strip(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keys_are_sorted_and_each_stands_once(language):
    keys = re.findall(r'^  "([^"]+)":', read(f"scripts/words/{language}.js"), re.MULTILINE)
    assert keys == sorted(set(keys))


def test_every_key_in_use_exists_and_every_key_is_in_use(tags):
    code = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    used = {attributes[name] for _, attributes in tags for name in ("data-say", "data-say-label") if name in attributes}
    used |= set(re.findall(r'\bsay\("([^"]+)"', code))
    for first, second in re.findall(r'\bsay\([^"()]*\? "([^"]+)" : "([^"]+)"', code):
        used |= {first, second}
    used |= {f"{key}.{form}" for key in re.findall(r'\bsayCount\("([^"]+)"', code) for form in ("one", "other")}
    patterns = {prefix + r"[^.]+" + suffix for prefix, suffix in
                (map(re.escape, pair) for pair in re.findall(r"\bsay(?:IfKnown)?\(`([^$`]+)\$\{[^}]+}([^`]*)`", code))}
    known = words("en").keys()
    assert used - known == set()
    assert {key for key in known - used if not any(re.fullmatch(p, key) for p in patterns)} == set()


def test_every_fuel_of_the_tables_has_its_words():
    from tables import MODELS

    meaning = next(column.help for column in MODELS.columns if column.name == "fuel_type")
    fuels = set(re.findall(r"[A-Z]+", meaning))
    assert fuels and {f"fuel.{fuel}" for fuel in fuels} <= words("en").keys()


def test_every_trouble_has_its_words():
    code = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    reasons = set(re.findall(r'new Trouble\("(\w+)"', code)) | set(re.findall(r'\d{3}: "(\w+)"', code)) | {"failed"}
    reasons |= {reason for pair in re.findall(r'new Trouble\([^")]+\? "(\w+)" : "(\w+)"', code) for reason in pair}
    assert {"large", "unreadable", "offline", "away", "busy", "hurried", "slow"} <= reasons
    assert {f"problem.{reason}{end}" for reason in reasons for end in ("", ".title")} <= words("en").keys()


def test_nothing_is_inline(tags):
    for tag, attributes in tags:
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes), tag
        assert tag != "style" and (tag != "script" or attributes.get("src")), tag


def test_no_script_turns_text_into_markup():
    for path in [*SCRIPTS, WEB / "sw.js"]:
        code = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser",
                             code), path.name


def test_nothing_comes_from_elsewhere(tags):
    for path in WEB.rglob("*"):
        if path.suffix in (".js", ".css", ".html", ".webmanifest"):
            found = re.findall(r"https?://[\w.-]+", path.read_text(encoding="utf-8"))
            assert set(found) <= {"http://www.w3.org"}, path


def test_the_page_asks_for_all_its_modules_at_once(tags):
    """Else each is asked for when the one before it has come, and a phone waits for every round trip."""
    known, found = {"main.js"}, ["main.js"]
    for name in found:
        new = set(re.findall(r'from "\./(\w+\.js)"', read(f"scripts/{name}"))) - known
        known |= new
        found += sorted(new)
    preloaded = [attributes["href"] for _, attributes in tags if attributes.get("rel") == "modulepreload"]
    assert preloaded == [f"scripts/{name}" for name in sorted(known - {"main.js"})]
    assert known == {path.name for path in SCRIPTS}


def test_shell_js_is_of_these_very_files():
    assert read("shell.js") == shell(WEB), "run python tools/stamp_web.py"


def test_any_change_of_a_file_is_a_new_version(tmp_path):
    (tmp_path / "index.html").write_text("a")
    (tmp_path / "sw.js").write_text("b")
    first = shell(tmp_path)
    (tmp_path / "sw.js").write_text("c")
    second = shell(tmp_path)
    assert first != second and '"./"' in first and "sw.js" not in first
    (tmp_path / "shell.js").write_text(second)
    assert shell(tmp_path) == second


def test_the_manifest_can_be_installed():
    manifest = json.loads(read("manifest.webmanifest"))
    assert {"name", "short_name", "start_url", "display", "icons", "theme_color", "background_color"} <= manifest.keys()
    sizes = set()
    for icon in manifest["icons"]:
        file = WEB / icon["src"]
        if file.suffix == ".png":
            with Image.open(file) as image:
                assert f"{image.width}x{image.height}" == icon["sizes"], file
            sizes.add((icon["sizes"], icon.get("purpose", "any")))
        else:
            assert file.is_file()
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes


def test_icons_that_systems_cut_themselves_are_not_see_through():
    for name in ("maskable-512", "apple-touch-icon"):
        with Image.open(WEB / "icons" / f"{name}.png") as image:
            assert image.mode == "RGB", name


def test_the_first_load_is_far_below_80_kb():
    """All that a first visit fetches, compressed as the service sends it; headers and the list of markets beside it."""
    files = [path for path in WEB.rglob("*") if path.is_file() and path.suffix != ".png" and path.name != "de.js"]
    size = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)
    assert size < 45_000
    assert Path(WEB / "index.html") in files
