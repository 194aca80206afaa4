"""The funnel: how many candidates there were, what was lost at each step and what is left."""

from dataclasses import dataclass

import pandas as pd

import tables

HIT_LOSSES = {
    "repeated": "found again by another query for the same class",
    "pending": "not fetched yet",
    "failed": "could not be fetched",
    "rejected": "refused: no picture, too large, or its owner objects",
    "duplicate": "the class has the same bytes already",
}
STAGE_LOSSES = {
    "inspect": "cannot be decoded",
    "dedupe": "the same photograph as one that is kept",
    "flag": "dropped by a threshold, or held back until a person decides",
    "review": "a person dropped it or moved it to another class",
    "split": "would have joined both sides of the split",
}


@dataclass(frozen=True)
class Step:
    """One row of the funnel.

    Attributes:
        kind: ``total`` (what is left), ``loss``, or a part of the last total: ``train``, ``valid``.
        key: short name: candidates, failed, saved, dedupe, dataset …
        count: how many.
        start: how many are left after this row; a loss is drawn from there to ``start + count``.
    """

    kind: str
    key: str
    label: str
    count: int
    start: int


def count_steps(hits: pd.DataFrame, manifest: pd.DataFrame, dropped: pd.DataFrame) -> list[Step]:
    """Return the funnel from candidates to train and valid.

    A row of the funnel is a picture under a class. A picture that a person moved to another class left one
    and arrived in the other: only those that arrived nowhere new count as lost.

    Args:
        hits, manifest, dropped: the tables of these names.
    """
    left = len(hits)
    steps = [Step("total", "candidates", "candidates found", left, 0)]
    distinct = distinct_candidates(hits)
    counts = {"repeated": len(hits) - len(distinct), **distinct["status"].value_counts().to_dict()}
    for status, label in HIT_LOSSES.items():
        count = int(counts.get(status, 0))
        left -= count
        if count:
            steps.append(Step("loss", status, label, count, left))
    saved = hits.loc[hits["status"] == "saved", ["sha256", "class_id"]].drop_duplicates()
    left = len(saved)
    steps.append(Step("total", "saved", "pictures saved", left, 0))
    for stage, label in STAGE_LOSSES.items():
        count = int((dropped["stage"] == stage).sum())
        if stage == "review":
            count -= count_arrivals(saved, manifest)
        left -= count
        if count > 0:
            steps.append(Step("loss", stage, label, count, left))
    train, valid = (int((manifest["split"] == side).sum()) for side in ("train", "valid"))
    return [*steps, Step("total", "dataset", "pictures in the data set", len(manifest), 0),
            Step("train", "train", "to train on", train, 0), Step("valid", "valid", "to validate with", valid, train)]


def distinct_candidates(hits: pd.DataFrame) -> pd.DataFrame:
    """Return one hit for each address and class: the one that tells most of what came of it, saved before all.

    Several queries of a class find the same address. All but one of those hits then have the same bytes or
    the same failure, and say nothing of the source.
    """
    telling = {status: place for place, status in enumerate(tables.HIT_STATUSES)}
    order = hits.assign(order=hits["status"].map(telling)).sort_values(["order", "rank", "query"], kind="stable")
    return order.drop_duplicates(["class_id", "url"]).drop(columns="order").sort_index()


def count_arrivals(saved: pd.DataFrame, manifest: pd.DataFrame) -> int:
    """Return how many pictures of the manifest stand under a class that no search found them for."""
    found = set(saved.itertuples(index=False, name=None))
    return sum(subject not in found for subject in manifest[["sha256", "class_id"]].itertuples(index=False, name=None))


def unaccounted(hits: pd.DataFrame, manifest: pd.DataFrame, dropped: pd.DataFrame) -> int:
    """Return how many saved pictures stand neither in the manifest nor among the dropped; 0 in a whole run."""
    saved = hits.loc[hits["status"] == "saved", ["sha256", "class_id"]].drop_duplicates()
    known = set(pd.concat([manifest, dropped])[["sha256", "class_id"]].itertuples(index=False, name=None))
    return sum(subject not in known for subject in saved.itertuples(index=False, name=None))
