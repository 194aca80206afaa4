"""Which subjects go into the data set, and for each of the others the one reason why not.

People come before thresholds: a ``keep`` outweighs every flag, a ``drop`` every score, a ``relabel``
moves the picture to its right class. Of one photograph one file goes in for each class.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

import tables
from curate.decisions import latest_on_pictures
from curate.subjects import check_inspected, group_of, list_subjects

Subject = tuple[str, str]  # sha256, class_id


@dataclass
class _Choice:
    """The work on one selection: facts looked up once, results gathered."""

    chosen: dict[Subject, str] = field(default_factory=dict)  # (sha256, final class) → class it was found for
    dropped: dict[Subject, tuple[str, str, str]] = field(default_factory=dict)

    def drop(self, subject: Subject, stage: str, reason: str, detail: str) -> None:
        """Note why a subject, named by the class it was found for, is not in the data set."""
        before = self.dropped.get(subject)
        if before and before[1] == "relabelled":  # moved to another class first and lost there
            detail = f"{before[2]}; there: {detail}"
        elif before:
            return
        self.dropped[subject] = (stage, reason, detail)


def select(hits: pd.DataFrame, images: pd.DataFrame, groups: pd.DataFrame, flags: pd.DataFrame,
           decisions: pd.DataFrame, hold: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the chosen subjects and the dropped ones.

    Args:
        hits, images, groups, flags, decisions: the tables of these names.
        hold: flags whose undecided pictures stay out until a person has decided.

    Returns:
        chosen: columns sha256, class_id (after relabelling), found_class_id (before), sorted.
        dropped: ``tables.DROPPED``. Every saved (sha256, class_id) that is not chosen under that class
        is here once; a relabelled picture is here under its old class and chosen under its new one.

    Raises:
        TableError: a saved picture was not inspected.
    """
    subjects = list_subjects(hits)
    check_inspected(subjects, images)
    choice = _Choice()
    _drop_undecodable(subjects, images, choice)
    decided = {(row.sha256, row.class_id): row for row in latest_on_pictures(decisions).itertuples()}
    live, settled = _apply_decisions(subjects, decided, choice)
    _settle_conflicts(live, settled, subjects, groups, hold, choice)
    _choose_keepers(live, settled, subjects, images, groups, flags, hold, choice)
    return _as_frames(choice)


def _drop_undecodable(subjects: pd.DataFrame, images: pd.DataFrame, choice: _Choice) -> None:
    errors = images.dropna(subset=["error"]).set_index("sha256")["error"].to_dict()
    for subject in subjects.itertuples(index=False):
        if subject.sha256 in errors:
            choice.drop((subject.sha256, subject.class_id), "inspect", "undecodable", errors[subject.sha256])


def _apply_decisions(subjects: pd.DataFrame, decided: dict[Subject, Any],
                     choice: _Choice) -> tuple[dict[Subject, str], dict[Subject, int]]:
    """Return the subjects still in play and those that a person settled.

    Returns:
        live: (sha256, final class) → the class it was found for.
        settled: (sha256, final class) → row of the decision that says it belongs to this class.
    """
    live: dict[Subject, str] = {}
    settled: dict[Subject, int] = {}
    relabelled: list[tuple[Subject, str]] = []
    for sha256, class_id in subjects.itertuples(index=False):
        if (sha256, class_id) in choice.dropped:
            continue
        row = decided.get((sha256, class_id))
        if row is not None and row.decision == "drop":
            choice.drop((sha256, class_id), "review", "dropped", f"{row.reviewer} dropped it{_note(row)}")
        elif row is not None and row.decision == "relabel" and row.label != class_id:
            choice.drop((sha256, class_id), "review", "relabelled",
                        f"{row.reviewer} moved it to {row.label}{_note(row)}")
            settled[(sha256, row.label)] = row.Index
            relabelled.append(((sha256, row.label), class_id))
        else:
            live[(sha256, class_id)] = class_id
            if row is not None:
                settled[(sha256, class_id)] = row.Index
    for subject, found in relabelled:
        if subject not in choice.dropped:
            live.setdefault(subject, found)
    return live, settled


def _note(row: Any) -> str:
    note = getattr(row, "note", None)
    return f": {note}" if isinstance(note, str) and note else ""


