"""A person's answer to one question → the rows that are written."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from curate.review.history import DISAGREEMENT, Decision, History
from curate.review.items import DOUBT, Item
from curate.review.material import Material


class AnswerError(ValueError):
    """The answer does not fit the question; the message is for the page."""


@dataclass(frozen=True)
class Answer:
    """What was answered to one item.

    Attributes:
        decision: keep, drop, relabel, same or different.
        label: relabel: the right class.
        others: compare: the pictures that are the same or different; all where empty.
        keeper: compare: the picture to keep, where it is not the one that would be kept anyway.
        flag: the flag under which it was asked.
        note: free text.
    """

    decision: str
    label: str | None = None
    others: tuple[str, ...] = ()
    keeper: str | None = None
    flag: str | None = None
    note: str | None = None


def make_rows(item: Item, answer: Answer, reviewer: str, moment: dt.datetime, material: Material) -> list[Decision]:
    """Return the rows of one answer, all of one moment.

    Raises:
        AnswerError: the item takes no such decision, or a class or picture is unknown.
    """
    flag = answer.flag if answer.flag in (*item.flag_names, DISAGREEMENT) else item.flag_names[0]

    def row(sha256: str, class_id: str, decision: str, **more: str) -> Decision:
        return Decision(moment, reviewer, sha256, class_id, flag, decision, note=answer.note or None, **more)

    if item.kind == "compare":
        return _compare(item, answer, row, material)
    if answer.decision == "drop":
        return [row(*subject, "drop") for subject in item.subjects]
    label = item.subjects[0][1] if answer.decision == "keep" else answer.label
    if answer.decision not in ("keep", "relabel"):
        raise AnswerError(f"{answer.decision!r} is no answer to whether a picture belongs to its class")
    if label is None or label not in material.classes:
        raise AnswerError(f"there is no class {label!r}")
    # The keeper of the group comes last: of several settled copies the one decided last is kept.
    return [row(*subject, "keep") if subject[1] == label else row(*subject, "relabel", label=label)
            for subject in reversed(item.subjects)]


def _compare(item: Item, answer: Answer, row: Callable[..., Decision], material: Material) -> list[Decision]:
    others = answer.others or item.others
    if unknown := [other for other in others if other not in item.others]:
        raise AnswerError(f"{unknown[0]} is not among the pictures that are compared")
    class_of = dict(item.subjects)
    first = item.subjects[0][0]
    if answer.decision == "drop":  # the photograph itself is no good, so every file of it goes
        return [row(sha256, class_id, "drop") for sha256, _ in item.subjects
                for class_id in material.classes_of[sha256]]
    if answer.decision not in ("same", "different"):
        raise AnswerError(f"{answer.decision!r} is no answer to whether two pictures are one photograph")
    rows = [row(first, class_of[first], answer.decision, other_sha256=other) for other in others]
    if answer.decision == "same" and answer.keeper not in (None, keeper_of(item, material)):
        if answer.keeper not in class_of:
            raise AnswerError(f"{answer.keeper} is not among the pictures that are compared")
        rows.append(row(answer.keeper, class_of[answer.keeper], "keep"))
    return rows


def keeper_of(item: Item, material: Material) -> str:
    """Return which picture of a comparison is kept if they are one photograph and nobody chooses another."""
    def rank(sha256: str) -> tuple[int, int]:
        image = material.images[sha256]
        return (image["width"] or 0) * (image["height"] or 0), image["jpeg_quality"] or 100

    if DOUBT not in item.flag_names:
        return item.subjects[0][0]
    return max((sha256 for sha256, _ in item.subjects), key=rank)


def find_written(row: Decision, history: History, since: int) -> Decision | None:
    """Return the row that the same answer wrote before, if it was sent again because its confirmation was lost.

    Args:
        row: what is to be written.
        history: what is in the file.
        since: how many rows the page knew when the decision was made.
    """
    last = history.latest(row.subject, row.reviewer)
    recent: Sequence[Decision] = history.rows[since:]
    same = last is not None and last.verdict == row.verdict and any(last is r for r in recent)
    return last if same else None


def read_answer(values: Mapping[str, object]) -> Answer:
    """Return the answer that the page sent.

    Raises:
        AnswerError: a value has another type than it should.
    """
    texts = {name: values.get(name) for name in ("decision", "label", "keeper", "flag", "note")}
    others = values.get("others") or []
    if not all(value is None or isinstance(value, str) for value in texts.values()):
        raise AnswerError("decision, label, keeper, flag and note are texts")
    if not (isinstance(others, list) and all(isinstance(other, str) for other in others)):
        raise AnswerError("others is a list of texts")
    if len(str(texts["note"] or "")) > 1000:
        raise AnswerError("a note has at most 1,000 characters")
    return Answer(str(texts["decision"]), texts["label"], tuple(others), texts["keeper"],  # type: ignore[arg-type]
                  texts["flag"], texts["note"])  # type: ignore[arg-type]
