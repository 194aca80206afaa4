"""Flags: what raises a doubt about a picture under a class. Scores are measured, then held against thresholds."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

import tables
from curate.decisions import latest_on_pairs, latest_on_pictures
from curate.params import FlagParams, Rule
from curate.subjects import find_label_conflicts

Row = dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """A flag that one score raises: on which side of the threshold, and the sentence it gives."""

    name: str
    above: bool  # whether a score above the threshold is doubtful, or one below it
    sentence: str  # with {score}, {threshold} and {hint}


# In the order in which they speak for a picture: what it shows instead of a car first, then quality, then doubts.
SCORED = (
    Scored("not_a_photo", True, "the chance that it is a drawing, rendering, logo, advert or toy is {score:.2f}, "
                                "above {threshold:.2f}{hint}"),
    Scored("detail", True, "the chance that it shows a detail (interior, wheel, engine bay, badge) is {score:.2f}, "
                           "above {threshold:.2f}{hint}"),
    Scored("many_cars", True, "the chance that it is a collage or shows many cars is {score:.2f}, "
                              "above {threshold:.2f}"),
    Scored("off_topic", True, "the chance that it is no photograph of a car from outside is {score:.2f}, "
                              "above {threshold:.2f}{hint}"),
    Scored("too_small", False, "its shorter side has {score:.0f} px, fewer than {threshold:.0f}"),
    Scored("odd_aspect", True, "its longer side is {score:.1f} times its shorter one, more than {threshold:.1f}"),
    Scored("dark", False, "its brightness is {score:.2f} of 1, below {threshold:.2f}"),
    Scored("bright", True, "its brightness is {score:.2f} of 1, above {threshold:.2f}"),
    Scored("blurry", False, "its sharpness is {score:.2f} of 1, below {threshold:.2f}"),
    Scored("low_information", False, "its grey levels carry {score:.1f} bits, fewer than {threshold:.1f}"),
    Scored("greyscale", False, "its colourfulness is {score:.1f}, below {threshold:.1f}: it has no colours"),
    Scored("label_suspect", False, "its features bear its label out by {score:.4f} of 1, below {threshold:.4f}{hint}"),
    Scored("outlier", True, "it lies {score:.2f} times as far from the middle of its class as is usual there, "
                            "more than {threshold:.2f}"),
)
UNSCORED = ("label_conflict", "duplicate_doubt", "unchecked")
NAMES = tuple(s.name for s in SCORED) + UNSCORED


def measure(subjects: pd.DataFrame, images: pd.DataFrame, content: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Return ``tables.SCORES``: one row a subject, what each flag that has a score is judged by; null if unknown.

    Args:
        subjects: columns sha256, class_id.
        images, content, labels: the tables of these names; ``content`` and ``labels`` may be empty.
    """
    facts = subjects.merge(images, on="sha256", how="left").merge(content, on="sha256", how="left")
    facts = facts.merge(labels, on=["sha256", "class_id"], how="left")
    aspect = facts["aspect"]
    scores = facts[["sha256", "class_id"]].assign(
        off_topic=1 - facts["car"],
        not_a_photo=1 - facts["photo"],
        detail=facts["detail"],
        many_cars=facts["many"],
        too_small=facts[["width", "height"]].min(axis=1),
        odd_aspect=np.maximum(aspect, 1 / aspect),
        dark=facts["brightness"],
        bright=facts["brightness"],
        blurry=facts["sharpness"],
        low_information=facts["entropy"],
        greyscale=facts["colourfulness"],
        label_suspect=facts["label_quality"],
        outlier=facts["outlier"],
    )
    for name in (s.name for s in SCORED):
        scores[name] = scores[name].astype("float64")
    return tables.make(tables.SCORES, scores)


