import random
import re

import pytest

import tables
from curate.decisions import read_decisions
from tests.curate.review.conftest import serve
from tests.curate.review.page import Page


@pytest.fixture
def phone(chromium, served):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield context
    context.close()


def test_a_reload_in_the_middle_goes_on_there_and_loses_nothing(context, served):
    page = Page(context, served, "/?flag=blurry")
    page.press("k", "x", "ArrowRight")
    here = page.item
    page.tab.reload()
    page.tab.wait_for_selector("#main[data-item]")
    assert page.item == here and page.standing() == ["keep", "drop"]
    assert page.place == "2 of 10"


def test_two_tabs_lose_nothing_and_see_each_other(context, served):
    first, second = (Page(context, served, "/?flag=blurry") for _ in range(2))
    first.press("k", "k")
    second.press("ArrowRight", "ArrowRight", "ArrowRight", "x")
    assert first.standing() == ["keep", "keep", "drop"]
    first.press("x")  # is told of the others' decision: goes on behind it
    assert first.place == "5 of 12"
    assert second.tab.inner_text("#progress-text").count("questions left")


def test_the_same_picture_decided_in_two_tabs_counts_as_decided_last(context, served):
    first, second = (Page(context, served, "/?flag=blurry") for _ in range(2))
    assert first.item == second.item
    first.press("k")
    second.press("x")
    assert first.standing() == ["keep", "drop"]


def test_a_second_reviewer_gives_an_opinion_without_seeing_the_first(context, served):
    page = Page(context, served, "/?flag=blurry")
    page.press("k", "x")
    page.tab.click("#reviewer")
    page.tab.fill("#name-input", "bob")
    page.press("Enter")
    page.open("/?who=second")
    assert page.place == "1 of 2"
    assert page.tab.locator(".decided").count() == 0
    page.press("x", "x")
    assert set(read_decisions(served.layout.decisions)["reviewer"]) == {"ann", "bob"}


def test_disagreements_are_a_queue_of_their_own_until_they_are_settled(context, served):
    page = Page(context, served, "/?flag=blurry")
    page.press("k", "x")
    page.tab.evaluate("localStorage.setItem('reviewer', 'bob')")
    page.open("/?who=second")
    page.press("x", "x")
    page.open("/?who=disagreements")
    assert page.place == "1 of 1"
    assert re.findall(r"(ann|bob): (keep|drop)", page.tab.inner_text(".decided")) == [("ann", "keep"), ("bob", "drop")]
    page.press("k")
    page.open("/?who=disagreements")
    assert page.question == "Nothing to decide here"


def test_agreement_is_shown_for_each_flag_and_pair_of_reviewers(context, served):
    page = Page(context, served, "/?flag=blurry")
    page.press("k", "x", "k")
    page.tab.evaluate("localStorage.setItem('reviewer', 'bob')")
    page.open("/?who=second")
    page.press("k", "k", "k", "a")
    rows = page.tab.locator("#agreement tbody tr").all_inner_texts()
    assert rows[0].split("\t")[:4] == ["all", "ann and bob", "3", "67 %"]


def test_filters_narrow_the_queue_and_count_what_they_leave(context, served):
    page = Page(context, served)
    assert "blurry (12)" in page.tab.locator("#flag option").all_inner_texts()
    page.tab.select_option("#class", "g-suv")
    page.settle()
    assert page.place.endswith("of 2")  # the conflict and the group
    page.press("k")
    assert page.tab.evaluate("document.activeElement.id") != "class"


def test_what_a_reviewer_decided_can_be_looked_at_and_changed(context, served):
    page = Page(context, served, "/?flag=blurry")
    page.press("k", "x")
    page.open("/?who=by:ann")
    assert page.place == "1 of 2"
    assert "ann: drop" in page.tab.inner_text(".decided")
    page.press("k")
    assert page.standing() == ["keep", "drop", "keep"]


