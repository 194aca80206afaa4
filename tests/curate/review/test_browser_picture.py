import re

import pytest

from curate.decisions import read_decisions
from tests.curate.review.page import Page


@pytest.fixture
def page(context, served):
    opened = Page(context, served, "/?flag=blurry")
    yield opened
    assert opened.errors == []


@pytest.fixture
def label(context, served):
    opened = Page(context, served, "/?flag=label_suspect")
    yield opened
    assert opened.errors == []


@pytest.mark.parametrize(("key", "decision"), [("k", "keep"), ("x", "drop"), ("K", "keep"), ("Shift+x", None)])
def test_one_key_decides_and_moves_on(page, key, decision):
    first, before = page.shown, page.item
    page.press(key)
    assert page.rows() == ([(decision, first, None)] if decision else [])
    assert (page.item != before) == bool(decision)


def test_the_decision_names_reviewer_class_and_flag(page):
    page.press("k")
    row = read_decisions(page.served.layout.decisions).iloc[0]
    assert (row["reviewer"], row["class_id"], row["flag"]) == ("ann", "c-sedan", "blurry")


def test_arrows_move_and_never_decide(page):
    first = page.item
    page.press("ArrowRight", "ArrowRight")
    assert page.place == "3 of 12"
    page.press("ArrowLeft", "ArrowLeft")
    assert page.item == first
    page.press("ArrowLeft")
    assert page.item == first and page.rows() == []


def test_what_was_passed_over_comes_last_and_is_marked_as_seen(page):
    first = page.item
    page.press("ArrowRight", *["k"] * 11)
    assert page.item == first
    assert page.tab.inner_text(".mark") == "seen"


def test_undo_brings_back_the_picture_and_withdraws_the_decision(page):
    first = page.item
    page.press("x", "u")
    assert page.item == first
    assert page.standing() == []
    assert [row[0] for row in page.rows()] == ["drop", "undo"]


def test_undo_and_repeat_say_what_they_would_do(page):
    page.press("x")
    assert page.button("u").inner_text().endswith("Undo: drop")
    assert page.button("r").inner_text().endswith("Repeat: dropped")
    page.press("l")
    page.tab.keyboard.type("estate")
    page.press("Enter")
    assert page.button("u").inner_text().endswith("Undo: to C-Class Estate")


def test_undo_goes_back_as_far_as_one_likes_even_after_a_reload(page):
    first = page.item
    page.press("k", "x", "k", "x")
    page.open("/?flag=blurry")
    page.press("u", "u", "Control+z", "u")
    assert page.item == first and page.standing() == []
    page.press("u")
    assert page.standing() == [] and len(page.rows()) == 8


def test_repeat_decides_as_before(page):
    page.press("x", "r", "r")
    assert [row[0] for row in page.rows()] == ["drop"] * 3


def test_a_digit_moves_the_picture_to_the_likeliest_class(label):
    sha = label.shown
    label.press("1")
    assert label.rows() == [("relabel", sha, "c-estate")]


def test_type_ahead_finds_a_class_by_part_of_its_name_without_accents(label):
    sha = label.shown
    label.press("l")
    label.tab.keyboard.type("coupe")
    label.press("Enter")
    assert label.rows() == [("relabel", sha, "c-coupe")]


def test_type_ahead_finds_a_class_by_its_series_and_arrows_choose(label):
    label.press("l")
    label.tab.keyboard.type("205")
    assert label.tab.locator("#class-list li").all_inner_texts() == ["no such class"]
    label.tab.fill("#class-input", "s20")
    assert [t.split("\n")[-2] for t in label.tab.locator("#class-list li").all_inner_texts()] == ["C-Class Estate"]
    label.tab.fill("#class-input", "c-class")
    label.press("ArrowDown", "ArrowUp", "ArrowDown", "Enter")
    assert label.rows()[0][2] == "c-coupe"


def test_the_likeliest_class_is_listed_first(label):
    assert "C-Class Estate" in label.tab.locator("#class-list li").first.inner_text()


