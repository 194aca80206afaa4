import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from curate.groups import cluster_average, make_groups, unite
from curate.judged import Relations
from curate.params import DedupeParams
from tests.curate.rows import make_hits, make_images, sha

NOBODY = Relations([])
edges = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda e: e[0] != e[1]), max_size=30)


def pairs_of(*found):
    """Return pairs from (name, name, verdict)."""
    return tables.make(tables.PAIRS, [{"sha256_a": sha(a), "sha256_b": sha(b), "found_by": "phash", "verdict": v}
                                      for a, b, v in found])


def group(found, names="abcdef", key="group_id", hits=None, **params):
    """Return the groups as sets of names."""
    hits = make_hits(*((n, "c") for n in names)) if hits is None else hits
    groups = make_groups(make_images(*names), pairs_of(*found), hits, DedupeParams(**params), NOBODY)
    return {"".join(n for n in names if sha(n) in set(rows["sha256"])) for _, rows in groups.groupby(key)}


def complete(names):
    return [(a, b, "duplicate") for n, a in enumerate(names) for b in names[n + 1:]]


def test_all_pairs_found_are_one_group():
    assert group(complete("abcd")) == {"abcd", "e", "f"}


def test_a_chain_does_not_become_one_group():
    chain = [(a, b, "duplicate") for a, b in zip("abcde", "bcdef", strict=True)]
    assert max(len(names) for names in group(chain)) <= 2


def test_a_bridge_between_two_photographs_does_not_join_them():
    assert group([*complete("abc"), *complete("def"), ("c", "d", "duplicate")]) == {"abc", "def"}


def test_one_missed_pair_does_not_part_a_group():
    assert group([pair for pair in complete("abcd") if pair[:2] != ("a", "d")]) == {"abcd", "e", "f"}


def test_a_cut_of_zero_asks_for_every_pair():
    found = [pair for pair in complete("abcd") if pair[:2] != ("a", "d")]
    assert all(len(names) < 4 for names in group(found, cut=0.0))


@pytest.mark.parametrize("verdict", ["duplicate", "variant", "review"])
def test_what_may_be_one_photograph_stays_on_one_side(verdict):
    assert group([("a", "b", verdict)], "abc", "split_group_id") == {"ab", "c"}


def test_only_duplicates_yield_to_each_other():
    assert group([("a", "b", "variant"), ("b", "c", "review"), ("a", "c", "different")], "abc") == {"a", "b", "c"}


def test_a_split_group_takes_the_whole_chain():
    chain = [(a, b, "duplicate") for a, b in zip("abcde", "bcdef", strict=True)]
    assert group(chain, key="split_group_id") == {"abcdef"}


def test_pictures_of_one_page_stay_on_one_side():
    hits = make_hits(*((n, "c") for n in "abc"))
    hits["page_url"] = ["http://page/1", "http://page/1", "http://page/2"]
    assert group([], "abc", "split_group_id", hits) == {"ab", "c"}
    assert group([], "abc", "group_id", hits) == {"a", "b", "c"}


def test_a_page_of_many_pictures_joins_none():
    hits = make_hits(*((n, "c") for n in "abc"))
    hits["page_url"] = "http://page/1"
    assert group([], "abc", "split_group_id", hits, max_page_pictures=2) == {"a", "b", "c"}


def test_a_picture_that_cannot_be_decoded_is_in_no_group():
    groups = make_groups(make_images("a", "b", errors=("b",)), pairs_of(), make_hits(("a", "c"), ("b", "c")),
                         DedupeParams(), NOBODY)
    assert groups["sha256"].tolist() == [sha("a")]


def test_without_pictures_there_are_no_groups():
    assert make_groups(make_images(), pairs_of(), make_hits(), DedupeParams(), NOBODY).empty


@settings(deadline=None)
@given(edges)
def test_union_joins_exactly_what_a_chain_joins(found):
    reached = {n: {n} for n in range(12)}
    for _ in range(12):
        for a, b in found:
            reached[a] |= reached[b]
            reached[b] |= reached[a]
    assert unite(12, found).tolist() == [min(reached[n]) for n in range(12)]


@settings(deadline=None)
@given(edges, st.randoms())
def test_clusters_lie_within_unions_and_no_order_changes_them(found, chance):
    clusters = cluster_average(12, found, 0.6)
    union = unite(12, found)
    assert all(union[n] == union[clusters[n]] for n in range(12))
    assert all(clusters[clusters[n]] == clusters[n] <= n for n in range(12))
    shuffled = [edge[::-1] if chance.random() < 0.5 else edge for edge in found]
    chance.shuffle(shuffled)
    assert np.array_equal(cluster_average(12, shuffled, 0.6), clusters)


@settings(deadline=None)
@given(edges)
def test_more_than_a_third_of_a_groups_pairs_were_found(found):
    clusters = cluster_average(12, found, 0.6)
    near = {frozenset(edge) for edge in found}
    for first in set(clusters.tolist()):
        rows = np.flatnonzero(clusters == first).tolist()
        pairs = [frozenset((a, b)) for n, a in enumerate(rows) for b in rows[:n]]
        assert not pairs or sum(pair in near for pair in pairs) > 0.3 * len(pairs)


@settings(deadline=None)
@given(edges)
def test_every_group_has_one_keeper_and_lies_in_one_split_group(found):
    names = "abcdefghijkl"
    verdicts = ["duplicate", "variant", "review", "different"]
    pairs = {tuple(sorted(edge)): verdicts[n % 4] for n, edge in enumerate(found)}
    groups = make_groups(make_images(*names), pairs_of(*((names[a], names[b], v) for (a, b), v in pairs.items())),
                         make_hits(*((n, "c") for n in names)), DedupeParams(), NOBODY)
    assert (groups.groupby("group_id")["keeper"].sum() == 1).all()
    assert (groups.groupby("group_id")["split_group_id"].nunique() == 1).all()
    assert sorted(groups["sha256"]) == sorted(sha(n) for n in names)
