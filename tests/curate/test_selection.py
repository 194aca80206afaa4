import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.selection import select
from curate.subjects import check_account
from pipeline.errors import TableError
from tests.curate.rows import make_decisions, make_flags, make_groups, make_hits, make_images, sha

HOLD = ("label_conflict",)


def run(hits, images, groups=None, flags=None, decisions=None, hold=HOLD):
    flags = make_flags() if flags is None else flags
    decisions = make_decisions() if decisions is None else decisions
    groups = make_groups() if groups is None else groups
    chosen, dropped = select(hits, images, groups, flags, decisions, hold)
    check_account(hits, chosen, dropped)
    kept = {(s, c) for s, c in zip(chosen["sha256"], chosen["class_id"], strict=True)}
    why = {(r.sha256, r.class_id): (r.stage, r.reason) for r in dropped.itertuples()}
    return kept, why


def test_a_sound_picture_is_chosen():
    assert run(make_hits(("x", "b")), make_images("x")) == ({(sha("x"), "b")}, {})


def test_an_undecodable_picture_is_dropped_by_inspect():
    kept, why = run(make_hits(("x", "b")), make_images("x", errors="x"))
    assert (kept, why) == (set(), {(sha("x"), "b"): ("inspect", "undecodable")})


def test_of_one_photograph_the_keeper_goes_in():
    kept, why = run(make_hits(("x", "b"), ("y", "b")), make_images("x", "y"), make_groups(("y", "x")))
    assert kept == {(sha("y"), "b")}
    assert why == {(sha("x"), "b"): ("dedupe", "duplicate")}


def test_a_person_who_keeps_another_member_changes_the_keeper():
    kept, _ = run(make_hits(("x", "b"), ("y", "b")), make_images("x", "y"), make_groups(("y", "x")),
                  decisions=make_decisions(("x", "b", "keep")))
    assert kept == {(sha("x"), "b")}


def test_a_person_who_drops_the_keeper_drops_the_photograph():
    kept, why = run(make_hits(("x", "b"), ("y", "b")), make_images("x", "y"), make_groups(("y", "x")),
                    decisions=make_decisions(("y", "b", "drop")))
    assert kept == set()
    assert why[(sha("x"), "b")] == ("review", "duplicate_dropped")


def test_a_flag_that_drops_beats_a_keeper_but_not_a_person():
    hits, images = make_hits(("x", "b")), make_images("x")
    flags = make_flags(("x", "b", "too_small", "drop"))
    assert run(hits, images, flags=flags)[1] == {(sha("x"), "b"): ("flag", "too_small")}
    assert run(hits, images, flags=flags, decisions=make_decisions(("x", "b", "keep")))[0] == {(sha("x"), "b")}


def test_where_the_keeper_is_flagged_a_sound_duplicate_takes_its_place():
    kept, _ = run(make_hits(("x", "b"), ("y", "b")), make_images("x", "y"), make_groups(("y", "x")),
                  make_flags(("y", "b", "blurry", "drop")))
    assert kept == {(sha("x"), "b")}


def test_a_flag_for_review_holds_only_where_the_parameter_says_so():
    hits, images, flags = make_hits(("x", "b")), make_images("x"), make_flags(("x", "b", "outlier", "review"))
    assert run(hits, images, flags=flags)[0] == {(sha("x"), "b")}
    assert run(hits, images, flags=flags, hold=("outlier",))[1] == {(sha("x"), "b"): ("flag", "outlier")}


def test_a_picture_under_two_classes_waits_for_a_decision():
    kept, why = run(make_hits(("x", "b"), ("x", "c")), make_images("x"))
    assert kept == set()
    assert set(why.values()) == {("flag", "label_conflict")}


def test_near_duplicates_under_two_classes_wait_as_well():
    kept, why = run(make_hits(("x", "b"), ("y", "c")), make_images("x", "y"), make_groups(("x", "y")))
    assert kept == set() and len(why) == 2


