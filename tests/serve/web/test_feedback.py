""""That's not it": what the reader says, what goes up with it, and what is kept."""

import csv
import io
import json
import re

import pytest
from PIL import Image
from playwright.sync_api import Request

from tests.serve.bundles import GREEN, RED
from tests.serve.web.conftest import serve
from tests.serve.web.photos import car, no_car


@pytest.fixture
def kept(served):
    """The service's folder of kept feedback, empty."""
    for file in [*served.feedback.rglob("*.jpg"), *served.feedback.rglob("*.csv")]:
        file.unlink()
    return served.feedback


def open_dialog(page, button="That’s not it"):
    page.press(button)
    page.tab.wait_for_selector("dialog .answers input")
    return page.tab.locator("dialog")


def send(page):
    with page.tab.expect_request("**/feedback") as caught:
        page.press("Send")
    page.tab.wait_for_selector("dialog", state="detached")
    return caught.value


def shown(dialog):
    return [row.inner_text() for row in dialog.locator(".answers label:visible").all()]


def test_without_consent_only_the_words_go_up(open_page, kept):
    page = open_page()
    page.ask(car(RED))
    dialog = open_dialog(page)
    assert not dialog.get_by_role("checkbox").is_checked()
    dialog.get_by_label("GLC Coupe").check()
    request = send(page)
    assert json.loads(request.post_data) == {"predicted": RED, "correct": GREEN, "consent": False}
    assert not list(kept.rglob("*.jpg"))
    assert "You said: GLC Coupe." in page.text and "is kept" not in page.text


def test_with_consent_the_photo_is_kept_under_the_class_that_the_reader_named(open_page, kept):
    page = open_page()
    page.ask(car(RED, size=(2000, 1500)))
    dialog = open_dialog(page)
    dialog.get_by_label("GLC Coupe").check()
    dialog.get_by_text("Send my photo along").click()
    send(page)
    assert "Your photo is kept" in page.text
    [file] = kept.rglob("*.jpg")
    assert file.parent.name == GREEN
    with Image.open(file) as image:
        assert image.size == (1280, 960)
    [row] = csv.DictReader(io.StringIO((kept / "feedback.csv").read_text()))
    assert (row["predicted"], row["correct"]) == (RED, GREEN)


def test_a_service_that_keeps_nothing_keeps_nothing_and_the_page_does_not_claim_it(open_page, small_bundle, tmp_path):
    with serve(small_bundle, tmp_path) as service:
        page = open_page(service.url)
        page.ask(car(RED))
        dialog = open_dialog(page)
        dialog.get_by_label("GLC Coupe").check()
        dialog.get_by_role("checkbox").check()
        send(page)
        assert "You said: GLC Coupe." in page.text and "is kept" not in page.text
    assert not list(tmp_path.rglob("*"))


def test_none_of_these_is_an_answer_too(open_page):
    page = open_page()
    page.ask(car(RED))
    open_dialog(page).get_by_label("None of these").check()
    assert json.loads(send(page).post_data)["correct"] == "none"
    assert "none of the models" in page.text and not page.tab.locator(".facts").count()


def test_the_facts_follow_the_readers_word(open_page):
    page = open_page(locale="de-DE")
    page.ask(car(RED))
    page.press("Stimmt nicht")
    page.tab.get_by_label("GLC Coupe").check()
    page.press("Senden")
    page.tab.wait_for_function("() => document.querySelector('.facts-body')?.innerText.includes('GLC 200')")


def test_typing_ahead_narrows_the_list_and_enter_takes_the_first(open_page):
    page = open_page()
    page.ask(car(GREEN))
    dialog = open_dialog(page)
    page.tab.keyboard.type("c-cl")
    assert shown(dialog) == ["C-Class Sedan", "None of these"]
    assert dialog.get_by_role("status").inner_text() == "1 model fits"
    page.tab.keyboard.press("Enter")
    assert page.tab.evaluate("document.activeElement.value") == RED
    page.tab.keyboard.press("Enter")
    page.tab.wait_for_selector("dialog", state="detached")
    assert "You said: C-Class Sedan." in page.text


@pytest.mark.parametrize(("typed", "found"), [
    ("c c", ["C-Class Coupe", "C-Class Cabriolet", "CLA Coupe"]), ("e-klasse", []),
    ("coupé", ["CLA Coupe", "C-Class Coupe"]), ("cla c", ["CLA Coupe", "C-Class Coupe", "C-Class Cabriolet"]),
    ("coupe c", []), ("estate", ["E-Class Estate"])])
def test_what_typing_finds(open_page, typed, found):
    names = ["CLA Coupe", "E-Class Estate", "C-Class Coupe", "C-Class Cabriolet"]
    got = open_page().tab.evaluate("""async ([typed, names]) => {
        const { rank } = await import("./scripts/correction.js");
        return rank(typed, names.map((name) => ({ id: name, name }))).map(({ name }) => name);
    }""", [typed, names])
    assert got == found


def test_nothing_is_sent_before_a_choice(open_page):
    page = open_page()
    page.ask(car(RED))
    sent: list[Request] = []
    page.tab.on("request", lambda request: sent.append(request))
    dialog = open_dialog(page)
    page.press("Send")
    assert dialog.get_by_role("alert").inner_text() == "Choose a model first, or “None of these”."
    assert not [request for request in sent if "/feedback" in request.url]


def test_a_choice_that_is_filtered_away_is_no_choice(open_page):
    page = open_page()
    page.ask(car(RED))
    dialog = open_dialog(page)
    dialog.get_by_label("GLC Coupe").check()
    dialog.get_by_role("searchbox").fill("s-sedan")
    page.press("Send")
    assert dialog.get_by_role("alert").is_visible()


def test_the_class_that_was_named_is_not_among_the_choices(open_page):
    page = open_page()
    page.ask(car(RED))
    assert "C-Class Sedan" not in shown(open_dialog(page))


def test_closing_says_nothing(open_page):
    page = open_page()
    page.ask(car(RED))
    open_dialog(page)
    page.press("Close")
    page.tab.wait_for_selector("dialog", state="detached")
    assert "You said" not in page.text
    assert page.tab.evaluate("document.activeElement.textContent") == "That’s not it"


def test_going_back_closes_the_dialog(open_page):
    page = open_page()
    page.ask(car(RED))
    open_dialog(page)
    page.tab.go_back()
    page.tab.wait_for_selector(".start")
    assert page.tab.locator("dialog").count() == 0


def test_a_photo_of_none_can_be_named_by_who_knows_better(open_page, kept):
    page = open_page()
    page.ask(no_car())
    dialog = open_dialog(page, "I know which one it is")
    dialog.get_by_label("C-Class Sedan").check()
    dialog.get_by_role("checkbox").check()
    send(page)
    assert [file.parent.name for file in kept.rglob("*.jpg")] == [RED]


def test_a_server_that_is_away_leaves_the_dialog_and_the_choice(open_page):
    page = open_page()
    page.ask(car(RED))
    dialog = open_dialog(page)
    dialog.get_by_label("GLC Coupe").check()
    page.tab.route("**/feedback", lambda route: route.abort())
    page.press("Send")
    dialog.get_by_role("alert").wait_for()
    assert re.search("down for a moment", dialog.inner_text())
    assert dialog.get_by_label("GLC Coupe").is_checked()
    page.tab.unroute("**/feedback")
    send(page)
