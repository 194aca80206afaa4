"""Train or valid: a seeded, stratified split that no group straddles and that growth does not disturb.

Which side a picture once took is remembered (``sides``), so that new pictures never move old ones. A
random split by hash alone could not do that: a newcomer may join two groups into one.
"""

import hashlib
from collections import defaultdict

import pandas as pd
import pyarrow as pa

import tables
from curate.params import SplitParams
from pipeline.errors import LeakError, MaterialError

SIDES = tables.Table("sides", "Which side of the split a picture took, kept so that growth moves none.", (
    tables.Column("sha256", pa.string(), "sha256 of the picture's bytes", required=True),
    tables.Column("split", pa.string(), "train or valid", required=True),
    tables.Column("seed", pa.int64(), "split.seed it was drawn with", required=True),
    tables.Column("valid", pa.float64(), "split.valid it was drawn with", required=True),
))


def assign_sides(chosen: pd.DataFrame, groups: pd.DataFrame, pairs: pd.DataFrame, sides: pd.DataFrame,
                 params: SplitParams) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the chosen subjects with their side, those that had to go, and the sides to remember.

    Groups are visited in the order of a seeded hash; each goes to valid while that brings its classes
    nearer to their share. Groups with a remembered side keep it. Where a newcomer joins a train group to
    a valid group, the newcomer goes; where two remembered pictures are found to be linked, the one in
    valid goes, since it can no longer measure anything.

    Args:
        chosen: columns sha256, class_id, found_class_id.
        groups: the table of this name.
        pairs: ``tables.PAIRS`` that must not straddle the split (:func:`curate.judged.find_near`).
        sides: ``SIDES`` of the run before, or empty. Rows of another seed or share do not count.
        params: the split's parameters.

    Returns:
        placed: ``chosen`` with the columns split_group_id and split.
        dropped: ``tables.DROPPED`` of those that had to go.
        sides: ``SIDES``, the remembered rows and the new ones.
    """
    loose = dict(zip(groups["sha256"], groups["split_group_id"], strict=True))
    placed = chosen.assign(split_group_id=chosen["sha256"].map(lambda sha256: loose.get(sha256, sha256)))
    valid_rows = sides[(sides["seed"] == params.seed) & (sides["valid"] == params.valid)]
    remembered = dict(zip(valid_rows["sha256"], valid_rows["split"], strict=True))

    gone = _drop_newcomers_between_sides(placed, remembered)
    gone |= _drop_valid_linked_to_train(placed, pairs, remembered, gone)
    dropped = tables.make(tables.DROPPED, [
        {"sha256": row.sha256, "class_id": row.found_class_id, "stage": "split",
         "reason": gone[row.sha256][0], "detail": gone[row.sha256][1]}
        for row in placed.itertuples() if row.sha256 in gone])
    placed = placed[~placed["sha256"].isin(gone)].reset_index(drop=True)

    side_of_group = _place_groups(placed, remembered, params)
    # A mixed group holds only remembered pictures by now, each on its own side.
    placed["split"] = [remembered.get(sha, side_of_group[group]) for sha, group in
                       zip(placed["sha256"], placed["split_group_id"], strict=True)]
    new = placed.loc[~placed["sha256"].isin(remembered), ["sha256", "split"]].drop_duplicates()
    sides = pd.concat([valid_rows, new.assign(seed=params.seed, valid=params.valid)], ignore_index=True)
    return placed, dropped, tables.make(SIDES, sides.sort_values("sha256", ignore_index=True))


def check_sizes(placed: pd.DataFrame, class_ids: list[str], params: SplitParams) -> list[str]:
    """Return a warning for each class that is too small or stands on one side only.

    Raises:
        MaterialError: there is such a class and ``split.too_small`` is ``error``.
    """
    counts = placed.groupby(["class_id", "split"]).size()
    warnings = []
    for class_id in class_ids:
        train, valid = (int(counts.get((class_id, side), 0)) for side in ("train", "valid"))
        if train + valid < params.min_images or not train or not valid:
            warnings.append(f"{class_id}: {train} in train and {valid} in valid; "
                            f"split.min_images asks for {params.min_images} and for some on each side")
    if warnings and params.too_small == "error":
        raise MaterialError("classes that are too small:\n  " + "\n  ".join(warnings) +
                            "\nCollect more of them, or set split.too_small: warn")
    return warnings


def check_leaks(placed: pd.DataFrame, pairs: pd.DataFrame) -> None:
    """Check that no pair that may be one photograph stands on both sides.

    Args:
        placed: columns sha256 and split.
        pairs: ``tables.PAIRS`` that must not straddle the split (:func:`curate.judged.find_near`).

    Raises:
        LeakError: there is such a pair; the first is named.
    """
    sides = dict(zip(placed["sha256"], placed["split"], strict=True))
    straddling = [(a, b) for a, b in zip(pairs["sha256_a"], pairs["sha256_b"], strict=True)
                  if a in sides and b in sides and sides[a] != sides[b]]
    if straddling:
        a, b = straddling[0]
        raise LeakError(f"split: {len(straddling)} pairs stand on both sides; {a} is in {sides[a]} "
                        f"and {b} in {sides[b]}. Decide same or different in whatbenz review, then run dvc repro")


def _drop_newcomers_between_sides(placed: pd.DataFrame,
                                  remembered: dict[str, str]) -> dict[str, tuple[str, str]]:
    sides_of_group: dict[str, set[str]] = defaultdict(set)
    for row in placed.itertuples():
        if row.sha256 in remembered:
            sides_of_group[row.split_group_id].add(remembered[row.sha256])
    return {row.sha256: ("joins_sides", f"it joins pictures in train to pictures in valid (group {row.split_group_id})")
            for row in placed.itertuples()
            if row.sha256 not in remembered and len(sides_of_group[row.split_group_id]) == 2}


def _drop_valid_linked_to_train(placed: pd.DataFrame, pairs: pd.DataFrame, remembered: dict[str, str],
                                gone: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    here = set(placed["sha256"]) - set(gone)
    linked = {}
    for row in pairs.itertuples():
        a, b = row.sha256_a, row.sha256_b
        if a in here and b in here and {remembered.get(a), remembered.get(b)} == {"train", "valid"}:
            in_valid, in_train = (a, b) if remembered[a] == "valid" else (b, a)
            linked[in_valid] = ("linked_to_train",
                                f"may be one photograph with {in_train}, which is in train ({row.verdict})")
    return linked


def _place_groups(placed: pd.DataFrame, remembered: dict[str, str], params: SplitParams) -> dict[str, str]:
    """Return split_group_id → side for every group."""
    members: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    total: dict[str, int] = defaultdict(int)
    side_of_group: dict[str, str] = {}
    in_valid: dict[str, int] = defaultdict(int)
    for row in placed.itertuples():
        members[row.split_group_id][row.class_id] += 1
        total[row.class_id] += 1
        if row.sha256 in remembered:
            side_of_group[row.split_group_id] = remembered[row.sha256]
            in_valid[row.class_id] += remembered[row.sha256] == "valid"
    for row in placed.itertuples():  # newcomers of a remembered group follow it
        if row.sha256 not in remembered:
            in_valid[row.class_id] += side_of_group.get(row.split_group_id) == "valid"

    target = {c: min(max(round(n * params.valid), 1), n - 1) for c, n in total.items()}
    fresh = sorted((g for g in members if g not in side_of_group), key=lambda g: _draw(params.seed, g))
    for group_id in fresh:
        counts = members[group_id]
        gain = sum(abs(target[c] - in_valid[c]) - abs(target[c] - in_valid[c] - n) for c, n in counts.items())
        side_of_group[group_id] = "valid" if gain > 0 else "train"
        if gain > 0:
            for c, n in counts.items():
                in_valid[c] += n
    _fill_empty_sides(fresh, members, total, in_valid, side_of_group)
    return side_of_group


def _fill_empty_sides(fresh: list[str], members: dict[str, dict[str, int]], total: dict[str, int],
                      in_valid: dict[str, int], side_of_group: dict[str, str]) -> None:
    """Move the smallest new group of a class that stands on one side only, if that empties no other side."""
    for class_id in sorted(total):
        lacking = "valid" if not in_valid[class_id] else "train" if in_valid[class_id] == total[class_id] else None
        sign = 1 if lacking == "valid" else -1
        movable = [g for g in fresh if lacking and class_id in members[g] and side_of_group[g] != lacking
                   and all(0 < in_valid[c] + sign * n < total[c] for c, n in members[g].items())]
        if movable:
            group_id = min(movable, key=lambda g: (sum(members[g].values()), fresh.index(g)))
            side_of_group[group_id] = lacking  # type: ignore[assignment]
            for c, n in members[group_id].items():
                in_valid[c] += sign * n


def _draw(seed: int, group_id: str) -> str:
    return hashlib.sha256(f"{seed}:{group_id}".encode()).hexdigest()
