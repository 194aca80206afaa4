"""The questions to a person: a doubtful picture, one photograph under several classes, pictures that may be one."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from curate.judged import Relations
from curate.review.history import History
from curate.review.material import Material, Subject

Kind = Literal["picture", "conflict", "compare"]

CONFLICT, DOUBT, SURE = "label_conflict", "duplicate_doubt", "duplicate"
ASKED_ELSEWHERE = (CONFLICT, DOUBT)  # flags that become items of their own kind


@dataclass(frozen=True)
class Item:
    """One question.

    ``picture``: does this picture belong to this class? ``conflict``: one photograph was found for several
    classes, which is right? ``compare``: are these pictures the photograph that the first one is?
    """

    id: str
    kind: Kind
    subjects: tuple[Subject, ...]  # the pictures with the class of each; the first is shown large
    flags: tuple[Mapping[str, Any], ...]  # rows of tables.FLAGS; one made up for compare
    pairs: Mapping[str, Mapping[str, Any]]  # compare: sha256 of another → what was measured against the first

    @property
    def flag_names(self) -> tuple[str, ...]:
        """The flags that ask, in the order in which they speak."""
        return tuple(dict.fromkeys(row["flag"] for row in self.flags))

    @property
    def class_ids(self) -> tuple[str, ...]:
        """The classes it is about, each once."""
        return tuple(dict.fromkeys(class_id for _, class_id in self.subjects))

    @property
    def others(self) -> tuple[str, ...]:
        """Compare: the pictures held against the first."""
        return tuple(sha256 for sha256, _ in self.subjects[1:])

    @property
    def asks(self) -> tuple[tuple[str, ...], ...]:
        """The subjects of the decisions that answer it."""
        if self.kind == "compare":
            return tuple(("pair", *sorted((self.subjects[0][0], other))) for other in self.others)
        return tuple(("picture", *subject) for subject in self.subjects)


def make_items(material: Material, history: History) -> list[Item]:
    """Return every question that the tables raise and every subject that a person already decided.

    The latter are there so that a decision can be looked at and changed after the flags are gone.
    """
    items = [*_doubtful_pictures(material), *_conflicts(material), *_comparisons(material)]
    asked = {subject for item in items if item.kind != "compare" for subject in item.subjects}
    compared = {frozenset((item.subjects[0][0], other)) for item in items if item.kind == "compare"
                for other in item.others}
    for kind, first, second in history.subjects:
        row = history.latest((kind, first, second))
        if not row or _is_gone((kind, first, second), material):
            continue
        if kind == "picture" and (first, second) not in asked:
            items.append(_make("picture", [(first, second)], [_said(row.flag or "decided")]))
        elif kind == "pair" and frozenset((first, second)) not in compared:
            subjects = [(sha256, _class_of(sha256, row.class_id, material)) for sha256 in (first, second)]
            items.append(_make("compare", subjects, [_said(row.flag or DOUBT)]))
    return items


def count_gone(material: Material, history: History) -> int:
    """Return how many decisions are about pictures that are no longer there; they are kept for when they return."""
    return sum(_is_gone(subject, material) for subject in history.subjects)


def _is_gone(subject: tuple[str, ...], material: Material) -> bool:
    kind, first, second = subject
    if kind == "picture":
        return second not in material.classes_of.get(first, ())
    return not {first, second} <= material.classes_of.keys()


def is_settled(item: Item, history: History, known: Relations, reviewer: str | None = None) -> bool:
    """Return whether the question is answered; by ``reviewer`` alone where one is named."""
    if item.kind == "picture":
        return history.latest(("picture", *item.subjects[0]), reviewer) is not None
    if item.kind == "conflict":
        return _is_conflict_settled(item, history, reviewer)
    return all(relation(item, other, history, known, reviewer) for other in item.others)


def relation(item: Item, other: str, history: History, known: Relations, reviewer: str | None = None) -> str | None:
    """Return what is decided on a picture of a comparison: ``same``, ``different`` or None; ``drop`` if it is idle."""
    first = item.subjects[0][0]
    if reviewer is not None:
        row = history.latest(("pair", *sorted((first, other))), reviewer)
        found = row.decision if row else None
    else:
        found = known.between(first, other)
    if found:
        return found
    class_of = dict(item.subjects)
    rows = [history.latest(("picture", sha256, class_of[sha256]), reviewer) for sha256 in (first, other)]
    return "drop" if any(row and row.decision == "drop" for row in rows) else None


def relations_of(history: History) -> Relations:
    """Return what the pair decisions say together."""
    rows = [history.latest(subject) for subject in history.subjects if subject[0] == "pair"]
    return Relations((row.sha256, row.other_sha256, row.decision) for row in rows if row and row.other_sha256)


def _is_conflict_settled(item: Item, history: History, reviewer: str | None) -> bool:
    rows = {subject: history.latest(("picture", *subject), reviewer) for subject in item.subjects}
    right = {row.label if row.decision == "relabel" else subject[1]
             for subject, row in rows.items() if row and row.decision != "drop"}
    live = {subject[1] for subject, row in rows.items() if not row}
    return len(right) == 1 or (not right and len(live) <= 1)


def _doubtful_pictures(material: Material) -> Iterable[Item]:
    for subject, rows in material.flags.items():
        rows = [row for row in rows if row["flag"] not in ASKED_ELSEWHERE]
        if rows:
            yield _make("picture", [subject], rows)


def _conflicts(material: Material) -> Iterable[Item]:
    """One question for each photograph: the group's pictures under every class that it was found for."""
    together: dict[str, list[Subject]] = defaultdict(list)
    for subject, rows in sorted(material.flags.items()):
        if any(row["flag"] == CONFLICT for row in rows):
            group = material.groups.get(subject[0])
            together[group["group_id"] if group else subject[0]].append(subject)
    for subjects in together.values():
        subjects.sort(key=lambda s: (not material.groups.get(s[0], {}).get("keeper"), s))
        rows = [row for subject in subjects for row in material.flags[subject] if row["flag"] == CONFLICT]
        yield _make("conflict", subjects, rows)