def test_a_conflict_may_stay_where_the_parameter_says_so():
    kept, _ = run(make_hits(("x", "b"), ("x", "c")), make_images("x"), hold=())
    assert kept == {(sha("x"), "b"), (sha("x"), "c")}


def test_keeping_it_under_one_class_settles_the_conflict():
    kept, why = run(make_hits(("x", "b"), ("y", "c")), make_images("x", "y"), make_groups(("x", "y")),
                    decisions=make_decisions(("y", "c", "keep")))
    assert kept == {(sha("y"), "c")}
    assert why[(sha("x"), "b")] == ("review", "label_conflict")


def test_dropping_it_under_one_class_settles_the_conflict():
    kept, _ = run(make_hits(("x", "b"), ("x", "c")), make_images("x"), decisions=make_decisions(("x", "b", "drop")))
    assert kept == {(sha("x"), "c")}


def test_two_contradicting_decisions_leave_the_conflict_open():
    kept, _ = run(make_hits(("x", "b"), ("x", "c")), make_images("x"),
                  decisions=make_decisions(("x", "b", "keep"), ("x", "c", "keep")))
    assert kept == set()


def test_a_relabelled_picture_is_chosen_under_its_new_class_alone():
    kept, why = run(make_hits(("x", "b")), make_images("x"), decisions=make_decisions(("x", "b", "relabel", "c")))
    assert kept == {(sha("x"), "c")}
    assert why == {(sha("x"), "b"): ("review", "relabelled")}


def test_relabelling_settles_a_conflict_with_a_near_duplicate():
    kept, why = run(make_hits(("x", "b"), ("x", "c"), ("y", "b")), make_images("x", "y"), make_groups(("x", "y")),
                    decisions=make_decisions(("x", "b", "relabel", "c")))
    assert kept == {(sha("x"), "c")}
    assert why[(sha("y"), "b")] == ("review", "label_conflict")


def test_a_picture_that_was_not_inspected_is_an_error_with_the_stage_to_run():
    with pytest.raises(TableError, match="1 saved pictures were not inspected.*whatbenz inspect"):
        run(make_hits(("x", "b")), make_images("y"))


NAMES, CLASSES = ["p", "q", "r", "s"], ["b", "c", "d"]
subject = st.tuples(st.sampled_from(NAMES), st.sampled_from(CLASSES))


@settings(max_examples=200, deadline=None)
@given(subjects=st.sets(subject, min_size=1), errors=st.sets(st.sampled_from(NAMES), max_size=1),
       joined=st.integers(1, 4), hold=st.sets(st.sampled_from(["label_conflict", "outlier"])),
       flags=st.lists(st.tuples(subject, st.sampled_from(["outlier", "too_small"]),
                                st.sampled_from(["drop", "review"])), max_size=4),
       decisions=st.lists(st.tuples(subject, st.sampled_from(["keep", "drop", "relabel"]),
                                    st.sampled_from(CLASSES)), max_size=5))
def test_every_saved_picture_is_chosen_or_dropped_exactly_once(subjects, errors, joined, hold, flags, decisions):
    hits = make_hits(*sorted(subjects))
    groups = make_groups(tuple(NAMES[:joined]), *((n,) for n in NAMES[joined:]))
    chosen, dropped = select(
        hits, make_images(*NAMES, errors=errors), groups, make_flags(*((n, c, f, a) for (n, c), f, a in flags)),
        make_decisions(*((n, c, d, label) for (n, c), d, label in decisions)), tuple(hold))
    check_account(hits, chosen, dropped)


def test_a_lost_picture_is_noticed():
    hits = make_hits(("x", "b"), ("y", "b"))
    chosen, dropped = select(hits, make_images("x", "y"), make_groups(), make_flags(), make_decisions(), HOLD)
    with pytest.raises(TableError, match="1 pictures are lost"):
        check_account(hits, chosen.iloc[:1], dropped)