def test_progress_and_the_estimate_say_what_they_are_worth(context, served):
    page = Page(context, served, "/?flag=label_suspect")
    page.press("k")
    page.open("/?flag=blurry")
    assert "12 questions left" in page.tab.inner_text("#progress-text")
    assert "a guess" in page.tab.inner_text("#progress-text")
    page.press(*["k"] * 10)
    page.tab.wait_for_selector("#progress-text :has-text('at your pace')")
    assert page.tab.get_attribute("#progress-bar", "value") == "10"


def test_the_time_that_is_left_adds_up_over_the_kinds_of_question(context, served):
    page = Page(context, served, "/?flag=blurry")
    low, high = page.tab.evaluate("""async () => (await import("/static/bar.js")).minutesLeft(
      {picture: 30, compare: 30}, {picture: {seconds: 2, low: 1.9, high: 2.1},
                                   compare: {seconds: 4, low: 3, high: 6}})""")
    assert (round(low, 2), round(high, 2)) == (2.5, 4.0)


def test_the_page_fits_a_phone_and_touch_decides(phone, served):
    page = Page(phone, served, "/?flag=blurry")
    assert page.tab.evaluate("document.documentElement.scrollWidth") == 390
    page.button("x").tap()
    page.settle()
    assert [row[0] for row in page.rows()] == ["drop"]
    boxes = [button.bounding_box() for button in page.tab.locator("#actions button").all()]
    assert all(box["height"] >= 44 for box in boxes)


@pytest.mark.parametrize("path", ["/?flag=label_conflict", "/?flag=duplicate", "/?flag=blurry&view=grid",
                                  "/?flag=label_suspect"])
def test_every_mode_fits_a_phone(phone, served, path):
    page = Page(phone, served, path)
    assert page.tab.evaluate("document.documentElement.scrollWidth") == 390
    assert page.errors == []


def test_the_cheat_sheet_opens_at_its_top_where_it_is_longer_than_the_screen(phone, served):
    page = Page(phone, served, "/?flag=blurry")
    page.tab.locator("#help-open").tap()
    assert page.tab.evaluate("[help.scrollTop, help.scrollHeight > help.clientHeight]") == [0, True]


def test_on_a_phone_every_action_is_in_view_without_scrolling_sideways(phone, served):
    page = Page(phone, served, "/?flag=duplicate")
    page.button("s").tap()
    page.settle()
    boxes = [button.bounding_box() for button in page.tab.locator("#actions button").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)


def test_a_swipe_moves_and_decides_nothing(phone, served):
    page = Page(phone, served, "/?flag=blurry")
    first = page.item
    page.tab.evaluate("""() => {
      const stage = document.getElementById("stage");
      const touch = (type, x) => stage.dispatchEvent(new TouchEvent(type, {bubbles: true,
        touches: type === "touchend" ? [] : [new Touch({identifier: 1, target: stage, clientX: x, clientY: 300})],
        changedTouches: [new Touch({identifier: 1, target: stage, clientX: x, clientY: 300})]}));
      touch("touchstart", 300);
      touch("touchend", 120);
    }""")
    page.settle()
    assert page.item != first and page.rows() == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_text_has_contrast_in_dark_and_light(chromium, served, scheme):
    context = chromium.new_context(color_scheme=scheme)
    page = Page(context, served, "/?flag=blurry")
    ratio = """() => {
      const light = (text) => { const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((v) => {
          v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
          if (c !== "rgba(0, 0, 0, 0)") return c; } };
      return [...document.querySelectorAll("#question, #progress-text span, #actions button, #panel p, #panel li, h3")]
        .filter((e) => e.innerText).map((e) => { const [a, b] = [light(getComputedStyle(e).color), light(ground(e))]
          .sort((x, y) => y - x); return [(a + 0.05) / (b + 0.05), e.outerHTML.slice(0, 80)]; })
        .sort((x, y) => x[0] - y[0])[0];
    }"""
    worst = page.tab.evaluate(ratio)
    assert worst[0] >= 4.5, worst
    context.close()


def test_focus_goes_from_filters_over_the_decisions_to_the_panel(context, served):
    page = Page(context, served, "/?flag=blurry")
    order = []
    for _ in range(20):
        page.tab.keyboard.press("Tab")
        order.append(page.tab.evaluate("document.activeElement.id || document.activeElement.dataset.key"))
    wanted = ["who", "flag", "class", "reviewer", "k", "x", "class-input", "note"]
    assert [name for name in order if name in wanted] == wanted