def _comparisons(material: Material) -> Iterable[Item]:
    """Doubtful pairs as stars round the picture with most of them; groups of duplicates round their keeper."""
    measured = {frozenset((row["sha256_a"], row["sha256_b"])): row for row in material.pairs}
    group_of = {sha256: row["group_id"] for sha256, row in material.groups.items()}
    open_pairs = _strongest_between_groups([row for row in material.pairs if row["verdict"] == "review"], group_of)
    for first, others in _stars(open_pairs, material):
        yield from _compare(first, others, DOUBT, measured, material)
    members: dict[str, list[str]] = defaultdict(list)
    for sha256, row in sorted(material.groups.items()):
        members[row["group_id"]].append(sha256)
    for shas in members.values():
        if len(shas) > 1:
            keeper = next((sha256 for sha256 in shas if material.groups[sha256]["keeper"]), shas[0])
            yield from _compare(keeper, [s for s in shas if s != keeper], SURE, measured, material)


def _strongest_between_groups(rows: Sequence[Mapping[str, Any]], group_of: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return one pair for each two photographs in doubt: asking once is enough for all their copies."""
    best: dict[frozenset[str], Mapping[str, Any]] = {}
    for row in rows:
        key = frozenset(group_of.get(row[side], row[side]) for side in ("sha256_a", "sha256_b"))
        if len(key) == 2 and (key not in best or (row["inliers"] or 0) > (best[key]["inliers"] or 0)):
            best[key] = row
    return [(row["sha256_a"], row["sha256_b"]) for row in best.values()]


def _stars(pairs: Sequence[tuple[str, str]], material: Material) -> Iterable[tuple[str, list[str]]]:
    """Yield each pair once: a centre and the pictures to hold against it, the centre with most pairs first."""
    near: dict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        near[a].add(b)
        near[b].add(a)

    def rank(sha256: str) -> tuple[Any, ...]:
        image = material.images.get(sha256, {})
        return len(near[sha256]), (image.get("width") or 0) * (image.get("height") or 0), sha256

    waiting = sorted(near, key=rank, reverse=True)
    while waiting:
        centre = waiting.pop(0)
        if not near[centre]:
            continue
        others = sorted(near.pop(centre))
        for other in others:
            near[other].discard(centre)
        near[centre] = set()
        waiting.sort(key=rank, reverse=True)
        yield centre, others


def _compare(first: str, others: Sequence[str], flag: str, measured: Mapping[frozenset[str], Mapping[str, Any]],
             material: Material) -> Iterable[Item]:
    class_id = _class_of(first, None, material)
    subjects = [(sha256, _class_of(sha256, class_id, material)) for sha256 in (first, *others)]
    subjects = [subject for subject in subjects if subject[1]]
    if class_id and len(subjects) > 1:
        pairs = {other: measured[key] for other, _ in subjects[1:] if (key := frozenset((first, other))) in measured}
        yield _make("compare", subjects, [_said(flag)], pairs)


def _class_of(sha256: str, wished: str | None, material: Material) -> str:
    """Return ``wished`` if the picture was saved for it, else its first class, else nothing."""
    classes = material.classes_of.get(sha256, ())
    return wished if wished in classes else classes[0] if classes else ""  # type: ignore[return-value]


def _said(flag: str) -> dict[str, Any]:
    return {"flag": flag, "score": None, "threshold": None, "action": "review", "detail": None}


def _make(kind: Kind, subjects: Sequence[Subject], flags: Sequence[Mapping[str, Any]],
          pairs: Mapping[str, Mapping[str, Any]] | None = None) -> Item:
    name = "\0".join((kind, *(part for subject in subjects for part in subject)))
    return Item(hashlib.sha256(name.encode()).hexdigest()[:16], kind, tuple(subjects), tuple(flags), pairs or {})
