"""How good are the thresholds of dedupe? People's ``same`` and ``different`` against what was measured of the pairs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from curate.judged import Relations
from curate.params import DedupeParams
from curate.verdicts import judge

Row = dict[str, Any]

# The thresholds that are tried, and the column of tables.PAIRS that each is held against.
TRIED = {"max_residual": "residual", "max_structure": "structure", "max_shift": "shift", "max_tone": "tone",
         "max_chroma": "chroma", "min_span": "span", "max_clash": "clash", "max_altered": "clash"}
FOLDS = 5


@dataclass(frozen=True)
class Score:
    """Precision and recall of the verdict ``duplicate`` against ``same``."""

    found: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        """Share of the duplicates that people call the same."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what people call the same that is a duplicate."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0


@dataclass(frozen=True)
class Best:
    """The best values of one threshold while the others stay."""

    name: str
    now: float
    low: float  # least and greatest value with the best F1
    high: float
    score: Score


@dataclass(frozen=True)
class Calibration:
    """What people's decisions say of the thresholds."""

    judged: int  # pairs that people decided
    unmeasured: int  # of them, pairs that no search found
    score: Score
    held_out: Score  # with thresholds fitted to the other folds
    best: tuple[Best, ...]
    wrong: tuple[Row, ...]  # measured pairs whose verdict contradicts people, with the key ``said``


def calibrate(pairs: pd.DataFrame, decisions: pd.DataFrame, params: DedupeParams) -> Calibration:
    """Return precision, recall and the best thresholds from people's decisions on pairs.

    Args:
        pairs: tables.PAIRS; the verdicts are made anew from what was measured.
        decisions: tables.DECISIONS.
        params: the section dedupe.
    """
    direct = Relations.of(decisions).direct
    columns = pairs.astype(object).where(pairs.notna(), None)
    measured = {(row["sha256_a"], row["sha256_b"]): row for row in columns.to_dict("records")}
    rows = [measured[pair] | {"said": said} for pair, said in sorted(direct.items())
            if pair in measured and measured[pair]["found_by"] != "review"]
    unseen = [{"said": said, "residual": None, "found_by": ""} for pair, said in direct.items()
              if pair not in measured or measured[pair]["found_by"] == "review"]
    rows += unseen
    best = tuple(find_best(rows, params, name) for name in TRIED)
    wrong = tuple(row for row in rows if row["found_by"]
                  and (judge(row, params) == "duplicate") != (row["said"] == "same"))
    return Calibration(len(rows), len(unseen), score(rows, params), cross_validate(rows, params), best, wrong)


def score(rows: Sequence[Row], params: DedupeParams) -> Score:
    """Return how the verdicts on judged rows compare with what people said."""
    found = [judge(row, params) == "duplicate" for row in rows]
    same = [row["said"] == "same" for row in rows]
    return Score(sum(found), sum(f and s for f, s in zip(found, same, strict=True)), sum(same))


def find_best(rows: Sequence[Row], params: DedupeParams, name: str) -> Best:
    """Return the values of one threshold that give the best F1 while the others stay as they are."""
    now = getattr(params, name)
    values = sorted({float(row[TRIED[name]]) for row in rows if row.get(TRIED[name]) is not None})
    between = [(low + high) / 2 for low, high in pairwise(values)]
    tried = sorted({now, *between, *([values[-1] * 1.01 + 1e-6] if values else [])})
    scores = [score(rows, replace(params, **{name: value})) for value in tried]
    top = max(s.f1 for s in scores)
    good = [value for value, s in zip(tried, scores, strict=True) if s.f1 >= top - 1e-12]
    return Best(name, now, min(good), max(good), scores[tried.index(good[0])])


def cross_validate(rows: Sequence[Row], params: DedupeParams) -> Score:
    """Return the score on pairs that the thresholds were not fitted to: five folds, no picture on both sides.

    Each threshold is set to the middle of its best range, one after the other.
    """
    fold = find_folds(rows)
    scores = []
    for n in range(FOLDS):
        fitted = params
        rest = [row for row, f in zip(rows, fold, strict=True) if f != n]
        for name in TRIED:
            best = find_best(rest, fitted, name)
            if not best.low <= best.now <= best.high:
                middle: dict[str, Any] = {name: (best.low + best.high) / 2}
                fitted = replace(fitted, **middle)
        scores.append(score([row for row, f in zip(rows, fold, strict=True) if f == n], fitted))
    return Score(*(sum(getattr(s, part) for s in scores) for part in ("found", "right", "true")))


def find_folds(rows: Sequence[Row]) -> list[int]:
    """Return a fold for each row; pictures that any row joins share it."""
    root: dict[str, str] = {}

    def find(sha: str) -> str:
        while root.setdefault(sha, sha) != sha:
            sha = root[sha]
        return sha

    named = [(str(row.get("sha256_a", n)), str(row.get("sha256_b", n))) for n, row in enumerate(rows)]
    for a, b in named:
        x, y = sorted((find(a), find(b)))
        root[y] = x
    return [int(hashlib.sha256(find(a).encode()).hexdigest(), 16) % FOLDS for a, _ in named]


def describe(found: Calibration) -> str:
    """Return the calibration as text."""
    if not found.judged:
        return "no pair was decided yet: say same or different in the review (whatbenz review), then ask again"
    lines = [f"{found.judged} decided pairs, {found.unmeasured} of them never found by a search",
             f"duplicate against same, thresholds as they are: {_line(found.score)}",
             f"with thresholds fitted to the other pictures ({FOLDS} folds): {_line(found.held_out)}",
             "best values, each with the others as they are:"]
    for best in found.best:
        stays = "as it is" if best.low <= best.now <= best.high else f"now {best.now:g}"
        lines.append(f"  dedupe.{best.name:<14} {best.low:.3g} to {best.high:.3g} ({stays}): {_line(best.score)}")
    for row in found.wrong:
        lines.append(f"  a person says {row['said']}: {row['sha256_a'][:12]} {row['sha256_b'][:12]} "
                     f"(residual {_number(row['residual'])}, structure {_number(row['structure'])}, "
                     f"shift {_number(row['shift'])}, tone {_number(row['tone'])}, chroma {_number(row['chroma'])})")
    return "\n".join(lines)


def _line(score: Score) -> str:
    return (f"precision {score.precision:.3f}, recall {score.recall:.3f}, F1 {score.f1:.3f} "
            f"({score.right} of {score.found} found, {score.true} the same)")


def _number(value: Any) -> str:
    return "–" if value is None or value is np.nan else f"{value:.3g}"
