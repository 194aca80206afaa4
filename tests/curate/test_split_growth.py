"""The split under growth, with the numbers that a real run has."""

import numpy as np
import pandas as pd

import tables
from curate.params import SplitParams
from curate.split import SIDES, assign_sides
from tests.curate.rows import sha

PARAMS = SplitParams()
NO_PAIRS, NO_SIDES = tables.make(tables.PAIRS), tables.make(SIDES)


def collect(count, seed=1, classes=10):
    """Return chosen pictures and their groups: a quarter of the pictures stand in groups of two to six."""
    random = np.random.default_rng(seed)
    names = [f"{n:06}" for n in range(count)]
    group, n = {}, 0
    while n < count:
        size = int(random.integers(2, 7)) if random.random() < 0.08 else 1
        group |= dict.fromkeys(names[n:n + size], names[n])
        n += size
    class_of = {first: f"class{random.integers(0, classes)}" for first in sorted(set(group.values()))}
    chosen = pd.DataFrame([(sha(name), class_of[group[name]], class_of[group[name]]) for name in names],
                          columns=["sha256", "class_id", "found_class_id"], dtype="str")
    return chosen, group


def table_of(group):
    return tables.make(tables.GROUPS, [
        {"sha256": sha(name), "group_id": sha(name), "keeper": True, "reason": "only picture of its group",
         "split_group_id": sha(first)} for name, first in group.items()])


def test_500_pictures_added_move_none_and_the_share_stays():
    chosen, group = collect(3500)
    old = chosen.iloc[:3000]
    before, _, sides = assign_sides(old, table_of({n: g for n, g in group.items() if n < "003000"}), NO_PAIRS, NO_SIDES,
                                    PARAMS)
    after, dropped, _ = assign_sides(chosen, table_of(group), NO_PAIRS, sides, PARAMS)
    was, now = (dict(zip(f["sha256"], f["split"], strict=True)) for f in (before, after))
    assert sum(now[s] != side for s, side in was.items()) == 0 and dropped.empty
    shares = (after["split"] == "valid").groupby(after["class_id"]).mean()
    assert len(shares) == 10 and shares.between(0.18, 0.22).all()


def test_newcomers_that_join_groups_of_both_sides_go_and_nobody_moves():
    chosen, group = collect(1100)
    before, _, sides = assign_sides(chosen.iloc[:1000], table_of({n: g for n, g in group.items() if n < "001000"}),
                                    NO_PAIRS, NO_SIDES, PARAMS)
    was = dict(zip(before["sha256"], before["split"], strict=True))
    alone = [n for n, size in pd.Series(group).groupby(pd.Series(group)).size().items() if size == 1]
    train, valid = (next(n for n in alone if was.get(sha(n)) == side) for side in ("train", "valid"))
    joined = group | {valid: group[train], "001050": group[train]}
    after, dropped, _ = assign_sides(chosen, table_of(joined), NO_PAIRS, sides, PARAMS)
    now = dict(zip(after["sha256"], after["split"], strict=True))
    assert all(now[s] == side for s, side in was.items())
    assert dropped[["sha256", "reason"]].to_numpy().tolist() == [[sha("001050"), "joins_sides"]]


def test_removing_half_of_the_pictures_moves_none():
    chosen, group = collect(2000)
    before, _, sides = assign_sides(chosen, table_of(group), NO_PAIRS, NO_SIDES, PARAMS)
    was = dict(zip(before["sha256"], before["split"], strict=True))
    left = chosen.sample(frac=0.5, random_state=3).sort_values("sha256", ignore_index=True)
    fewer, _, _ = assign_sides(left, table_of(group), NO_PAIRS, sides, PARAMS)
    assert (fewer["split"] == fewer["sha256"].map(was)).all()


def test_300_pictures_a_class_meet_the_share_within_two_points():
    for seed in range(5):
        chosen, group = collect(3000, seed)
        placed, _, _ = assign_sides(chosen, table_of(group), NO_PAIRS, NO_SIDES, PARAMS)
        shares = (placed["split"] == "valid").groupby(placed["class_id"]).mean()
        assert shares.between(0.18, 0.22).all()