def test_escape_leaves_the_type_ahead_and_decides_nothing(label):
    label.press("l")
    label.tab.keyboard.type("kx")
    label.press("Escape")
    assert label.rows() == []
    label.press("k")
    assert [row[0] for row in label.rows()] == ["keep"]


def test_choosing_the_class_it_stands_under_keeps_it(label):
    label.press("l")
    label.tab.keyboard.type("sedan")
    label.press("Enter")
    assert label.rows()[0][0] == "keep"


def test_a_label_doubt_stands_beside_examples_of_both_classes(label):
    titles = label.tab.locator(".examples h3").all_inner_texts()
    assert [title.splitlines()[0].split(" as")[0] for title in titles] == \
        ["C-Class Sedan", "C-Class Estate its features say so: 80 %"]
    assert label.tab.locator(".examples img").count() == 6
    assert label.tab.locator(".examples").evaluate(
        "e => [...e.querySelectorAll('img')].every(i => i.complete && i.naturalWidth > 0)")


def test_a_conflict_shows_its_classes_and_a_digit_settles_all_of_it(context, served):
    page = Page(context, served, "/?flag=label_conflict")
    sha = page.shown
    page.press("2")
    assert page.rows() == [("keep", sha, None), ("relabel", sha, "g-suv")]
    assert page.question.startswith("All decided")


def test_a_note_goes_with_the_decision(page):
    page.press("n")
    page.tab.keyboard.type('rear only, "cropped"')
    page.press("Enter", "x")
    assert read_decisions(page.served.layout.decisions)["note"].tolist() == ['rear only, "cropped"']
    page.press("x")
    assert len(page.rows()) == 2
    assert page.tab.input_value("#note") == ""


def test_why_it_was_flagged_is_said_in_words_and_numbers(page):
    assert re.search(r"its score is 0\.\d\d, below 0\.25", page.tab.inner_text(".reasons"))


def test_the_source_stands_there_with_licence_and_link(page):
    links = page.tab.locator(".sources a")
    assert links.nth(0).get_attribute("href").startswith("https://pages.example/")
    assert links.nth(1).inner_text() == "CC BY 4.0"
    assert links.nth(0).get_attribute("rel") == "noopener noreferrer nofollow"


def test_markup_from_the_web_is_shown_as_text(label):
    shown = label.tab.inner_text(".sources")
    assert '<img src=x onerror="document.body.dataset.pwned=1">' in shown and "<b>Bob</b>" in shown
    assert label.tab.get_attribute("body", "data-pwned") is None
    assert label.tab.locator(".sources img, .sources script, .sources b").count() == 0
    assert not any((href or "").startswith("javascript:") for href in
                   [a.get_attribute("href") for a in label.tab.locator("a").all()])


def test_the_next_three_pictures_are_there_before_they_are_asked_for(page):
    page.press("ArrowRight")
    fetched = "performance.getEntriesByType('resource').filter(e => /screen$/.test(e.name)).length"
    page.tab.wait_for_function(f"() => {fetched} >= 5")  # two shown, three ahead
    assert page.tab.evaluate(fetched) == 5


def test_a_key_that_is_held_down_decides_once(page):
    page.tab.keyboard.down("x")
    page.tab.keyboard.down("x")
    page.tab.keyboard.down("x")
    page.settle()
    assert len(page.rows()) == 1


def test_keys_are_known_on_a_cyrillic_keyboard(page):
    page.tab.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'л', code: 'KeyK', bubbles: true}))")
    page.settle()
    assert [row[0] for row in page.rows()] == ["keep"]


def test_the_queue_ends_with_what_to_do_next(context, served):
    page = Page(context, served, "/?flag=label_suspect")
    page.press("k")
    assert page.question == "All decided"
    page.press("ArrowLeft")
    assert page.tab.inner_text(".mark") == "kept"


def test_the_cheat_sheet_names_every_key_and_keys_below_it_do_nothing(page):
    page.press("?")
    sheet = page.tab.inner_text("#help")
    assert all(f"\n{key}\n" in sheet or f"\n{key} " in sheet or key in sheet for key in "KXSDURGNBFWLA?")
    page.press("x")
    assert page.rows() == []
    page.press("Escape", "x")
    assert len(page.rows()) == 1
