"""Past photos: kept on the device, shown again, forgotten one by one or all."""

import io

import pytest
from PIL import Image

from tests.serve.bundles import GREEN, RED
from tests.serve.web.photos import car, no_car


@pytest.fixture
def page(open_page):
    """A page after two photos, on its shelf."""
    page = open_page()
    page.ask(car(RED, size=(2000, 1000)))
    page.ask_again(car(GREEN))
    shelf(page)
    return page


def shelf(page):
    page.tab.get_by_role("link", name="Past photos").click()
    page.tab.wait_for_selector(".shelf")


def names(page):
    return [link.locator("span").last.inner_text() for link in page.tab.locator(".shelf .past").all()]


def test_answers_are_kept_the_newest_first(page):
    assert names(page) == ["GLC Coupe", "C-Class Sedan"]
    page.open("#past")
    assert names(page) == ["GLC Coupe", "C-Class Sedan"]


def test_only_a_thumbnail_of_the_photo_is_kept(page):
    data = page.tab.evaluate("""async () => {
        const { listPast } = await import("./scripts/past.js");
        const kept = (await listPast())[1].thumbnail;
        return [...new Uint8Array(await kept.arrayBuffer())];
    }""")
    with Image.open(io.BytesIO(bytes(data))) as image:
        assert image.size == (480, 240)


def test_a_past_answer_shows_as_it_was(page):
    page.tab.get_by_role("link", name="C-Class Sedan").click()
    page.settle()
    assert page.title == "C-Class Sedan" and "% sure" in page.text and "£" not in page.text
    assert page.tab.locator(".photo img").evaluate("(image) => image.naturalWidth") == 480
    assert "41,000" in page.facts


def test_the_first_page_shows_the_latest(page):
    page.tab.get_by_role("link", name="What Benz, first page").click()
    page.tab.wait_for_selector(".recent .past")
    assert page.tab.locator(".recent .past").count() == 2


def test_one_can_be_deleted_and_brought_back(page):
    page.tab.get_by_role("button", name="Delete GLC Coupe").click()
    page.tab.wait_for_selector("#notice:not([hidden])")
    assert names(page) == ["C-Class Sedan"] and "Deleted." in page.text
    page.press("Undo")
    page.tab.wait_for_function("() => document.querySelectorAll('.shelf .past').length === 2")
    assert names(page) == ["GLC Coupe", "C-Class Sedan"]


def test_all_can_be_deleted_after_a_question(page):
    page.press("Delete all")
    assert "Delete all 2 photos and their answers?" in page.tab.inner_text("dialog")
    page.press("Cancel")
    page.tab.wait_for_selector("dialog", state="detached")
    assert len(names(page)) == 2
    page.press("Delete all")
    page.tab.locator("dialog").get_by_role("button", name="Delete all").click()
    page.tab.wait_for_function("() => !document.querySelector('.shelf .past')")
    page.open("#past")
    assert "Nothing here yet." in page.text


def test_the_readers_word_is_kept_with_the_answer(open_page):
    page = open_page()
    page.ask(car(RED))
    page.press("That’s not it")
    page.tab.get_by_label("GLC Coupe").check()
    page.press("Send")
    page.tab.wait_for_selector(".thanks")
    shelf(page)
    assert names(page) == ["GLC Coupe"]


def test_a_past_answer_can_be_corrected_without_a_photo_to_send(page):
    page.tab.get_by_role("link", name="C-Class Sedan").click()
    page.settle()
    page.press("That’s not it")
    page.tab.wait_for_selector("dialog .answers input")
    assert page.tab.get_by_role("checkbox").count() == 0


def test_what_was_none_is_kept_as_none(open_page):
    page = open_page()
    page.ask(no_car())
    shelf(page)
    assert names(page) == ["Not one of these cars"]


def test_heic_is_kept_without_a_thumbnail(open_page):
    page = open_page()
    page.ask(car(GREEN, "HEIF"), name="a.heic", kind="image/heic")
    shelf(page)
    assert names(page) == ["GLC Coupe"] and page.tab.locator(".past img").count() == 0


def test_no_more_than_a_hundred_are_kept(open_page):
    page = open_page()
    kept = page.tab.evaluate("""async () => {
        const { keepPast, listPast } = await import("./scripts/past.js");
        const entry = { thumbnail: null, answer: { known: false } };
        for (let at = 1; at <= 103; at += 1) await keepPast({ id: String(at), at, ...entry });
        return (await listPast()).map((entry) => entry.at);
    }""")
    assert kept == list(range(103, 3, -1))


def test_a_browser_without_storage_answers_all_the_same(open_page):
    page = open_page()
    page.tab.evaluate("""() => {
        IDBFactory.prototype.open = () => { throw new DOMException("no", "SecurityError") };
        Storage.prototype.setItem = () => { throw new DOMException("no", "QuotaExceededError") };
    }""")
    assert page.ask(car(RED)) == "C-Class Sedan"
