"""The order of the queue: first where a minute of review is likely to change most in the data set."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import median
from typing import Any

from curate.review.history import Decision, History
from curate.review.items import SURE, Item
from curate.review.pace import SECONDS

# How often what raised the question is expected to be right before any answer is known: the flag, or that two
# pictures are one photograph. It counts as WEIGHT answers.
EXPECTED = {"held": 0.5, "review": 0.5, "drop": 0.8, SURE: 0.97}
WEIGHT = 4.0
SPREAD = 1.5  # log odds between the median distance from a threshold and the threshold itself
CONFLICT_CHANGES = 0.9  # chance that an answer brings a photograph in that waits under several classes


@dataclass(frozen=True)
class Ranked:
    """An item with what is expected of its answer.

    Attributes:
        item: the question.
        likely: probability that what raised it is right: the picture goes, or the pictures are one.
        chance: probability that the answer changes the data set.
        per_minute: changes a minute that only a look of its own brings.
    """

    item: Item
    likely: float
    chance: float
    per_minute: float


def rank(items: Sequence[Item], history: History, hold: Collection[str],
         seconds: Mapping[str, float] = SECONDS) -> list[Ranked]:
    """Return the items, the most promising first; ties in the order of their ids.

    Doubtful ones come first. An answer that can be foretold comes last even where it changes much: such ones are
    decided by the screenful, in a fraction of the time.

    Args:
        items: what may be asked.
        history: the decisions so far; they tell how often each flag was right.
        hold: flags whose pictures stay out until they are decided (split.hold).
        seconds: seconds that an answer takes, by kind of item.
    """
    usual = _usual_distances(items)
    rates = _rates(items, history, hold)
    ranked = []
    for item in items:
        default = default_of(item, hold)
        likely = _likely(item, default, usual, rates)
        if item.kind == "conflict":
            chance, open_answer = CONFLICT_CHANGES, 1.0
        else:
            chance = 1 - likely if default in ("drop", "held", SURE) else likely
            open_answer = 2 * min(likely, 1 - likely)
        ranked.append(Ranked(item, likely, chance, chance * open_answer * 60 / seconds[item.kind]))
    return sorted(ranked, key=lambda r: (-r.per_minute, r.item.id))


def default_of(item: Item, hold: Collection[str]) -> str:
    """Return what happens without an answer: ``held`` out, ``drop``, ``duplicate`` (one stays) or ``review``."""
    if item.kind == "compare":
        return SURE if SURE in item.flag_names else "review"
    if any(name in hold for name in item.flag_names):
        return "held"
    return "drop" if any(row["action"] == "drop" for row in item.flags) else "review"


def bears_out(row: Decision) -> bool:
    """Return whether the decision says that what raised the question was right."""
    return row.decision in ("drop", "relabel", "same")


def _distance(row: Mapping[str, Any]) -> float | None:
    """Return how far a flag's score lies beyond its threshold."""
    if row["score"] is None or row["threshold"] is None:
        return None
    return abs(row["score"] - row["threshold"])


def _usual_distances(items: Sequence[Item]) -> dict[str, float]:
    """Return flag → median distance from its threshold; of comparisons the median residual."""
    found: dict[str, list[float]] = defaultdict(list)
    for item in items:
        if item.kind == "compare":
            found[item.flag_names[0]].extend(_residuals(item))
        for row in item.flags:
            if (distance := _distance(row)) is not None:
                found[row["flag"]].append(distance)
    return {flag: median(values) for flag, values in found.items() if values}


def _residuals(item: Item) -> list[float]:
    return [row["residual"] for row in item.pairs.values() if row["residual"] is not None]


def doubt_of(distance: float | None, usual: float) -> float:
    """Return how doubtful a flag is: 1 at its threshold, a half at the usual distance, towards 0 beyond."""
    return 0.5 if distance is None or not usual else usual / (usual + distance)


def _rates(items: Sequence[Item], history: History, hold: Collection[str]) -> dict[tuple[str, str], float]:
    """Return (flag, default) → share in which people bore the flag out, the expectation counted in."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for item in items:
        for subject in item.asks:
            if row := history.latest(subject):
                count = counts[(item.flag_names[0], default_of(item, hold))]
                count[0] += bears_out(row)
                count[1] += 1
    return {key: (right + WEIGHT * EXPECTED[key[1]]) / (seen + WEIGHT) for key, (right, seen) in counts.items()}


def _likely(item: Item, default: str, usual: Mapping[str, float],
            rates: Mapping[tuple[str, str], float]) -> float:
    flag = item.flag_names[0]
    rate = rates.get((flag, default), EXPECTED[default])
    if item.kind == "compare":  # the more is left after alignment, the less sure that they are one
        residuals, middle = _residuals(item), usual.get(flag, 0.0)
        doubt = max(residuals) / (max(residuals) + middle) if residuals and middle else 0.5
    else:  # of several flags the surest speaks
        doubt = min(doubt_of(_distance(row), usual.get(row["flag"], 0.0)) for row in item.flags)
    odds = log(rate / (1 - rate)) + SPREAD * (1 - 2 * doubt)
    return 1 / (1 + exp(-odds))
