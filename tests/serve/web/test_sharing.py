"""Passing an answer on."""

from tests.serve.bundles import RED
from tests.serve.web.photos import car

TEXT = "I saw a Mercedes-Benz C-Class Sedan."


def test_the_devices_own_share_sheet_gets_name_and_address(open_page):
    page = open_page()
    page.tab.evaluate("() => { navigator.share = async (data) => { window.shared = data } }")
    page.ask(car(RED))
    page.press("Share")
    page.tab.wait_for_function("() => window.shared")
    assert page.tab.evaluate("window.shared") == {"title": "What Benz", "text": TEXT, "url": f"{page.url}/#car/c-sedan"}


def test_a_reader_who_thinks_better_of_it_hears_nothing(open_page):
    page = open_page()
    page.tab.evaluate("""() => {
        navigator.share = async () => { window.asked = true; throw new DOMException("no", "AbortError") };
        navigator.clipboard.writeText = async () => { window.copied = true };
    }""")
    page.ask(car(RED))
    page.press("Share")
    page.tab.wait_for_function("() => window.asked")
    assert page.tab.evaluate("window.copied") is None and not page.tab.locator("#notice").is_visible()


def test_without_a_share_sheet_it_is_copied(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.tab.evaluate("() => { delete Navigator.prototype.share }")
    page.ask(car(RED))
    page.press("Share")
    page.tab.wait_for_selector("#notice:not([hidden])")
    assert "Copied." in page.text
    assert page.tab.evaluate("navigator.clipboard.readText()") == f"{TEXT} {page.url}/#car/c-sedan"
    page.press("Close")
    assert not page.tab.locator("#notice").is_visible()


def test_where_nothing_can_be_copied_the_address_shows(open_page):
    page = open_page()
    page.tab.evaluate("""() => {
        delete Navigator.prototype.share;
        navigator.clipboard.writeText = async () => { throw new DOMException("no", "NotAllowedError") };
    }""")
    page.ask(car(RED))
    page.press("Share")
    page.tab.wait_for_selector("#notice:not([hidden])")
    assert f"{page.url}/#car/c-sedan" in page.text
