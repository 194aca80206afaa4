import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from curate.groups import make_groups
from curate.judged import Relations, judge_pairs, respect
from curate.params import DedupeParams
from tests.curate.rows import make_decisions, make_hits, make_images, sha

NAMES = "abcdef"


def relations(*judged):
    """Return the relations of (name, name, decision)."""
    return Relations.of(make_decisions(*((a, "c", decision, b) for a, b, decision in judged)))


def pairs_of(*found):
    """Return pairs from (name, name, verdict)."""
    return tables.make(tables.PAIRS, [{"sha256_a": sha(a), "sha256_b": sha(b), "found_by": "phash", "verdict": verdict}
                                      for a, b, verdict in found])


def grouped(found, judged, names=NAMES):
    """Return the groups as sets of names, as dedupe makes them."""
    said, shas = relations(*judged), [sha(n) for n in names]
    pairs = judge_pairs(pairs_of(*found), said, shas)
    groups = make_groups(make_images(*names), pairs, make_hits(*((n, "c") for n in names)), DedupeParams(), said)
    name_of = {sha(n): n for n in names}
    return {"".join(sorted(name_of[s] for s in rows["sha256"])) for _, rows in groups.groupby("group_id")}


def test_same_is_passed_on_and_different_holds_for_all_that_are_the_same():
    known = relations(("a", "b", "same"), ("b", "c", "same"), ("c", "d", "different"))
    found = [known.between(sha("a"), sha(other)) for other in "cde"]
    assert found == ["same", "different", None]


def test_two_pictures_that_a_person_calls_one_are_one_group():
    assert grouped([], [("a", "b", "same")], "abc") == {"ab", "c"}


def test_two_groups_that_a_person_joins_by_one_pair_are_one_group():
    found = [(*pair, "duplicate") for pair in ("ab", "ac", "bc", "de", "df", "ef")]
    assert grouped(found, [("a", "d", "same")]) == {"abcdef"}


def test_a_pair_that_a_person_calls_different_is_apart_however_much_speaks_for_it():
    found = [("a", "b", "duplicate"), ("a", "c", "duplicate"), ("b", "c", "duplicate")]
    groups = grouped(found, [("a", "b", "different")], "abc")
    assert not any("a" in group and "b" in group for group in groups)


def test_who_is_the_same_as_the_one_and_different_from_the_other_stays_with_the_one():
    found = [("a", "b", "duplicate"), ("a", "c", "duplicate"), ("b", "c", "duplicate")]
    assert grouped(found, [("a", "b", "same"), ("a", "c", "different")], "abc") == {"ab", "c"}


def test_the_verdict_of_a_pair_is_what_people_said_or_what_follows_from_it():
    said = relations(("a", "b", "same"), ("a", "c", "different"))
    pairs = judge_pairs(pairs_of(("a", "b", "review"), ("b", "c", "duplicate"), ("d", "e", "variant")), said,
                        [sha(n) for n in NAMES])
    verdicts = {(a, b): v for a, b, v in pairs[["sha256_a", "sha256_b", "verdict"]].itertuples(index=False)}
    assert verdicts == {(sha("a"), sha("b")): "duplicate", (sha("b"), sha("c")): "different",
                        (sha("d"), sha("e")): "variant", (sha("a"), sha("c")): "different"}


def test_what_is_said_of_a_picture_that_is_gone_makes_no_row():
    assert judge_pairs(pairs_of(), relations(("a", "z", "same")), [sha("a")]).empty


def test_without_decisions_groups_stay_as_measured():
    group = np.array([0, 0, 2, 2])
    assert respect(group, [(0, 1), (2, 3)], [sha(n) for n in "abcd"], relations()) is group


JUDGED = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(["same", "different"]))
                  .filter(lambda t: t[0] < t[1]), max_size=6, unique_by=lambda t: t[:2])
FOUND = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.just("duplicate"))
                 .filter(lambda t: t[0] < t[1]), max_size=10, unique_by=lambda t: t[:2])


@settings(deadline=None, max_examples=60)
@given(FOUND, JUDGED)
def test_no_group_contradicts_what_people_said(found, judged):
    groups, said = grouped(found, judged), relations(*judged)
    together = {(a, b): any(a in g and b in g for g in groups) for a in NAMES for b in NAMES if a < b}
    for (a, b), one in together.items():
        verdict = said.between(sha(a), sha(b))
        assert verdict is None or one == (verdict == "same")


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_pairs_and_decisions_changes_nothing(order):
    found = [("a", "b", "duplicate"), ("b", "c", "duplicate"), ("c", "d", "duplicate"), ("a", "c", "duplicate")]
    judged = [("a", "d", "different"), ("e", "f", "same")]
    assert grouped(found[::order], judged[::order]) == grouped(found, judged)
