import pytest

from curate.decisions import read_decisions
from tests.curate.review.page import Page


@pytest.fixture
def grid(context, served):
    opened = Page(context, served, "/?flag=blurry")
    opened.press("g")
    opened.tab.wait_for_selector(".tile")
    yield opened
    assert opened.errors == []


def tiles(page):
    return [tile.get_attribute("data-id") for tile in page.tab.locator(".tile").all()]


def test_a_screenful_of_one_flag_and_class_is_kept_at_once_but_for_the_marked(grid):
    assert "blurry in C-Class Sedan" in grid.question
    assert len(tiles(grid)) == 12
    grid.press("ArrowRight", " ", "ArrowDown", " ")
    grid.press("k")
    assert sorted(row[0] for row in grid.rows()) == ["drop"] * 2 + ["keep"] * 10


def test_drop_keeps_the_marked(grid):
    grid.tab.locator(".tile").nth(3).click()
    grid.press("x")
    assert sorted(row[0] for row in grid.rows()) == ["drop"] * 11 + ["keep"]


def test_the_surest_come_first(grid):
    labels = grid.tab.locator(".tile-label").all_inner_texts()
    numbers = [float(label.split()[-1]) for label in labels]
    assert numbers in (sorted(numbers), sorted(numbers, reverse=True))


def test_a_mark_can_be_taken_back_and_arrows_decide_nothing(grid):
    grid.press("ArrowRight", " ", " ", "ArrowLeft", "ArrowUp", "ArrowDown")
    assert grid.tab.locator('.tile[aria-pressed="true"]').count() == 0 and grid.rows() == []


def test_one_undo_takes_back_the_whole_screenful(grid):
    before = tiles(grid)
    grid.press("x")
    assert grid.tab.locator(".tile").count() == 0
    grid.press("u")
    assert tiles(grid) == before and grid.standing() == []
    assert read_decisions(grid.served.layout.decisions)["decided_at"].nunique() == 2


def test_repeat_decides_the_next_screenful_in_the_same_way(context, served):
    context.pages or context.new_page()
    page = Page(context, served, "/?flag=blurry")
    page.tab.set_viewport_size({"width": 500, "height": 420})
    page.press("g")
    page.tab.wait_for_selector(".tile")
    count = len(tiles(page))
    assert count < 12
    page.press("x", "r")
    assert [row[0] for row in page.rows()] == ["drop"] * min(12, 2 * count)


def test_groups_of_duplicates_are_decided_by_the_screenful(context, served):
    page = Page(context, served, "/?flag=duplicate&view=grid")
    assert page.tab.locator(".tile img").count() == 3
    page.press("s")
    assert [row[0] for row in page.rows()] == ["same"] * 2


def test_a_marked_group_of_several_waits_for_a_look_of_its_own(context, served):
    page = Page(context, served, "/?flag=duplicate&view=grid")
    page.press(" ")
    assert "later 1" in page.button("s").inner_text()
    page.press("s")
    assert page.rows() == [] and page.tab.locator(".tile").count() == 0
    page.press("g")
    assert page.tab.locator(".strip [data-state=open]").count() == 2 and page.errors == []


def test_grid_and_back(grid):
    grid.press("g")
    assert grid.tab.locator(".tile").count() == 0
    assert grid.item


def test_a_reload_stays_in_the_grid(grid):
    grid.tab.reload()
    grid.tab.wait_for_selector(".tile")
    assert len(tiles(grid)) == 12
