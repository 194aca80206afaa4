"""How fast a reviewer is: what an estimate of the time that is left is made from."""

from collections import defaultdict
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
RECENT = 200  # answers of a kind, and actions, that count


@dataclass(frozen=True)
class Pace:
    """Seconds of an answer of one kind, from and to."""

    seconds: float
    low: float
    high: float
    guessed: bool  # whether it is a guess, since too few answers of the kind are known


def list_seconds(actions: Sequence[Action]) -> dict[str, list[float]]:
    """Return kind of item → seconds that each of the reviewer's latest answers took.

    An action of n answers (a screenful of the grid) counts n times. Gaps longer than a pause are left out.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for before, after in pairwise(actions[-RECENT - 1:]):
        seconds = (after.decided_at - before.decided_at).total_seconds()
        answers = len({row.subject for row in after.rows})
        if 0 < seconds <= PAUSE:
            found[_kind(after)].extend([seconds / answers] * answers)
    return {kind: values[-RECENT:] for kind, values in found.items()}


def measure_pace(actions: Sequence[Action]) -> Mapping[str, Pace]:
    """Return kind of item → pace, its range holding 95 % of the uncertainty of the mean.

    A kind with fewer than :data:`ENOUGH` answers is a guess, from half to double the :data:`SECONDS`.
    """
    seen = list_seconds(actions)
    paces = {}
    for kind, guess in SECONDS.items():
        values = seen.get(kind, [])
        if len(values) >= ENOUGH:
            mean, error = fmean(values), 1.96 * stdev(values) / sqrt(len(values))
            paces[kind] = Pace(mean, max(0.0, mean - error), mean + error, False)
        else:
            paces[kind] = Pace(guess, guess / 2, 2 * guess, True)
    return paces


def _kind(action: Action) -> str:
    first = action.rows[0]
    return "compare" if first.subject[0] == "pair" else "conflict" if first.flag == CONFLICT else "picture"
