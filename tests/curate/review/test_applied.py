"""What is decided on the page, followed through dedupe's groups and the selection: it changes that, and that alone."""

import pytest

import tables
from curate.decisions import read_decisions
from curate.groups import make_groups
from curate.judged import Relations, judge_pairs
from curate.params import DedupeParams, ReviewParams
from curate.review.answers import Answer
from curate.review.board import Board, Filters
from curate.selection import select

HOLD = ("label_conflict",)


@pytest.fixture
def board(layout):
    return Board(layout, ReviewParams(), HOLD)


def outcome(layout):
    """Return subject → ``kept``, or why it is not, as the stages after the review make it."""
    hits, images = tables.read(tables.HITS, layout.hits), tables.read(tables.IMAGES, layout.inspected)
    decisions = read_decisions(layout.decisions)
    relations = Relations.of(decisions)
    pairs = judge_pairs(tables.read(tables.PAIRS, layout.pairs), relations, images["sha256"])
    groups = make_groups(images, pairs, hits, DedupeParams(), relations)
    chosen, dropped = select(hits, images, groups, tables.read(tables.FLAGS, layout.flags), decisions, HOLD)
    return ({(row.sha256, row.class_id): "kept" for row in chosen.itertuples()}
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