def _settle_conflicts(live: dict[Subject, str], settled: dict[Subject, int], subjects: pd.DataFrame,
                      groups: pd.DataFrame, hold: tuple[str, ...], choice: _Choice) -> None:
    """Take out of ``live`` what stands under two classes and what a decision for the other class overrules."""
    group_ids = dict(zip(subjects["sha256"], group_of(subjects, groups), strict=True))
    members: dict[str, list[Subject]] = defaultdict(list)
    for subject in sorted(live):
        members[group_ids[subject[0]]].append(subject)
    for group in members.values():
        classes = {class_id for _, class_id in group}
        if len(classes) < 2:
            continue
        right = {s[1] for s in group if s in settled}
        for subject in group:
            others = ", ".join(sorted(classes - {subject[1]}))
            if len(right) == 1 and subject[1] not in right:
                choice.drop((subject[0], live.pop(subject)), "review", "label_conflict",
                            f"the same photograph was decided to be {next(iter(right))}")
            elif len(right) != 1 and "label_conflict" in hold:
                choice.drop((subject[0], live.pop(subject)), "flag", "label_conflict",
                            f"the same photograph also stands under {others}; it waits for a decision")


def _choose_keepers(live: dict[Subject, str], settled: dict[Subject, int], subjects: pd.DataFrame,
                    images: pd.DataFrame, groups: pd.DataFrame, flags: pd.DataFrame,
                    hold: tuple[str, ...], choice: _Choice) -> None:
    """Choose one file a photograph and class, and hold its flags against it."""
    drops, holds = _by_subject(flags[flags["action"] == "drop"]), _by_subject(
        flags[(flags["action"] == "review") & flags["flag"].isin(hold) & (flags["flag"] != "label_conflict")])
    group_ids = dict(zip(subjects["sha256"], group_of(subjects, groups), strict=True))
    keepers = set(groups.loc[groups["keeper"].astype(bool), "sha256"])
    pixels = {row.sha256: (row.width * row.height, row.jpeg_quality if pd.notna(row.jpeg_quality) else 100)
              for row in images[["sha256", "width", "height", "jpeg_quality"]].itertuples() if pd.notna(row.width)}
    dropped_by_hand = _groups_dropped_by_hand(choice, group_ids)

    photographs: dict[tuple[str, str], list[Subject]] = defaultdict(list)
    for subject in sorted(live):
        photographs[(group_ids[subject[0]], subject[1])].append(subject)
    for (group_id, class_id), members in photographs.items():
        if not settled.keys() & set(members) and (by_hand := dropped_by_hand.get((group_id, class_id))):
            for subject in members:
                choice.drop((subject[0], live[subject]), "review", "duplicate_dropped",
                            f"the same photograph as {by_hand}, which a person dropped")
            continue

        def rank(s: Subject) -> tuple[Any, ...]:
            return (-settled.get(s, -1), (s[0], live[s]) in drops, s[0] not in keepers,
                    *(-p for p in pixels.get(s[0], (0, 0))), s[0])

        best, *rest = sorted(members, key=rank)
        for subject in rest:
            choice.drop((subject[0], live[subject]), "dedupe", "duplicate", f"the same photograph as {best[0]}")
        found = (best[0], live[best])
        if best in settled:
            choice.chosen[best] = live[best]
        elif found in drops:
            choice.drop(found, "flag", *drops[found])
        elif found in holds:
            reason, detail = holds[found]
            choice.drop(found, "flag", reason, f"{detail}; it waits for a decision")
        else:
            choice.chosen[best] = live[best]


def _groups_dropped_by_hand(choice: _Choice, group_ids: dict[str, str]) -> dict[tuple[str, str], str]:
    """Return (group_id, class_id) → sha256 of a member that a person dropped under that class."""
    return {(group_ids[sha256], class_id): sha256
            for (sha256, class_id), (_, reason, _) in choice.dropped.items() if reason == "dropped"}


def _by_subject(flags: pd.DataFrame) -> dict[Subject, tuple[str, str]]:
    """Return subject → (flag, detail); the first flag in the table's order speaks."""
    found: dict[Subject, tuple[str, str]] = {}
    for row in flags.itertuples():
        found.setdefault((row.sha256, row.class_id), (row.flag, row.detail))
    return found


def _as_frames(choice: _Choice) -> tuple[pd.DataFrame, pd.DataFrame]:
    chosen = pd.DataFrame([(sha, class_id, found) for (sha, class_id), found in sorted(choice.chosen.items())],
                          columns=["sha256", "class_id", "found_class_id"], dtype="str")
    dropped = tables.make(tables.DROPPED, [
        {"sha256": sha, "class_id": class_id, "stage": stage, "reason": reason, "detail": detail}
        for (sha, class_id), (stage, reason, detail) in sorted(choice.dropped.items())])
    return chosen, dropped
