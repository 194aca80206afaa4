"""The order of the queue: first where a minute of review is likely to change most in the data set."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from curate.review.history import Decision, History
from curate.review.items import CONFLICT, SURE, Item
from curate.review.pace import SECONDS

# How often a person is expected to overturn what happens without an answer, before any answer is known: a
# photograph that waits under two classes goes in nowhere until it is decided; verified duplicates are hardly wrong.
EXPECTED = {"held": 0.9, "review": 0.4, "drop": 0.2, SURE: 0.03}
WEIGHT = 4.0  # answers that the expectation counts for


@dataclass(frozen=True)
class Ranked:
    """An item with the probability that its answer changes the data set, and the changes a minute that promises."""

    item: Item
    chance: float
    per_minute: float


def rank(items: Sequence[Item], history: History, hold: Collection[str],
         seconds: Mapping[str, float] = SECONDS) -> list[Ranked]:
    """Return the items, the most promising first; ties in the order of their ids.

    The chance of one flag is what people overturned of it so far (with :data:`EXPECTED` as prior), spread over
    its items by their doubt: 1 at the threshold, a half at the median distance from it, towards 0 beyond.

    Args:
        items: what may be asked.
        history: the decisions so far.
        hold: flags whose pictures stay out until they are decided (split.hold).
        seconds: seconds that an answer takes, by kind of item.
    """
    margins = _median_margins(items)
    rates = _overturned(items, history, hold)
    ranked = []
    for item in items:
        chance = _chance(item, margins, rates, hold)
        ranked.append(Ranked(item, chance, chance * 60 / seconds[item.kind]))
    return sorted(ranked, key=lambda r: (-r.per_minute, r.item.id))


def default_of(item: Item, hold: Collection[str]) -> str:
    """Return what happens without an answer: ``held`` out, ``drop``, ``duplicate`` (one stays) or ``review``."""
    if item.kind == "compare":
        return SURE if SURE in item.flag_names else "review"
    if any(name in hold for name in item.flag_names):
        return "held"
    return "drop" if any(row["action"] == "drop" for row in item.flags) else "review"


def overturns(row: Decision, default: str) -> bool:
    """Return whether the decision changes what happens without it."""
    if default in ("held", "drop"):
        return row.decision in ("keep", "relabel")
    if default == SURE:
        return row.decision in ("different", "keep", "drop")
    return row.decision in ("drop", "relabel", "same")


def _margin(row: Mapping[str, Any]) -> float | None:
    if row["score"] is None or row["threshold"] is None:
        return None
    return abs(row["score"] - row["threshold"])


def _median_margins(items: Sequence[Item]) -> dict[str, float]:
    margins: dict[str, list[float]] = defaultdict(list)
    for item in items:
        for row in item.flags:
            if (margin := _margin(row)) is not None:
                margins[row["flag"]].append(margin)
    return {flag: median(values) for flag, values in margins.items()}


def doubt_of(row: Mapping[str, Any], margins: Mapping[str, float]) -> float:
    """Return how doubtful a flag is: 1 at its threshold, 0.5 at the median distance from it; 0.5 without a score."""
    margin, usual = _margin(row), margins.get(row["flag"], 0.0)
    if margin is None or row["flag"] == CONFLICT or not usual:
        return 0.5
    return 1 / (1 + margin / usual)


def _overturned(items: Sequence[Item], history: History, hold: Collection[str]) -> dict[tuple[str, str], float]:
    """Return (flag, default) → share that people overturned, the expectation counted in."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for item in items:
        default = default_of(item, hold)
        first = item.subjects[0][0]
        rows = [history.latest(("pair", *sorted((first, other)))) for other in item.others] \
            if item.kind == "compare" else [history.latest(("picture", *subject)) for subject in item.subjects]
        for row in rows:
            if row:
                count = counts[(item.flag_names[0], default)]
                count[0] += overturns(row, default)
                count[1] += 1
    return {key: (changed + WEIGHT * EXPECTED[key[1]]) / (seen + WEIGHT) for key, (changed, seen) in counts.items()}


def _chance(item: Item, margins: Mapping[str, float], rates: Mapping[tuple[str, str], float],
            hold: Collection[str]) -> float:
    default = default_of(item, hold)
    rate = rates.get((item.flag_names[0], default), EXPECTED[default])
    doubts = [doubt_of(row, margins) for row in item.flags if default != "drop" or row["action"] == "drop"]
    # Of several reasons to drop it the surest counts; of several doubts the greatest.
    doubt = min(doubts) if default == "drop" else max(doubts)
    return min(0.98, 2 * rate * doubt) if default in ("drop", "review") and item.kind == "picture" else rate
