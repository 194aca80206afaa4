"""How fast a reviewer is, and an estimate of what is left that says how far it can be trusted."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import fmean, stdev

from curate.review.history import Action
from curate.review.items import CONFLICT

# Seconds an answer takes where nobody's pace is known yet, by kind of item; it may be half or double that.
SECONDS = {"picture": 2.5, "conflict": 5.0, "compare": 4.0}
PAUSE = 60.0  # seconds: a longer gap between two actions is a pause, not the time of an answer
ENOUGH = 10  # answers of a kind before they tell a pace
RECENT = 200  # answers of a kind that count


@dataclass(frozen=True)
class Estimate:
    """The minutes that are left, from and to; ``guessed`` are the kinds of item whose pace is not known yet."""

    minutes: tuple[float, float]
    guessed: tuple[str, ...]


def list_seconds(actions: Sequence[Action]) -> dict[str, list[float]]:
    """Return kind of item → seconds that each of the reviewer's latest answers took.

    An action of n answers (a screenful of the grid) counts n times. Gaps longer than a pause are left out.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for before, after in pairwise(actions):
        seconds = (after.decided_at - before.decided_at).total_seconds()
        answers = len({row.subject for row in after.rows})
        if 0 < seconds <= PAUSE:
            found[_kind(after)].extend([seconds / answers] * answers)
    return {kind: values[-RECENT:] for kind, values in found.items()}


def seconds_each(actions: Sequence[Action]) -> dict[str, float]:
    """Return kind of item → seconds of an answer: the reviewer's mean, or :data:`SECONDS` while too few are known."""
    seen = list_seconds(actions)
    return {kind: fmean(seen[kind]) if len(seen.get(kind, ())) >= ENOUGH else guess for kind, guess in SECONDS.items()}


def estimate(left: Mapping[str, int], actions: Sequence[Action]) -> Estimate:
    """Return how long the ``left`` items of each kind take at the pace of ``actions``.

    The range holds 95 % of the uncertainty of the mean pace; of a kind with fewer than :data:`ENOUGH` answers it
    reaches from half to double the :data:`SECONDS`.
    """
    seen = list_seconds(actions)
    low = high = variance = 0.0
    guessed = []
    for kind, count in sorted(Counter(left).items()):
        values = seen.get(kind, [])
        if len(values) >= ENOUGH:
            low, high = low + count * fmean(values), high + count * fmean(values)
            variance += (count * 1.96 * stdev(values)) ** 2 / len(values)
        elif count:
            low, high = low + count * SECONDS[kind] / 2, high + count * SECONDS[kind] * 2
            guessed.append(kind)
    return Estimate((max(0.0, low - sqrt(variance)) / 60, (high + sqrt(variance)) / 60), tuple(guessed))


def _kind(action: Action) -> str:
    first = action.rows[0]
    return "compare" if first.subject[0] == "pair" else "conflict" if first.flag == CONFLICT else "picture"
