import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tables
from curate.judged import Relations, find_near
from curate.params import DedupeParams, SplitParams
from curate.split import SIDES, assign_sides, check_leaks, check_sizes
from curate.verdicts import judge
from pipeline.errors import LeakError, MaterialError
from tests.curate.rows import make_groups, sha

PARAMS = SplitParams()
NO_PAIRS, NO_SIDES = tables.make(tables.PAIRS), tables.make(SIDES)


def make_chosen(subjects):
    rows = sorted((sha(n), c, c) for n, c in subjects)
    return pd.DataFrame(rows, columns=["sha256", "class_id", "found_class_id"], dtype="str")


def make_pair(a, b, verdict="duplicate"):
    first, second = sorted((sha(a), sha(b)))
    return tables.make(tables.PAIRS, [{"sha256_a": first, "sha256_b": second, "found_by": "phash",
                                       "verdict": verdict}])


def singles(count, class_id="b", prefix="n"):
    return [(f"{prefix}{n}", class_id) for n in range(count)]


def sides_of(placed):
    return dict(zip(placed["sha256"], placed["split"], strict=True))


def test_the_valid_share_is_met_class_by_class():
    chosen = make_chosen([*singles(300, "b", "b"), *singles(300, "c", "c"), *singles(30, "d", "d")])
    placed, dropped, _ = assign_sides(chosen, make_groups(), NO_PAIRS, NO_SIDES, PARAMS)
    shares = (placed["split"] == "valid").groupby(placed["class_id"]).mean()
    assert shares.to_dict() == pytest.approx({"b": 0.2, "c": 0.2, "d": 0.2}, abs=0.02)
    assert dropped.empty


def test_another_seed_gives_another_split_and_the_same_seed_the_same():
    chosen = make_chosen(singles(100))
    one, again, other = (assign_sides(chosen, make_groups(), NO_PAIRS, NO_SIDES, SplitParams(seed=s))[0]
                         for s in (1, 1, 2))
    assert sides_of(one) == sides_of(again)
    assert sides_of(one) != sides_of(other)


def test_a_small_class_has_pictures_on_both_sides():
    placed, _, _ = assign_sides(make_chosen(singles(2)), make_groups(), NO_PAIRS, NO_SIDES, PARAMS)
    assert sorted(placed["split"]) == ["train", "valid"]


@pytest.mark.parametrize("side", ["train", "valid"])
def test_a_newcomer_follows_the_group_it_joins(side):
    old = singles(20)
    placed, _, sides = assign_sides(make_chosen(old), make_groups(), NO_PAIRS, NO_SIDES, PARAMS)
    friend = next(name for name, _ in old if sides_of(placed)[sha(name)] == side)
    groups = make_groups((friend,), ("z",), loose=((friend, "z"),))
    placed, _, _ = assign_sides(make_chosen([*old, ("z", "b")]), groups, NO_PAIRS, sides, PARAMS)
    assert sides_of(placed)[sha("z")] == side


def test_a_newcomer_that_joins_both_sides_is_dropped_and_moves_nobody():
    chosen = make_chosen([("x", "b"), ("y", "b")])
    placed, _, sides = assign_sides(chosen, make_groups(), NO_PAIRS, NO_SIDES, PARAMS)
    before = sides_of(placed)
    groups = make_groups(("x",), ("y",), ("z",), loose=(("x", "y", "z"),))
    grown = make_chosen([("x", "b"), ("y", "b"), ("z", "b")])
    placed, dropped, _ = assign_sides(grown, groups, NO_PAIRS, sides, PARAMS)
    assert sides_of(placed) == before
    assert dropped[["sha256", "stage", "reason"]].to_numpy().tolist() == [[sha("z"), "split", "joins_sides"]]


def test_old_pictures_found_to_be_one_photograph_leave_valid():
    chosen = make_chosen([("x", "b"), ("y", "b")])
    placed, _, sides = assign_sides(chosen, make_groups(), NO_PAIRS, NO_SIDES, PARAMS)
    in_valid = placed.loc[placed["split"] == "valid", "sha256"].iloc[0]
    placed, dropped, _ = assign_sides(chosen, make_groups(("x", "y")), make_pair("x", "y"), sides, PARAMS)
    assert dropped[["sha256", "reason"]].to_numpy().tolist() == [[in_valid, "linked_to_train"]]
    assert placed["split"].tolist() == ["train"]


def test_a_different_pair_may_stand_on_both_sides():
    chosen = make_chosen([("x", "b"), ("y", "b")])
    _, _, sides = assign_sides(chosen, make_groups(), NO_PAIRS, NO_SIDES, PARAMS)
    near = find_near(make_pair("x", "y", "different"), Relations([]), DedupeParams())
    placed, dropped, _ = assign_sides(chosen, make_groups(), near, sides, PARAMS)
    assert dropped.empty and len(placed) == 2


