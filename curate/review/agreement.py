"""How far reviewers agree: Cohen's kappa for each flag and pair of reviewers."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from curate.review.history import History


@dataclass(frozen=True)
class Agreement:
    """Two reviewers on one flag: subjects that both decided, the share of equal decisions, and kappa.

    ``kappa`` is None where chance alone would agree always: both gave one and the same answer throughout.
    """

    flag: str
    reviewers: tuple[str, str]
    count: int
    observed: float
    kappa: float | None


def measure_agreement(history: History) -> list[Agreement]:
    """Return the agreement of every two reviewers on every flag, and over all flags (flag ``all``).

    Decisions made with the other's in view do not count. A subject counts for the flags that either of the two
    decided it under.
    """
    answers: dict[tuple[str, tuple[str, str]], list[tuple[str, str]]] = defaultdict(list)
    for subject in history.subjects:
        rows = history.first_by_reviewer(subject)
        for a, b in combinations(sorted(rows), 2):
            for flag in {rows[a].flag or "none", rows[b].flag or "none", "all"}:
                answers[(flag, (a, b))].append((rows[a].verdict, rows[b].verdict))
    found = [Agreement(flag, pair, len(both), _share(both), kappa(both)) for (flag, pair), both in answers.items()]
    return sorted(found, key=lambda a: (a.flag != "all", a.flag, a.reviewers))


def kappa(answers: Sequence[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa of paired answers (Educational and Psychological Measurement 20, 1960) or None.

    It is None where chance alone would agree always.
    """
    if not answers:
        return None
    first, second = (Counter(answer[side] for answer in answers) for side in (0, 1))
    chance = sum(first[name] * second[name] for name in first) / len(answers) ** 2
    return None if chance == 1 else (_share(answers) - chance) / (1 - chance)


def _share(answers: Sequence[tuple[str, str]]) -> float:
    return sum(a == b for a, b in answers) / len(answers)