def test_a_decision_is_told_to_a_screen_reader_with_what_comes_next(context, served):
    page = Page(context, served, "/?flag=blurry")
    page.press("x")
    assert page.tab.inner_text("#live") == "dropped. A good picture of the C-Class Sedan?"
    assert page.tab.locator("#stage img").get_attribute("alt") == "The picture in question, found under C-Class Sedan"


def test_focus_stays_on_a_button_that_was_pressed(context, served):
    page = Page(context, served, "/?flag=blurry")
    page.button("x").focus()
    page.press("Enter")
    assert page.tab.evaluate("document.activeElement.dataset.key") == "x"
    page.press("Enter")
    assert [row[0] for row in page.rows()] == ["drop", "drop"]


def test_a_decision_outlives_a_server_that_dies_before_it_answers(context, layout):
    port = random.randint(15_000, 30_000)  # none that the system hands out to others meanwhile
    served, stop = serve(layout, port=port)
    page = Page(context, served, "/?flag=blurry")
    stop()
    page.tab.keyboard.press("x")
    page.tab.wait_for_selector("#banner:not([hidden])")
    assert "not saved yet" in page.tab.inner_text("#banner")
    again, stop = serve(layout, port=port)
    page.tab.wait_for_selector("#banner", state="hidden")
    page.settle()
    assert page.standing() == ["drop"] and again.url == served.url
    page.press("x", "x", "x", "x")  # pictures that did not come meanwhile are asked for again
    page.tab.wait_for_function("() => document.querySelector('#stage img').naturalWidth > 0")
    assert page.tab.locator(".broken").count() == 0
    stop()


def test_a_picture_that_cannot_be_shown_says_why(context, layout):
    served, stop = serve(layout)
    sha = Page(context, served, "/?flag=blurry").shown
    (layout.images / sha[:2] / f"{sha}.jpg").unlink()
    stop()
    served, stop = serve(layout)
    page = Page(context, served, "/?flag=blurry")
    page.tab.wait_for_selector(".broken")
    assert "its file cannot be read" in page.tab.inner_text("#stage")
    page.press("x")
    assert page.standing() == ["drop"]
    stop()


def test_a_decision_sent_twice_is_written_once(context, served):
    page = Page(context, served, "/?flag=blurry")
    body = page.tab.evaluate("""async (item) => {
      const body = JSON.stringify({reviewer: "ann", seen: 0, answers: [{item, decision: "drop"}]});
      const send = () => fetch("/api/decide", {method: "POST", headers: {"Content-Type": "application/json"}, body});
      return [await (await send()).json(), await (await send()).json()].map((answer) => answer.written);
    }""", page.item)
    assert body == [1, 0] and page.standing() == ["drop"]


def test_a_decision_that_was_under_way_at_a_reload_is_sent_again(context, served):
    page = Page(context, served, "/?flag=blurry")
    item = page.item
    page.tab.evaluate("""(item) => sessionStorage.setItem("pending", JSON.stringify(["/api/decide",
      {reviewer: "ann", seen: 0, answers: [{item, decision: "drop"}]}]))""", item)
    page.tab.reload()
    page.tab.wait_for_selector("#main[data-item]")
    assert page.standing() == ["drop"] and page.item != item


def test_nothing_is_asked_of_another_host(context, served):
    page = Page(context, served, "/?flag=blurry")
    page.press("k", "g")
    hosts = page.tab.evaluate("performance.getEntriesByType('resource').map(e => new URL(e.name).host)")
    assert set(hosts) == {served.url.partition("//")[2]}


def test_tables_that_a_stage_wrote_anew_are_taken_up_by_a_reload(context, layout):
    served, stop = serve(layout)
    page = Page(context, served)
    served.layout.flags.unlink()
    page.open()  # a stage is at work: what was read before serves
    assert page.item
    tables.write(tables.FLAGS, [], served.layout.flags)
    page.open("/?flag=blurry")
    assert page.question == "Nothing to decide here"
    stop()
