"""What people decided so far, kept up row by row: what stands on each subject, by whom, and what an undo takes back."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from curate.decisions import subject_of

Subject = tuple[str, ...]  # ("picture", sha256, class_id) or ("pair", sha256_a, sha256_b)

DISAGREEMENT = "disagreement"  # in the column flag: decided with the others' decisions in view


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of reviews/decisions.csv."""

    decided_at: dt.datetime
    reviewer: str
    sha256: str
    class_id: str
    flag: str | None
    decision: str
    label: str | None = None
    other_sha256: str | None = None
    note: str | None = None

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return subject_of({"sha256": self.sha256, "class_id": self.class_id, "decision": self.decision,
                           "other_sha256": self.other_sha256})

    @property
    def verdict(self) -> str:
        """The decision with its class, for comparing two of them: keep, drop, relabel:e-sedan, same …"""
        return f"relabel:{self.label}" if self.decision == "relabel" else self.decision

    def as_row(self) -> dict[str, Any]:
        """Return the columns as a mapping."""
        return asdict(self)


@dataclass(slots=True)
class Action:
    """What one reviewer did at once: the rows of one moment that still stand."""

    reviewer: str
    decided_at: dt.datetime
    rows: list[Decision]


class History:
    """All rows in the file's order and what follows from them. Rows are only ever added."""

    def __init__(self) -> None:
        self.rows: list[Decision] = []
        self.pair_changes = 0  # grows whenever what stands on pairs may have changed
        self._standing: dict[Subject, list[Decision]] = {}
        self._actions: dict[str, list[Action]] = {}

    def add(self, row: Decision) -> None:
        """Take the next row of the file."""
        self.rows.append(row)
        subject = row.subject
        self.pair_changes += subject[0] == "pair"
        stack = self._standing.setdefault(subject, [])
        if row.decision == "undo":
            self._take_back(stack, row.reviewer)
            return
        stack.append(row)
        actions = self._actions.setdefault(row.reviewer, [])
        if actions and actions[-1].decided_at == row.decided_at:
            actions[-1].rows.append(row)
        else:
            actions.append(Action(row.reviewer, row.decided_at, [row]))

    def _take_back(self, stack: list[Decision], reviewer: str) -> None:
        mine = [row for row in stack if row.reviewer == reviewer]
        if not mine:
            return
        gone = mine[-1]
        stack[:] = [row for row in stack if row is not gone]
        actions = self._actions[reviewer]
        action = next(a for a in reversed(actions) if any(row is gone for row in a.rows))
        action.rows[:] = [row for row in action.rows if row is not gone]
        if not action.rows:
            actions.remove(action)

    @property
    def reviewers(self) -> list[str]:
        """Everyone with a decision that stands, sorted."""
        return sorted(name for name, actions in self._actions.items() if actions)

    @property
    def subjects(self) -> list[Subject]:
        """Every subject with a decision that stands."""
        return [subject for subject, stack in self._standing.items() if stack]

    def latest(self, subject: Subject, reviewer: str | None = None) -> Decision | None:
        """Return the row that counts on ``subject``; of ``reviewer`` alone where one is named."""
        for row in reversed(self._standing.get(subject, ())):
            if reviewer is None or row.reviewer == reviewer:
                return row
        return None

    def by_reviewer(self, subject: Subject) -> Mapping[str, Decision]:
        """Return each reviewer's last row that stands on ``subject``."""
        return {row.reviewer: row for row in self._standing.get(subject, ())}

    def first_by_reviewer(self, subject: Subject) -> Mapping[str, Decision]:
        """Return each reviewer's last row that was made without the others' in view."""
        return {row.reviewer: row for row in self._standing.get(subject, ()) if row.flag != DISAGREEMENT}

    def disagree(self, subject: Subject) -> bool:
        """Return whether reviewers differ on ``subject`` and nobody has decided it with both in view since."""
        stack = self._standing.get(subject, ())
        settled_at = max((n for n, row in enumerate(stack) if row.flag == DISAGREEMENT), default=-1)
        since = {row.reviewer: row.verdict for row in stack[settled_at + 1:]}
        if settled_at >= 0:
            since.setdefault(stack[settled_at].reviewer, stack[settled_at].verdict)
        return len(set(since.values())) > 1

    def last_action(self, reviewer: str) -> Action | None:
        """Return what an undo of ``reviewer`` takes back next."""
        actions = self._actions.get(reviewer)
        return actions[-1] if actions else None

    def actions(self, reviewer: str) -> list[Action]:
        """Return what ``reviewer`` did and did not undo, in the file's order."""
        return self._actions.get(reviewer, [])
