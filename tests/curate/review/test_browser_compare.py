import pytest

from tests.curate.review.page import Page


@pytest.fixture
def pair(context, served):
    opened = Page(context, served, "/?flag=duplicate_doubt")
    yield opened
    assert opened.errors == []


@pytest.fixture
def group(context, served):
    opened = Page(context, served, "/?flag=duplicate")
    yield opened
    assert opened.errors == []


@pytest.mark.parametrize(("key", "decision"), [("s", "same"), ("d", "different")])
def test_one_key_says_whether_two_pictures_are_one(pair, key, decision):
    pair.press(key)
    assert [row[0] for row in pair.rows()] == [decision]
    assert pair.question == "All decided"


def test_what_was_measured_stands_in_words(pair):
    words = pair.tab.inner_text(".measured")
    assert "6 bits of their hashes differ" in words and "40 local features agree" in words


def test_blink_shows_both_in_one_place_and_space_turns(pair):
    pair.press("b")
    stack = pair.tab.locator(".stack")
    assert stack.get_attribute("data-view") == "blink"
    pair.tab.wait_for_selector('.stack[data-shown="above"]')  # it blinks by itself
    pair.press(" ")
    held = stack.get_attribute("data-shown")
    pair.press(" ")
    assert stack.get_attribute("data-shown") != held
    laid_on = pair.tab.locator(".stack img").nth(1)
    assert laid_on.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 240
    pair.press("b")
    assert pair.tab.locator(".sides").count() == 1 and pair.rows() == []


def test_difference_and_swap_decide_nothing(pair):
    first = pair.shown
    pair.press("w")
    assert pair.shown != first
    pair.press("f")
    assert pair.tab.locator('.stack[data-view="difference"]').count() == 1
    assert pair.button("f").get_attribute("aria-pressed") == "true"
    assert pair.rows() == []


def test_another_view_of_the_pair_does_not_make_it_a_seen_one(pair):
    pair.press("f", "f", "w")
    assert pair.tab.locator("#question .mark").count() == 0


def test_with_reduced_motion_nothing_blinks_by_itself(chromium, served):
    context = chromium.new_context(reduced_motion="reduce")
    page = Page(context, served, "/?flag=duplicate_doubt")
    page.press("b")
    page.tab.evaluate("new Promise(done => setTimeout(done, 600))")
    assert page.tab.get_attribute(".stack", "data-shown") == "below"
    page.press(" ")
    assert page.tab.get_attribute(".stack", "data-shown") == "above"
    context.close()


def test_the_keeper_is_preselected_and_can_be_changed(group):
    keeper = group.shown
    assert group.tab.get_attribute(".sides figure", "data-keeper") == "true"
    group.press("k")
    assert group.tab.get_attribute(".sides figure", "data-keeper") == "false"
    group.press("s")
    same, keep = group.rows()
    assert same[:2] == ("same", keeper) and keep[:2] == ("keep", same[2])


def test_a_keeper_that_stays_needs_no_row(group):
    group.press("s")
    assert [row[0] for row in group.rows()] == ["same"]


def test_a_group_is_decided_picture_by_picture(group):
    item = group.item
    group.press("s")
    assert group.item == item
    assert group.tab.locator('.strip [data-state="same"]').count() == 1
    group.press("d")
    assert [row[0] for row in group.rows()] == ["same", "different"]
    assert group.question == "All decided"


@pytest.mark.parametrize(("key", "decision"), [("Shift+S", "same"), ("Shift+D", "different")])
def test_a_group_is_decided_at_once_and_undone_at_once(group, key, decision):
    group.press(key)
    assert [row[0] for row in group.rows()] == [decision] * 2
    group.press("u")
    assert group.standing() == []
    assert group.tab.locator('.strip [data-state="open"]').count() == 2


def test_drop_takes_every_file_of_the_photograph_out(group):
    group.press("x")
    assert [row[0] for row in group.rows()] == ["drop"] * 3
    assert group.question == "All decided"
    group.press("u")
    assert group.standing() == []


def test_any_picture_of_the_group_can_be_compared(group):
    before = group.tab.locator(".sides img").nth(1).get_attribute("src")
    group.tab.locator(".strip button").nth(2).click()
    group.settle()
    assert group.tab.locator(".sides img").nth(1).get_attribute("src") != before
