"""For everyone: axe finds nothing in any state; the keyboard reaches all; targets are large; motion can be off."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.serve.bundles import RED
from tests.serve.web.photos import car, no_car

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Links within a sentence or a credit are as large as their text; a card's link is as large as the card.
SMALL = """() => [...document.querySelectorAll("a, button, select, label.button, dialog label, input[type=search]")]
    .filter((e) => e.checkVisibility() && !e.matches(".skip, figcaption a, .others a, label[for=correction-search]"))
    .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44)
    .map(([name, box]) => [name, box.width, box.height])"""


def states(page):
    """Lead the page through its states, and yield the name of each."""
    yield "start"
    page.tab.route("**/predict*", lambda route: None)
    page.choose(car(RED))
    page.tab.wait_for_selector(".answer.working")
    yield "working"
    page.tab.unroute("**/predict*")
    page.ask_again(car(RED))
    yield "answer"
    page.tab.locator(".answer .actions button").nth(1).click()
    page.tab.wait_for_selector("dialog .answers input")
    yield "correction"
    page.tab.locator("dialog button[type=submit]").click()
    page.tab.wait_for_selector("dialog .wrong:not([hidden])")
    yield "correction without a choice"
    page.tab.locator("dialog .answers label", has_text="GLC Coupe").click()
    page.tab.locator("dialog button[type=submit]").click()
    page.tab.wait_for_selector(".thanks")
    page.settle()
    yield "corrected, not on sale"
    page.ask_again(no_car())
    yield "none of these"
    page.ask_again(b"no photo")
    yield "trouble"
    page.tab.evaluate("location.hash = '#car/c-sedan'")
    page.tab.wait_for_selector(".car .facts[aria-busy=false]")
    yield "car"
    page.tab.evaluate("location.hash = '#past'")
    page.tab.wait_for_selector(".shelf .past")
    yield "past"
    page.tab.locator(".pasts .plain").first.click()
    page.tab.wait_for_selector("#notice:not([hidden])")
    yield "deleted"
    page.tab.locator(".shelf > .actions button").click()
    page.tab.wait_for_selector("dialog")
    yield "delete all?"
    page.tab.locator("dialog .main").click()
    page.tab.wait_for_function("() => !document.querySelector('.shelf .past')")
    yield "nothing past"
    page.tab.context.set_offline(True)
    page.tab.wait_for_selector("#offline:not([hidden])")
    yield "offline"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("locale", "desktop"), [("de-DE", False), ("en-GB", True)])
def test_axe_finds_nothing_in_any_state(open_page, scheme, locale, desktop):
    page = open_page(color_scheme=scheme, locale=locale, desktop=desktop, reduced_motion="reduce")
    found = []
    for state in states(page):
        for violation in Axe().run(page.tab, options=RULES).response["violations"]:
            found += [(state, violation["id"], node["html"][:120]) for node in violation["nodes"]]
    assert found == []


def test_what_can_be_pressed_is_44_px_large_in_every_state(open_page):
    page = open_page()
    assert [(state, *small) for state in states(page) for small in page.tab.evaluate(SMALL)] == []


def test_no_state_is_wider_than_a_small_phone(open_page):
    page = open_page(viewport={"width": 320, "height": 640}, locale="de-DE")
    wide = [state for state in states(page)
            if page.tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")]
    assert wide == []


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(open_page):
    page = open_page(desktop=True)
    page.ask(car(RED))
    page.tab.focus(".skip")
    order: list[str] = []
    while len(order) < 40:
        order.append(page.tab.evaluate("""() => {
            const e = document.activeElement;
            return e.getAttribute("aria-label") || e.labels?.[0]?.textContent.trim() || e.textContent.trim();
        }"""))
        if order[-1] == "Language":
            break
        page.tab.keyboard.press("Tab")
    names = ["To the content", "What Benz, first page", "Past photos", "Share", "That’s not it", "Another photo",
             "The same model in other photos", "GLC Coupe", "Market", "Language"]
    places = [next(n for n, name in enumerate(order) if name.startswith(wanted)) for wanted in names]
    assert places == sorted(places)


def test_the_skip_link_leads_past_the_head(open_page):
    page = open_page(desktop=True)
    page.tab.keyboard.press("Tab")
    page.tab.keyboard.press("Enter")
    assert page.tab.evaluate("document.activeElement.id") == "page" and page.title == "Which Benz is that?"
    page.tab.keyboard.press("Tab")
    assert page.tab.evaluate("document.activeElement.id") == "choose"


def test_the_headline_has_the_focus_after_each_step_and_keeps_it_when_the_answer_comes(open_page):
    page = open_page()
    focus = "document.activeElement.textContent"
    page.ask(car(RED))
    assert page.tab.evaluate(focus) == "C-Class Sedan"
    page.tab.evaluate("location.hash = '#past'")
    page.tab.wait_for_selector(".shelf")
    assert page.tab.evaluate(focus) == "Past photos"


def test_a_file_button_shows_the_keyboards_focus(open_page):
    page = open_page(desktop=True)
    page.tab.focus("#choose")
    page.tab.keyboard.press("Shift+Tab")
    page.tab.keyboard.press("Tab")
    outline = page.tab.locator("label[for=choose]").evaluate("(label) => getComputedStyle(label).outlineStyle")
    assert outline == "solid"


def test_nothing_moves_for_readers_who_want_no_motion(open_page):
    page = open_page(reduced_motion="reduce")
    page.tab.route("**/predict*", lambda route: None)
    page.choose(car(RED))
    page.tab.wait_for_selector(".answer.working")
    moving = page.tab.evaluate("document.getAnimations().length")
    assert moving == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_system(open_page, scheme):
    page = open_page(color_scheme=scheme)
    ground = page.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    light = sum(int(part) for part in ground[4:-1].split(",")) > 382
    assert light == (scheme == "light")