def test_removing_pictures_moves_none_of_the_others():
    chosen = make_chosen(singles(50))
    placed, _, sides = assign_sides(chosen, make_groups(), NO_PAIRS, NO_SIDES, PARAMS)
    before = sides_of(placed)
    fewer, _, _ = assign_sides(chosen.iloc[::3].reset_index(drop=True), make_groups(), NO_PAIRS, sides, PARAMS)
    assert all(before[s] == side for s, side in sides_of(fewer).items())


def test_a_picture_that_comes_back_takes_its_old_side():
    chosen = make_chosen(singles(50))
    placed, _, sides = assign_sides(chosen, make_groups(), NO_PAIRS, NO_SIDES, PARAMS)
    _, _, sides = assign_sides(chosen.iloc[:10], make_groups(), NO_PAIRS, sides, PARAMS)
    again, _, _ = assign_sides(chosen, make_groups(), NO_PAIRS, sides, PARAMS)
    assert sides_of(again) == sides_of(placed)


def test_another_share_starts_a_new_split():
    chosen = make_chosen(singles(100))
    _, _, sides = assign_sides(chosen, make_groups(), NO_PAIRS, NO_SIDES, PARAMS)
    placed, _, _ = assign_sides(chosen, make_groups(), NO_PAIRS, sides, SplitParams(valid=0.5))
    assert (placed["split"] == "valid").sum() == 50


def test_a_class_that_is_too_small_is_named():
    placed, _, _ = assign_sides(make_chosen(singles(1)), make_groups(), NO_PAIRS, NO_SIDES, PARAMS)
    assert check_sizes(placed, ["b", "c"], PARAMS)[0].startswith("b: 1 in train and 0 in valid")
    with pytest.raises(MaterialError, match="(?s)b: 1 in train.*c: 0 in train.*split.too_small: warn"):
        check_sizes(placed, ["b", "c"], SplitParams(too_small="error"))


@pytest.mark.parametrize("verdict", ["duplicate", "variant", "review"])
def test_a_planted_leak_is_named(verdict):
    placed = make_chosen([("x", "b"), ("y", "b")]).assign(split=["train", "valid"])
    with pytest.raises(LeakError, match=f"{sha('x')} is in train and {sha('y')} in valid"):
        check_leaks(placed, find_near(make_pair("x", "y", verdict), Relations([]), DedupeParams()))
    check_leaks(placed, find_near(make_pair("x", "y", "different"), Relations([]), DedupeParams()))


def test_what_dedupe_calls_different_by_a_hair_must_not_straddle_unless_a_person_says_so():
    measured = {"residual": 0.5, "structure": 0.17, "shift": 0.45, "inliers": 40, "miss": 0.003, "blocks": 300,
                "side": 256, "tone": 1.0, "chroma": 1.0, "found_by": "features", "span": 0.9, "clash": 0.0,
                "marked": None}
    pair = make_pair("x", "y", "different").assign(**measured)
    assert judge(measured, DedupeParams()) == "different"
    assert len(find_near(pair, Relations([]), DedupeParams())) == 1
    assert find_near(pair, Relations([(sha("x"), sha("y"), "different")]), DedupeParams()).empty


names = st.integers(0, 39).map(lambda n: f"n{n}")
subjects = st.dictionaries(names, st.sampled_from(["b", "c", "d"]), min_size=1, max_size=40)
unions = st.lists(st.sets(names, min_size=2, max_size=6), max_size=6)


def merge(joined):
    """Return the unions with those that share a member made one."""
    merged = []
    for group in joined:
        group = set(group)
        for other in [m for m in merged if m & group]:
            merged.remove(other)
            group |= other
        merged.append(group)
    return [tuple(sorted(group)) for group in merged]


@settings(max_examples=150, deadline=None)
@given(first=subjects, more=subjects, joined=unions, later=unions)
def test_no_group_straddles_and_growth_moves_nobody(first, more, joined, later):
    def groups_of(unions):
        together = merge(unions)
        return make_groups(*((f"n{n}",) for n in range(40)), loose=together), together

    groups, together = groups_of(joined)
    placed, gone, sides = assign_sides(make_chosen(first.items()), groups, NO_PAIRS, NO_SIDES, PARAMS)
    before = sides_of(placed)
    assert gone.empty
    for group in together:
        assert len({before[sha(n)] for n in group if sha(n) in before}) <= 1

    groups, together = groups_of([*joined, *later])
    grown = {**more, **first}
    placed, gone, _ = assign_sides(make_chosen(grown.items()), groups, NO_PAIRS, sides, PARAMS)
    after = sides_of(placed)
    assert all(after[s] == side for s, side in before.items())
    assert set(after) | set(gone["sha256"]) == {sha(n) for n in grown}
    for group in together:
        new = [sha(n) for n in group if n not in first and sha(n) in after]
        old = {before[sha(n)] for n in group if n in first}
        assert all(after[s] in (old or {after[s]}) for s in new) and (len(old) < 2 or not new)
