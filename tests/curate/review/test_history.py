from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from curate.decisions import latest_on_pairs, latest_on_pictures
from curate.review.history import DISAGREEMENT
from tests.curate.review.decided import A, B, C, decide, history_of

PICTURE = ("picture", A, "c-sedan")


def test_the_last_row_of_any_reviewer_counts():
    history = history_of(decide("keep", who="ann"), decide("drop", who="bob"))
    assert history.latest(PICTURE).decision == "drop"
    assert history.latest(PICTURE, "ann").decision == "keep"


def test_an_undo_brings_back_what_stood_before():
    history = history_of(decide("keep"), decide("drop", second=1), decide("undo", second=2))
    assert history.latest(PICTURE).decision == "keep"


def test_rows_of_one_moment_are_one_action():
    history = history_of(decide("keep"), decide("drop", B), decide("keep", C, second=1))
    assert [len(action.rows) for action in history.actions("ann")] == [2, 1]


def test_undo_has_no_limit():
    rows = [decide("keep", sha=f"{n:064x}", second=n) for n in range(50)]
    history = history_of(*rows)
    for n in range(50):
        last = history.last_action("ann")
        assert last.rows == [rows[49 - n]]
        history.add(decide("undo", sha=last.rows[0].sha256, second=100 + n))
    assert history.last_action("ann") is None
    assert history.subjects == []


def test_reviewers_who_differ_disagree():
    assert history_of(decide("keep", who="ann"), decide("drop", who="bob")).disagree(PICTURE)
    assert not history_of(decide("keep", who="ann"), decide("keep", who="bob")).disagree(PICTURE)


def test_another_class_is_another_opinion():
    rows = [decide("relabel", who=who, label=label) for who, label in (("ann", "c-coupe"), ("bob", "c-estate"))]
    assert history_of(*rows).disagree(PICTURE)


def test_a_disagreement_is_settled_by_a_decision_made_with_both_in_view():
    history = history_of(decide("keep", who="ann"), decide("drop", who="bob"),
                         decide("drop", who="ann", flag=DISAGREEMENT))
    assert not history.disagree(PICTURE)
    history.add(decide("undo", who="ann"))
    assert history.disagree(PICTURE)


def test_a_later_opinion_opens_a_settled_disagreement_again():
    history = history_of(decide("keep", who="ann"), decide("drop", who="bob"),
                         decide("drop", who="ann", flag=DISAGREEMENT), decide("keep", who="cy"))
    assert history.disagree(PICTURE)


ROWS = st.builds(
    decide, st.sampled_from(["keep", "drop", "same", "different", "undo", "relabel"]), st.sampled_from([A, B]),
    other=st.just(None), who=st.sampled_from(["ann", "bob"]), second=st.integers(0, 9), label=st.just("c-coupe"))
PAIR_ROWS = st.builds(decide, st.sampled_from(["same", "different", "undo"]), st.sampled_from([A, B]), other=st.just(C),
                      who=st.sampled_from(["ann", "bob"]), second=st.integers(0, 9))


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS.filter(lambda r: r.decision not in ("same", "different")) | PAIR_ROWS, max_size=30))
def test_the_page_and_the_pipeline_agree_on_what_counts(rows):
    history = history_of(*rows)
    frame = tables.make(tables.DECISIONS, [row.as_row() for row in rows])
    pictures = {("picture", r.sha256, r.class_id): (r.decision, r.reviewer)
                for r in latest_on_pictures(frame).itertuples()}
    pairs = {("pair", r.sha256_a, r.sha256_b): (r.decision, r.reviewer) for r in latest_on_pairs(frame).itertuples()}
    assert {s: (history.latest(s).decision, history.latest(s).reviewer) for s in history.subjects} == pictures | pairs


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS.filter(lambda r: r.decision not in ("same", "different")) | PAIR_ROWS, max_size=20))
def test_undoing_every_action_leaves_nothing_of_that_reviewer(rows):
    history = history_of(*rows)
    while action := history.last_action("ann"):
        for row in reversed(action.rows):
            history.add(decide("undo", row.sha256, row.other_sha256))
    assert not any(history.latest(subject, "ann") for subject in history.subjects)
    assert "ann" not in history.reviewers
