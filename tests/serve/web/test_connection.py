"""Without a server, without a network, with a busy server, and with a new version of the page."""

import shutil

import pytest
from playwright.sync_api import Route

from serve.service import WEB
from tests.serve.bundles import RED
from tests.serve.web.conftest import serve
from tests.serve.web.photos import car
from tools.stamp_web import shell

PROBLEM = "application/problem+json"


def test_a_server_that_is_away_is_told_and_asked_again(open_page, small_bundle, tmp_path):
    with serve(small_bundle, tmp_path) as service:
        page = open_page(service.url)
        assert page.ask(car(RED)) == "C-Class Sedan"
    assert page.ask_again(car(RED)) == "The server does not answer"
    assert page.spoken.startswith("The server does not answer") and page.tab.locator(".photo img").is_visible()
    page.press("Try again")
    page.settle()
    assert page.title == "The server does not answer"


def test_once_it_is_back_the_same_photo_is_answered(open_page):
    page = open_page()
    page.tab.route("**/predict*", lambda route: route.abort("connectionrefused"))
    page.ask(car(RED))
    page.tab.unroute("**/predict*")
    page.press("Try again")
    page.settle()
    assert page.title == "C-Class Sedan"


@pytest.mark.parametrize(("status", "title"), [(503, "The server is busy"), (429, "Not so fast")])
def test_a_server_that_asks_to_wait_is_quoted(open_page, status, title):
    page = open_page()
    page.tab.route("**/predict*", lambda route: route.fulfill(
        status=status, headers={"Retry-After": "7"}, content_type=PROBLEM, body='{"title": "later"}'))
    assert page.ask(car(RED)) == title
    assert "Please wait 7 s." in page.text


def test_the_real_rate_limit_is_met_in_words(open_page, small_bundle, tmp_path):
    with serve(small_bundle, tmp_path, rate_per_minute=1, burst=1) as service:
        page = open_page(service.url)
        page.ask(car(RED))
        assert page.ask_again(car(RED)) == "Not so fast"


@pytest.mark.parametrize(("status", "title"), [(500, "Something went wrong"), (413, "The photo is too large"),
                                               (422, "This is not a photo"), (404, "Something went wrong")])
def test_every_other_refusal_has_words(open_page, status, title):
    page = open_page()
    page.tab.route("**/predict*", lambda route: route.fulfill(status=status, content_type=PROBLEM, body="{}"))
    assert page.ask(car(RED)) == title


def test_an_answer_that_is_none_has_words_too(open_page):
    page = open_page()
    page.tab.route("**/predict*", lambda route: route.fulfill(body="<html>a proxy's page</html>"))
    assert page.ask(car(RED)) == "The server does not answer"


def test_a_server_that_takes_half_a_minute_is_given_up(open_page):
    page = open_page()
    held: list[Route] = []
    page.tab.route("**/predict*", lambda route: held.append(route))
    page.tab.clock.install()
    page.choose(car(RED))
    page.tab.wait_for_selector(".answer.working")
    while not held:
        page.tab.wait_for_timeout(5)
    page.tab.clock.fast_forward(31_000)
    page.settle()
    assert page.title == "It takes too long"


def test_facts_that_cannot_be_had_leave_the_answer(open_page):
    page = open_page()
    page.ask(car(RED))
    page.tab.route("**/classes/**", lambda route: route.abort())
    page.tab.get_by_label("Market", exact=True).select_option(label="Germany")
    page.tab.wait_for_function("() => document.querySelector('.facts-body').innerText.includes('cannot be fetched')")
    page.tab.unroute("**/classes/**")
    page.press("Try again")
    page.tab.wait_for_function("() => document.querySelector('.facts-body').innerText.includes('41,000')")


def test_without_markets_the_service_chooses_one(open_page):
    page = open_page()
    page.tab.route("**/markets", lambda route: route.abort())
    page.open()
    assert page.ask(car(RED)) == "C-Class Sedan"


def wait_for_shell(page):
    page.tab.wait_for_function("() => navigator.serviceWorker.controller")


@pytest.fixture
def installed(open_page):
    """A page whose shell is kept, after one photo and a look at another market."""
    page = open_page(service_workers="allow")
    wait_for_shell(page)
    page.ask(car(RED))
    return page


def test_offline_the_page_opens_and_says_so(installed):
    installed.tab.context.set_offline(True)
    installed.open()
    assert installed.title == "Which Benz is that?"
    installed.tab.wait_for_selector("#offline:not([hidden])")
    assert "You are offline." in installed.text


def test_offline_past_answers_and_heard_facts_are_there(installed):
    installed.tab.context.set_offline(True)
    installed.open("#past")
    installed.tab.locator(".past").click()
    installed.settle()
    assert installed.title == "C-Class Sedan" and "41,000" in installed.facts
    installed.tab.get_by_label("Market", exact=True).select_option(label="Germany")
    installed.tab.wait_for_function("() => document.querySelector('.facts-body').innerText.includes('You are offline')")


def test_a_photo_taken_offline_is_sent_when_there_is_a_connection(installed):
    installed.tab.context.set_offline(True)
    assert installed.ask_again(car(RED)) == "You are offline"
    assert installed.tab.locator(".photo img").is_visible()
    installed.tab.context.set_offline(False)
    installed.tab.wait_for_function("() => document.querySelector('h1').innerText === 'C-Class Sedan'")


def test_a_german_reader_is_offline_in_german(open_page):
    page = open_page(service_workers="allow", locale="de-DE")
    wait_for_shell(page)
    page.tab.context.set_offline(True)
    page.open()
    assert page.title == "Welcher Benz ist das?"
    page.tab.wait_for_selector("#offline:not([hidden])")
    assert "Keine Verbindung." in page.text


def test_a_new_version_is_offered_and_taken_over_when_the_reader_wants_it(open_page, small_bundle, tmp_path):
    web = tmp_path / "web"
    shutil.copytree(WEB, web)
    with serve(small_bundle, tmp_path / "f", web) as first:
        page = open_page(first.url, service_workers="allow")
        wait_for_shell(page)
        [shell_of_first] = page.tab.evaluate("caches.keys()")
    words = web / "scripts" / "words" / "en.js"
    words.write_text(words.read_text().replace("Which Benz is that?", "What a Benz!"))
    (web / "shell.js").write_text(shell(web))
    with serve(small_bundle, tmp_path / "f", web, int(first.url.rsplit(":", 1)[1])):
        page.open()
        page.tab.wait_for_selector("#notice:not([hidden])")
        assert "A new version of What Benz is ready." in page.text and page.title == "Which Benz is that?"
        page.press("Reload")
        page.tab.wait_for_function("() => document.querySelector('h1')?.innerText === 'What a Benz!'")
        page.tab.wait_for_function(f"async () => !(await caches.keys()).includes('{shell_of_first}')")