def as_decided(subjects: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the subjects as people see them: without those they dropped, the relabelled under their new class.

    Returns:
        Columns sha256, class_id, found_class_id (before relabelling) and settled (bool, whether a person decided it),
        each (sha256, class_id) once, sorted.
    """
    latest = {(row.sha256, row.class_id): row for row in latest_on_pictures(decisions).itertuples()}
    seen: dict[tuple[str, str], tuple[str, bool]] = {}
    for sha256, class_id in sorted(subjects[["sha256", "class_id"]].itertuples(index=False, name=None)):
        row = latest.get((sha256, class_id))
        if row is None:
            seen.setdefault((sha256, class_id), (class_id, False))
        elif row.decision != "drop":
            seen[(sha256, row.label if row.decision == "relabel" else class_id)] = (class_id, True)
    rows = [(*subject, *rest) for subject, rest in sorted(seen.items())]
    frame = pd.DataFrame(rows, columns=["sha256", "class_id", "found_class_id", "settled"])
    return frame.astype({"sha256": "str", "class_id": "str", "found_class_id": "str", "settled": bool})


def adapt(scores: pd.DataFrame, params: FlagParams) -> tuple[FlagParams, list[str]]:
    """Return the parameters with off_topic's threshold fit for this collection, and a sentence if it was raised.

    The content head was fitted on photographs. Where even the middle picture of a collection looks off-topic to it, the
    collection is of another kind, and only what stands out from it is doubtful: the odds of the threshold rise as the
    odds of the median do over those of ``usual_off_topic``.
    """
    chances = scores.drop_duplicates("sha256")["off_topic"].dropna()
    median = float(chances.median()) if len(chances) else 0.0
    rule, usual = params.off_topic, params.usual_off_topic
    if median <= usual or not 0 < rule.threshold < 1:
        return params, []
    odds = rule.threshold / (1 - rule.threshold) * _odds(median) / _odds(usual)
    threshold = odds / (1 + odds)
    message = (f"off_topic: these pictures are unlike the photographs that the content head was fitted on (their "
               f"median chance is {median:.2f}, up to {usual:.2f} is usual); its threshold rises from "
               f"{rule.threshold:.2f} to {threshold:.2f}")
    return replace(params, off_topic=Rule(threshold, rule.action)), [message]


def _odds(chance: float) -> float:
    return chance / max(1 - chance, 1e-6)


def judge(scores: pd.DataFrame, content: pd.DataFrame, labels: pd.DataFrame, pairs: pd.DataFrame,
          groups: pd.DataFrame, decisions: pd.DataFrame, params: FlagParams,
          unchecked: Collection[tuple[str, str]] = ()) -> pd.DataFrame:
    """Return ``tables.FLAGS``, sorted by picture, class and the order of :data:`NAMES`.

    A subject that a person kept, dropped or relabelled has no flags: nothing is left to ask, and no threshold
    overrules a person. Only where people decided one photograph to be of several classes the label_conflict stays.

    Args:
        scores: ``tables.SCORES``, as :func:`measure` gives them.
        content, labels, pairs, groups, decisions: the tables of these names.
        params: thresholds and actions.
        unchecked: subjects that strangers sent, as :func:`curate.subjects.find_unchecked` finds them.
    """
    decided = set(latest_on_pictures(decisions)[["sha256", "class_id"]].itertuples(index=False, name=None))
    doubts = (*_hold_against_thresholds(scores, content, labels, params),
              *_find_duplicate_doubts(scores, pairs, decisions, params.duplicate_doubt),
              *_name_unchecked(scores, unchecked))
    rows = [row for row in doubts if (row["sha256"], row["class_id"]) not in decided]
    rows.extend(_find_conflicts(scores, groups, decisions, params.label_conflict))
    order = {name: place for place, name in enumerate(NAMES)}
    rows.sort(key=lambda row: (row["sha256"], row["class_id"], order[row["flag"]]))
    return tables.make(tables.FLAGS, rows)


def _hold_against_thresholds(scores: pd.DataFrame, content: pd.DataFrame, labels: pd.DataFrame,
                             params: FlagParams) -> Iterator[Row]:
    """Yield a row for each score on the wrong side of its threshold."""
    seen = dict(zip(content["sha256"], content["top_label"], strict=True))
    suggested = {(row.sha256, row.class_id): (row.suggested_class_id, row.suggested_probability)
                 for row in labels.itertuples() if pd.notna(row.suggested_class_id)}
    for kind in SCORED:
        rule: Rule = getattr(params, kind.name)
        if rule.action == "keep":
            continue
        values = scores[kind.name]
        doubtful = values > rule.threshold if kind.above else values < rule.threshold
        for row in scores.loc[doubtful, ["sha256", "class_id", kind.name]].itertuples(index=False):
            sha256, class_id, score = row
            hint = ""
            if kind.name in ("off_topic", "not_a_photo", "detail") and isinstance(seen.get(sha256), str):
                hint = f"; a general classifier sees '{seen[sha256]}'"
            elif kind.name == "label_suspect" and (sha256, class_id) in suggested:
                hint = "; they suggest {} ({:.2f})".format(*suggested[(sha256, class_id)])
            yield {"sha256": sha256, "class_id": class_id, "flag": kind.name, "score": score,
                   "threshold": rule.threshold, "action": rule.action,
                   "detail": kind.sentence.format(score=score, threshold=rule.threshold, hint=hint)}


def _find_conflicts(subjects: pd.DataFrame, groups: pd.DataFrame, decisions: pd.DataFrame,
                    action: str) -> Iterator[Row]:
    """Yield a row for each subject whose photograph stands under other classes too, unless a person settled it."""
    if action == "keep":
        return
    here = as_decided(subjects, decisions)
    conflicts = find_label_conflicts(here[["sha256", "class_id"]], groups).merge(here, on=["sha256", "class_id"])
    right: dict[str, set[str]] = defaultdict(set)
    for row in conflicts[conflicts["settled"]].itertuples():
        right[row.group_id].add(row.class_id)
    for row in conflicts.itertuples():
        if len(right[row.group_id]) == 1:
            continue
        contradiction = "; people decided for several of them" if right[row.group_id] else ""
        yield {"sha256": row.sha256, "class_id": row.found_class_id, "flag": "label_conflict",
               "score": float(len(row.others) + 1), "threshold": 1.0, "action": action,
               "detail": f"the same photograph stands under {len(row.others) + 1} classes, also under "
                         f"{', '.join(row.others)}; more than 1 cannot all be right{contradiction}"}


def _find_duplicate_doubts(subjects: pd.DataFrame, pairs: pd.DataFrame, decisions: pd.DataFrame,
                           action: str) -> Iterator[Row]:
    """Yield a row for each subject with a partner that may be the same photograph and that nobody has judged."""
    if action == "keep":
        return
    decided = set(latest_on_pairs(decisions)[["sha256_a", "sha256_b"]].itertuples(index=False, name=None))
    partners: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for pair in pairs[pairs["verdict"] == "review"].itertuples():
        if (pair.sha256_a, pair.sha256_b) not in decided:
            inliers = -float(pair.inliers) if pd.notna(pair.inliers) else 0.0
            partners[pair.sha256_a].append((inliers, pair.sha256_b))
            partners[pair.sha256_b].append((inliers, pair.sha256_a))
    for sha256, class_id in subjects[["sha256", "class_id"]].itertuples(index=False, name=None):
        if sha256 in partners:
            inliers, other = min(partners[sha256])
            count = len(partners[sha256])
            yield {"sha256": sha256, "class_id": class_id, "flag": "duplicate_doubt", "score": float(count),
                   "threshold": 0.0, "action": action,
                   "detail": f"it may be the same photograph as {count} other picture{'s' * (count > 1)}; "
                             f"the likeliest, {other[:12]}, agrees in {-inliers:.0f} points"}


def _name_unchecked(subjects: pd.DataFrame, unchecked: Collection[tuple[str, str]]) -> Iterator[Row]:
    """Yield a row for each subject that nobody has looked at yet."""
    for sha256, class_id in subjects[["sha256", "class_id"]].itertuples(index=False, name=None):
        if (sha256, class_id) in unchecked:
            yield {"sha256": sha256, "class_id": class_id, "flag": "unchecked", "score": 1.0, "threshold": 0.0,
                   "action": "review", "detail": "it came from a source that flag.unchecked_sources names, and nobody "
                                                 "has looked at it"}
