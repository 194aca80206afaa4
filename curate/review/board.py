"""The state of the review page: the tables, the journal, and the queues that follow from both."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curate.judged import Relations
from curate.params import ReviewParams
from curate.review.answers import Answer, AnswerError, find_written, make_rows
from curate.review.history import Decision, History
from curate.review.items import Item, count_gone, is_settled, make_items, relation, relations_of
from curate.review.journal import Journal
from curate.review.likeliest import ClassRanking, Examples
from curate.review.material import Material, read_material, stamp
from curate.review.order import Ranked, rank
from curate.review.pace import measure_pace
from pipeline.errors import WhatBenzError
from pipeline.layout import Layout

OPEN, SECOND, DISAGREEMENTS, BY = "open", "second", "disagreements", "by:"


@dataclass(frozen=True)
class Filters:
    """What a queue is made of.

    ``who``: ``open`` (nobody decided), ``second`` (others did, this reviewer did not), ``disagreements``,
    or ``by:<name>`` (what that reviewer decided, the latest first).
    """

    reviewer: str
    class_id: str | None = None
    flag: str | None = None
    who: str = OPEN


class Board:
    """What is asked, by whom it was answered, and the writing of answers.

    Not safe for several threads at once: callers hold :attr:`lock`.

    Args:
        layout: where the tables and the decisions lie.
        params: how many examples are shown.
        hold: flags whose pictures stay out until they are decided (split.hold).
    """

    def __init__(self, layout: Layout, params: ReviewParams, hold: Sequence[str]):
        self._layout, self._params, self.hold = layout, params, tuple(hold)
        self.journal = Journal(layout.decisions)
        self.lock = threading.RLock()
        self._stamp = stamp(layout)
        self._take(read_material(layout))

    def _take(self, material: Material) -> None:
        self.material = material
        self.ranking = ClassRanking(material)
        self.examples = Examples(material, self._params.examples)
        self._arrange()

    def _arrange(self) -> None:
        self.items = {item.id: item for item in make_items(self.material, self.history)}
        self._of_picture: dict[str, list[Item]] = defaultdict(list)
        for item in self.items.values():
            for sha256 in dict.fromkeys(sha256 for sha256, _ in item.subjects):
                self._of_picture[sha256].append(item)
        self._compared = [item for item in self.items.values() if item.kind == "compare"]

    def refresh(self) -> None:
        """Take up tables that a stage wrote anew, and subjects that others decided. Called when the page loads."""
        now = stamp(self._layout)
        if now != self._stamp:
            try:
                self._take(read_material(self._layout))
                self._stamp = now
                return
            except WhatBenzError:  # a stage is writing; what was read before serves until it is done
                pass
        self._arrange()

    @property
    def history(self) -> History:
        """All decisions in the file by now."""
        return self.journal.read()

    def _relations(self) -> Relations:
        history = self.history
        if getattr(self, "_known", (None,))[0] != history.pair_changes:
            self._known = (history.pair_changes, relations_of(history))
        return self._known[1]

    def queue(self, filters: Filters) -> list[Ranked]:
        """Return the items of a queue in its order."""
        history, known = self.history, self._relations()
        pace = measure_pace(history.actions(filters.reviewer))
        ranked = rank(list(self.items.values()), history, self.hold, {kind: p.seconds for kind, p in pace.items()})
        found = [r for r in ranked if (filters.class_id is None or filters.class_id in r.item.class_ids)
                 and (filters.flag is None or filters.flag in r.item.flag_names)
                 and self._is_asked(r.item, filters, history, known)]
        if filters.who.startswith(BY):
            when = self._decided_places(filters.who.removeprefix(BY))
            found.sort(key=lambda r: -max((when.get(s, -1) for s in r.item.asks), default=-1))
        return found

    def counts(self, filters: Filters) -> dict[str, dict[str, int]]:
        """Return how many items each class and each flag has in the queue, each under the other's filter."""
        classes: Counter[str] = Counter()
        flags: Counter[str] = Counter()
        history, known = self.history, self._relations()
        for item in self.items.values():
            if self._is_asked(item, filters, history, known):
                if filters.flag is None or filters.flag in item.flag_names:
                    classes.update(item.class_ids)
                if filters.class_id is None or filters.class_id in item.class_ids:
                    flags.update(item.flag_names)
        return {"classes": dict(classes), "flags": dict(flags)}

    def count_gone(self) -> int:
        """Return how many decisions are about pictures that are no longer there."""
        return count_gone(self.material, self.history)

    def _is_asked(self, item: Item, filters: Filters, history: History, known: Relations) -> bool:
        if filters.who == OPEN:
            return not is_settled(item, history, known)
        if filters.who == DISAGREEMENTS:
            return any(history.disagree(subject) for subject in item.asks)
        if filters.who.startswith(BY):
            name = filters.who.removeprefix(BY)
            return any(history.latest(subject, name) for subject in item.asks)
        others = {name for subject in item.asks for name in history.by_reviewer(subject)} - {filters.reviewer}
        return bool(others) and not is_settled(item, history, known, filters.reviewer)

    def _decided_places(self, reviewer: str) -> dict[tuple[str, ...], int]:
        return {row.subject: place for place, row in enumerate(self.history.rows) if row.reviewer == reviewer}

    def decide(self, answers: Sequence[tuple[str, Answer]], reviewer: str, since: int) -> Sequence[Decision]:
        """Write the rows of the answers, one action, and return those that were not in the file yet.

        Args:
            answers: (item id, answer) pairs.
            reviewer: who answers.
            since: rows the page knew; what is found after them is an answer that was sent twice.

        Raises:
            AnswerError: an item is unknown or an answer does not fit it. Nothing is written then.
        """
        def choose(history: History) -> list[Decision]:
            moment = self.journal.next_moment(reviewer)
            rows = [row for item_id, answer in answers
                    for row in make_rows(self.find(item_id), answer, reviewer, moment, self.material)]
            found = [find_written(row, history, since) for row in rows]
            before = next((row.decided_at for row in found if row), None)
            if before:  # the rest of an action that was cut short belongs to its moment
                rows = [row for item_id, answer in answers
                        for row in make_rows(self.find(item_id), answer, reviewer, before, self.material)]
            return [row for row, there in zip(rows, found, strict=True) if there is None]

        return self.journal.append(choose)

    def undo(self, reviewer: str, moment: str) -> Sequence[Decision]:
        """Take back the reviewer's last action if it is that of ``moment`` (ISO 8601); return the rows written."""
        def choose(history: History) -> list[Decision]:
            action = history.last_action(reviewer)
            if action is None or action.decided_at.isoformat() != moment:
                return []
            now = self.journal.next_moment(reviewer)
            return [Decision(now, reviewer, row.sha256, row.class_id, row.flag, "undo", other_sha256=row.other_sha256)
                    for row in reversed(action.rows)]

        return self.journal.append(choose)

    def find(self, item_id: str) -> Item:
        """Return an item.

        Raises:
            AnswerError: there is none of this id.
        """
        item = self.items.get(item_id)
        if item is None:
            raise AnswerError("this question is no longer there: the tables were written anew; reload the page")
        return item

    def touched(self, rows: Iterable[Decision]) -> dict[str, bool]:
        """Return item id → whether it is settled now, for every item that the rows may have changed."""
        history, known = self.history, self._relations()
        rows = list(rows)
        items = {item.id: item for row in rows for sha256 in (row.sha256, row.other_sha256) if sha256
                 for item in self._of_picture.get(sha256, ())}
        if any(row.subject[0] == "pair" for row in rows):
            items |= {item.id: item for item in self._compared}
        return {item_id: is_settled(item, history, known) for item_id, item in items.items()}

    def items_of(self, rows: Iterable[Decision]) -> list[str]:
        """Return the ids of the items that the rows are about, in their order."""
        wanted = dict.fromkeys(row.subject for row in rows)
        by_subject: dict[tuple[str, ...], str] = {}
        for subject in wanted:
            for item in self._of_picture.get(subject[1], ()):
                if subject in item.asks:
                    by_subject.setdefault(subject, item.id)
        return list(dict.fromkeys(by_subject.values()))

    def relation(self, item: Item, other: str, reviewer: str | None = None) -> str | None:
        """Return what is decided on a picture of a comparison; see :func:`curate.review.items.relation`."""
        return relation(item, other, self.history, self._relations(), reviewer)
