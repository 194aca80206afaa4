"""The page in a real browser, without network: at phone width, on a desk and in the dark."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from playwright.sync_api import sync_playwright

from curate.params import ReportParams
from curate.report.stage import report
from tests.curate.report.conftest import draw, make_small_run

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]
BROWSER = next((p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium; on Debian: apt-get install chromium")

MEASURE = """() => ({
    width: document.documentElement.scrollWidth,
    wide: [...document.querySelectorAll('body *')].filter(e => !e.closest('.wide') && !e.closest('svg')
          && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className),
    broken: [...document.images].filter(i => !(i.complete && i.naturalWidth)).length,
    pictures: document.images.length,
    bars: [...document.querySelectorAll('.funnel .picture')].map(e => e.getBoundingClientRect().height),
    ink: getComputedStyle(document.body).color, paper: getComputedStyle(document.body).backgroundColor})"""


@dataclass(frozen=True)
class Looked:
    """What a browser found: measures by (width, scheme), and all that it asked for or complained of."""

    measures: dict[tuple[int, str], dict[str, object]]
    asked: list[str]


def look(path):
    asked, measures = [], {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
        for width, scheme in ((320, "light"), (390, "light"), (1200, "light"), (1200, "dark")):
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True)
            page = context.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: asked.append(message.text))
            page.goto(path.as_uri())
            measures[width, scheme] = page.evaluate(MEASURE)
        browser.close()
    return Looked(measures, asked)


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "dataset.html"
    path.write_text(report(make_small_run(), draw, ReportParams()).html, encoding="utf-8")
    with ThreadPoolExecutor(1) as pool:  # Playwright allows one loop a thread
        return pool.submit(look, path).result()


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_nothing_sticks_out_at_any_width(looked, width):
    found = looked.measures[width, "light"]
    assert found["width"] <= width and found["wide"] == []
    assert found["bars"] and all(0 < height < 80 for height in found["bars"])


def test_the_page_opens_without_network_and_shows_every_picture(looked):
    assert [entry for entry in looked.asked if not entry.startswith(("file:", "data:"))] == []
    for found in looked.measures.values():
        assert found["pictures"] > 15 and found["broken"] == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_paper(looked, scheme):
    found = looked.measures[1200, scheme]
    ink, paper = (luminance(found[name]) for name in ("ink", "paper"))
    assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) > 12  # WCAG 2.2 asks for 7 at level AAA
    assert (paper > ink) == (scheme == "light")


def luminance(colour):
    """Return the relative luminance (WCAG 2.2) of ``rgb(r, g, b)``."""
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
