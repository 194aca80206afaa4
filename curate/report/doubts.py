"""Flags: each score over all pictures with its threshold, what lies next to it, and what waits for a person."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from curate.flags import SCORED, Scored
from curate.params import Rule
from curate.report.material import Material
from curate.report.pictures import Gallery, Picture

BINS = 30
NEXT_TO_IT = 3  # pictures shown on each side of a threshold


@dataclass(frozen=True)
class Histogram:
    """Counts of a score in equal bins, the threshold on an edge between two of them.

    Attributes:
        edges: float, one more than counts.
        doubtful: for each bin, whether it lies on the flagged side.
        least, most: the smallest and the largest score; the outer bins hold all that lies beyond them.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    doubtful: tuple[bool, ...]
    least: float
    most: float


@dataclass(frozen=True)
class FlagSummary:
    """One flag: its rule, how many it raised, its score over all pictures and the pictures next to the threshold."""

    name: str
    threshold: float | None
    above: bool
    action: str
    count: int
    measured: int
    histogram: Histogram | None
    passed: tuple[Picture, ...]
    flagged: tuple[Picture, ...]


@dataclass(frozen=True)
class Suggestion:
    """Pictures of one class that look like another, and the least likely of them."""

    given: str
    suggested: str
    count: int
    pictures: tuple[Picture, ...]


def summarise_flags(material: Material, gallery: Gallery) -> list[FlagSummary]:
    """Return every flag in the order of :data:`curate.flags.SCORED`, then those that have no score of their own."""
    counts = material.flags["flag"].value_counts()
    summaries = [_summarise(scored, material, gallery, int(counts.get(scored.name, 0))) for scored in SCORED]
    scored_names = {scored.name for scored in SCORED}
    for name in sorted(set(counts.index) - scored_names):
        rows = material.flags[material.flags["flag"] == name]
        summaries.append(FlagSummary(name, None, True, rows["action"].iloc[0], len(rows), len(rows), None, (), ()))
    return summaries


def _summarise(scored: Scored, material: Material, gallery: Gallery, count: int) -> FlagSummary:
    rule: Rule = getattr(material.flag_params, scored.name)
    known = material.scores[["sha256", "class_id", scored.name]].dropna()
    values = known[scored.name].to_numpy(float)
    histogram = bin_scores(values, rule.threshold, scored.above) if len(values) else None
    order = known.assign(distance=np.abs(values - rule.threshold)).sort_values(["distance", "sha256", "class_id"])
    doubtful = order[scored.name] > rule.threshold if scored.above else order[scored.name] < rule.threshold

    def show(rows: pd.DataFrame) -> tuple[Picture, ...]:
        nearest = rows.drop_duplicates("sha256").head(NEXT_TO_IT)
        return tuple(gallery.show(sha, class_id, f"{score:.3g}" if score >= 0.01 else f"{score:.2g}")
                     for sha, class_id, score in
                     nearest[["sha256", "class_id", scored.name]].itertuples(index=False, name=None))

    return FlagSummary(scored.name, rule.threshold, scored.above, rule.action, count, len(known), histogram,
                       show(order[~doubtful]), show(order[doubtful]))


def bin_scores(values: np.ndarray, threshold: float, above: bool, bins: int = BINS) -> Histogram:
    """Return a histogram of ``values`` with the threshold on an edge.

    The outer 0.5 % on each side count in the first and the last bin, so that one odd value does not
    squeeze all others together. A score that equals the threshold is not doubtful; its bin is the one on
    the side that is not.

    Args:
        values: float (n,), n ≥ 1.
        threshold: of the flag.
        above: whether scores above the threshold are doubtful.
        bins: about so many bins.
    """
    low, high = np.quantile(values, [0.005, 0.995])
    low, high = min(low, threshold), max(high, threshold)
    width = (high - low) / bins or max(abs(threshold), 1.0) / bins
    first, last = int(np.ceil((threshold - low) / width - 1e-9)), int(np.ceil((high - threshold) / width - 1e-9))
    first, last = max(first, 1), max(last, 1)
    # A score at the threshold itself belongs to the side that is not flagged.
    place = np.ceil((values - threshold) / width) - 1 if above else np.floor((values - threshold) / width)
    place = np.clip(place, -first, last - 1).astype(int) + first
    counts = np.bincount(place, minlength=first + last)
    edges = [float(threshold + n * width) for n in range(-first, last + 1)]
    doubtful = [(n >= first) == above for n in range(first + last)]
    return Histogram(tuple(edges), tuple(int(c) for c in counts), tuple(doubtful), float(values.min()),
                     float(values.max()))


def await_review(material: Material) -> pd.DataFrame:
    """Return sha256, class_id of the pictures on which a person should decide: flagged, undecided, not lost anyway.

    A picture that yields to another file or was dropped by a threshold needs nobody's time.
    """
    asked = material.flags.loc[material.flags["action"] == "review", ["sha256", "class_id"]].drop_duplicates()
    waiting = material.dropped[material.dropped["detail"].str.endswith("it waits for a decision")]
    open_now = pd.concat([material.manifest[["sha256", "class_id"]], waiting[["sha256", "class_id"]]])
    return asked.merge(open_now.drop_duplicates(), on=["sha256", "class_id"]).reset_index(drop=True)


def suggest_labels(material: Material, gallery: Gallery, examples: int) -> list[Suggestion]:
    """Return what ``label_suspect`` flagged by class and suggestion, most first, with up to ``examples`` pictures."""
    asked = material.flags.loc[material.flags["flag"] == "label_suspect", ["sha256", "class_id"]]
    other = material.labels["suggested_class_id"].notna() & (
        material.labels["suggested_class_id"] != material.labels["class_id"])
    rows = asked.merge(material.labels[other], on=["sha256", "class_id"])
    found = [Suggestion(material.name_of(str(given)), material.name_of(str(suggested)), len(part),
              tuple(gallery.show(row.sha256, row.class_id, f"{row.label_quality:.2g}") for row in
                    part.sort_values(["label_quality", "sha256"]).head(examples).itertuples()))
             for (given, suggested), part in rows.groupby(["class_id", "suggested_class_id"])]
    return sorted(found, key=lambda item: (-item.count, item.given, item.suggested))
