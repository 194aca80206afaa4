"""What is decided on the page, followed through dedupe's groups and the selection: it changes that, and that alone."""

from itertools import cycle

import pytest

import tables
from curate.decisions import read_decisions
from curate.groups import make_groups
from curate.judged import Relations, judge_pairs
from curate.params import DedupeParams, ReviewParams, SplitParams
from curate.review.answers import Answer
from curate.review.board import Board, Filters
from curate.selection import select
from curate.split import SIDES, assign_sides
from curate.subjects import list_subjects
from tests.curate.review.drawn import make_run

HOLD = ("label_conflict",)


@pytest.fixture
def board(layout):
    return Board(layout, ReviewParams(), HOLD)


def follow(layout, sides=None):
    """Return what the stages after the review make: the placed subjects, the dropped ones, and the sides."""
    hits, images = tables.read(tables.HITS, layout.hits), tables.read(tables.IMAGES, layout.inspected)
    decisions = read_decisions(layout.decisions)
    relations = Relations.of(decisions)
    pairs = judge_pairs(tables.read(tables.PAIRS, layout.pairs), relations, images["sha256"])
    groups = make_groups(images, pairs, hits, DedupeParams(), relations)
    chosen, dropped = select(hits, images, groups, tables.read(tables.FLAGS, layout.flags), decisions, HOLD)
    sides = tables.make(SIDES) if sides is None else sides
    placed, between, sides = assign_sides(chosen, groups, pairs, sides, SplitParams())
    assert between.empty
    return placed, dropped, sides


def outcome(layout):
    """Return subject → ``kept``, or why it is not, as the stages after the review make it."""
    placed, dropped, _ = follow(layout)
    return ({(row.sha256, row.class_id): "kept" for row in placed.itertuples()}
            | {(row.sha256, row.class_id): row.reason for row in dropped.itertuples()})


def changes(board, layout, flag, **answer):
    """Answer the first question of a flag; return it and what changed by that, as subject → (before, after)."""
    before = outcome(layout)
    item = board.queue(Filters("ann", flag=flag))[0].item
    board.decide([(item.id, Answer(**answer))], "ann", 0)
    after = outcome(layout)
    return item, {s: (before.get(s), after.get(s)) for s in before | after if before.get(s) != after.get(s)}


def test_nothing_changes_without_a_decision(layout):
    assert outcome(layout) == outcome(layout)


def test_drop_takes_out_that_picture_alone(board, layout):
    item, changed = changes(board, layout, "blurry", decision="drop")
    assert changed == {item.subjects[0]: ("kept", "dropped")}


def test_keep_leaves_all_as_it_is_where_the_picture_was_kept_anyway(board, layout):
    assert changes(board, layout, "blurry", decision="keep")[1] == {}


def test_relabel_moves_that_picture_alone(board, layout):
    item, changed = changes(board, layout, "label_suspect", decision="relabel", label="c-estate")
    ((sha, _),) = item.subjects
    assert changed == {(sha, "c-sedan"): ("kept", "relabelled"), (sha, "c-estate"): (None, "kept")}


def test_a_settled_conflict_brings_the_photograph_in_under_its_class(board, layout):
    item, changed = changes(board, layout, "label_conflict", decision="relabel", label="g-suv")
    sha = item.subjects[0][0]
    assert changed == {(sha, "g-suv"): ("label_conflict", "kept"), (sha, "c-coupe"): ("label_conflict", "relabelled")}


def test_same_leaves_one_of_the_two(board, layout):
    item, changed = changes(board, layout, "duplicate_doubt", decision="same")
    assert list(changed.values()) == [("kept", "duplicate")]
    assert set(changed) < set(item.subjects)


def test_different_brings_both_files_of_a_group_in(board, layout):
    item, changed = changes(board, layout, "duplicate", decision="different")
    assert set(changed) <= set(item.subjects[1:]) and ("duplicate", "kept") in changed.values()


def test_the_chosen_keeper_replaces_the_one_that_would_be_kept(board, layout):
    before = outcome(layout)
    item = board.queue(Filters("ann", flag="duplicate"))[0].item
    keeper = next(s for s in item.subjects if before[s] == "kept")
    other = next(s for s in item.subjects if s != keeper)
    board.decide([(item.id, Answer("same", keeper=other[0]))], "ann", 0)
    after = outcome(layout)
    assert {s: after[s] for s in item.subjects if before[s] != after[s]} == {keeper: "duplicate", other: "kept"}


def test_drop_on_a_group_takes_the_photograph_out(board, layout):
    item, changed = changes(board, layout, "duplicate", decision="drop")
    assert {after for _, after in changed.values()} == {"dropped"} and set(changed) == set(item.subjects)


def test_an_undo_gives_back_what_was(board, layout):
    before = outcome(layout)
    changes(board, layout, "label_conflict", decision="drop")
    board.undo("ann", board.history.last_action("ann").decided_at.isoformat())
    assert outcome(layout) == before


def test_decisions_on_pictures_that_are_gone_change_nothing(board, layout):
    before = outcome(layout)
    sha = "f" * 64
    layout.decisions.parent.mkdir(exist_ok=True)
    with open(layout.decisions, "w", encoding="utf-8") as file:
        file.write("decided_at,reviewer,sha256,class_id,flag,decision,label,other_sha256,note\n"
                   f"2026-01-01T00:00:00Z,ann,{sha},c-sedan,,drop,,,\n"
                   f"2026-01-01T00:00:00Z,ann,{sha},c-sedan,,same,,{'e' * 64},\n")
    assert outcome(layout) == before and board.count_gone() == 2


def test_a_review_of_fifty_questions_changes_the_rows_of_what_it_decided_and_no_other(tmp_path):
    layout = make_run(tmp_path / "run", blurry=46)
    board = Board(layout, ReviewParams(), HOLD)
    *before, sides = follow(layout)
    ways = cycle([Answer("drop"), Answer("keep"), Answer("relabel", "c-estate")])
    others = {"conflict": Answer("keep"), "compare": Answer("different")}
    given = [(item, others.get(item.kind) or next(ways)) for item in board.items.values()]
    assert len(given) == 50
    for item, answer in given:
        board.decide([(item.id, answer)], "ann", len(board.history.rows))
    *after, _ = follow(layout, sides)

    decided = {subject for item, _ in given for subject in item.subjects}
    moved = {(item.subjects[0][0], answer.label) for item, answer in given if answer.label}
    for old, new in zip(before, after, strict=True):  # every column: side, split group, reason, words
        rows = [set(frame.itertuples(index=False, name=None)) for frame in (old, new)]
        assert {row[:2] for row in rows[0] ^ rows[1]} <= decided | moved
    (placed, dropped), kept_before = after, set(zip(before[0]["sha256"], before[0]["class_id"], strict=True))
    kept = set(zip(placed["sha256"], placed["class_id"], strict=True))
    why = {(row.sha256, row.class_id): row.reason for row in dropped.itertuples()}
    for item, answer in given:
        if item.kind == "picture":
            (subject,) = item.subjects
            assert subject in kept_before
            assert (subject in kept, why.get(subject)) == {
                "keep": (True, None), "drop": (False, "dropped"), "relabel": (False, "relabelled")}[answer.decision]
    assert moved <= kept and len(moved) >= 15
    subjects = set(list_subjects(tables.read(tables.HITS, layout.hits)).itertuples(index=False, name=None))
    assert kept - moved | set(why) == subjects and not (kept - moved) & set(why)
