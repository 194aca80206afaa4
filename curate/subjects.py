"""Subjects: a picture under a class. Which there are, and which of them contradict each other."""

from collections import defaultdict
from collections.abc import Collection

import pandas as pd

from pipeline.errors import TableError


def list_subjects(hits: pd.DataFrame) -> pd.DataFrame:
    """Return every saved (sha256, class_id) once, sorted: what each later stage has to account for.

    Args:
        hits: ``tables.HITS``.
    """
    saved = hits.loc[hits["status"] == "saved", ["sha256", "class_id"]]
    return saved.drop_duplicates().sort_values(["sha256", "class_id"], ignore_index=True)


def find_unchecked(hits: pd.DataFrame, sources: Collection[str]) -> set[tuple[str, str]]:
    """Return the subjects (sha256, class_id) that ``sources`` alone have found: what strangers sent, for example.

    Args:
        hits: ``tables.HITS``.
    """
    found = hits[hits["status"].isin(["saved", "duplicate"]) & hits["sha256"].notna()]
    alone = found["source"].isin(list(sources)).groupby([found["sha256"], found["class_id"]]).all()
    return set(alone[alone].index)


def check_inspected(subjects: pd.DataFrame, images: pd.DataFrame) -> None:
    """Check that every subject was inspected.

    Raises:
        TableError: a picture is missing in ``images``; the stage to run is named.
    """
    missing = ~subjects["sha256"].isin(images["sha256"])
    if missing.any():
        first = subjects.loc[missing, "sha256"].iloc[0]
        raise TableError(f"images: {int(missing.sum())} saved pictures were not inspected, {first} is the first; "
                         "run whatbenz inspect, then dedupe and flag")


def group_of(subjects: pd.DataFrame, groups: pd.DataFrame) -> pd.Series:
    """Return the group_id of each subject; a picture without a row in ``groups`` is a group of its own."""
    known = dict(zip(groups["sha256"], groups["group_id"], strict=True))
    return subjects["sha256"].map(lambda sha256: known.get(sha256, sha256))


def find_label_conflicts(subjects: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Return the subjects whose photograph stands under more than one class.

    One photograph found for two classes, as the same bytes or as near-duplicates, says that at least
    one of the labels is wrong, or that the picture shows two cars.

    Returns:
        Columns sha256, class_id, group_id and others: the other class_ids, sorted, as a tuple of str.
    """
    frame = subjects.assign(group_id=group_of(subjects, groups))
    classes: dict[str, set[str]] = defaultdict(set)
    for group_id, class_id in zip(frame["group_id"], frame["class_id"], strict=True):
        classes[group_id].add(class_id)
    conflicting = frame[frame["group_id"].map(lambda group_id: len(classes[group_id]) > 1).astype(bool)]
    others = [tuple(sorted(classes[g] - {c})) for g, c in
              zip(conflicting["group_id"], conflicting["class_id"], strict=True)]
    return conflicting.assign(others=pd.Series(others, index=conflicting.index, dtype=object)).reset_index(drop=True)


def check_account(hits: pd.DataFrame, manifest: pd.DataFrame, dropped: pd.DataFrame) -> None:
    """Check that every saved (sha256, class_id) is in exactly one of manifest and dropped.

    A picture that a person moved to another class is in ``dropped`` under the class it was found for.

    Raises:
        TableError: a subject is lost or counted twice; the first one is named.
    """
    saved = set(list_subjects(hits).itertuples(index=False, name=None))
    kept = list(manifest[["sha256", "class_id"]].itertuples(index=False, name=None))
    gone = list(dropped[["sha256", "class_id"]].itertuples(index=False, name=None))
    moved = set(dropped.loc[dropped["reason"] == "relabelled", "sha256"])
    lost = saved - set(kept) - set(gone)
    twice = (set(kept) & set(gone)) | _repeated(kept) | _repeated(gone)
    invented = {s for s in set(kept) - saved if s[0] not in moved} | (set(gone) - saved)
    for what, wrong in (("are lost", lost), ("are counted twice", twice), ("were never saved", invented)):
        if wrong:
            sha256, class_id = min(wrong)
            raise TableError(f"split: {len(wrong)} pictures {what}, {sha256} under {class_id} is the first; "
                             "this is a defect of whatbenz, please report it with data/raw/hits.parquet")


def _repeated(subjects: list[tuple[str, str]]) -> set[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    return {s for s in subjects if s in seen or seen.add(s)}  # type: ignore[func-returns-value]
