"""One web search asked all queries, page by page, from kept pages where there are any.

The first page of every query is asked before the second of any: where a day's budget or a limit ends it early, each
class has its best hits. Nothing that one query, page or hit does harms another.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scrape.answers import Answers, NoAnswer
from scrape.licence import Licence, parse_licence
from scrape.pages import Page, Pages
from scrape.sources.paged import UnknownShape, WebSource

DAY = timedelta(hours=24)
# After so many answers of an unknown shape, and not one known, asking on would only waste requests.
SHAPE_LIMIT = 3


@dataclass
class Query:
    """One query of one class, and how far it has come."""

    class_id: str
    text: str
    place: int
    exclude_words: tuple[str, ...] = ()
    rows: list[dict[str, Any]] = field(default_factory=list)
    hits: int = 0
    pages: int = 0
    request: str | None = None
    open: bool = True
    unfinished: bool = False
    seen: set[str] = field(default_factory=set)
    pattern: re.Pattern[str] | None = None

    def __post_init__(self) -> None:
        self.pattern = words_pattern(self.exclude_words)


@dataclass
class Tally:
    """What came of the hits of one source."""

    asked: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    unlicensed: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    unusable: int = 0
    beyond: int = 0


@dataclass(frozen=True)
class Limits:
    """How much is asked of and taken from one query, under which licences (none: any), and whether it may be none."""

    max_pages: int
    max_hits: int
    wanted: tuple[Licence, ...]
    allow_empty: bool


class Survey:
    """All queries of one source.

    Args:
        source: what is asked.
        queries: in the order of the classes and of their queries.
        limits: how much.
        answers: asks the network.
        pages: the kept pages.
        now: when this run began; pages are fresh or old as of then.
        say: called with a line as each query is finished.
        advance: called after each page with the number of pages asked and of candidates so far.
    """

    def __init__(self, source: WebSource, queries: Sequence[Query], limits: Limits, answers: Answers, pages: Pages,
                 now: datetime, say: Callable[[str], None], advance: Callable[[int, int], None]):
        self.source, self.queries, self.tally = source, queries, Tally()
        self.notes: list[str] = []
        self.problems: list[str] = []
        self._limits, self._answers, self._pages, self._now = limits, answers, pages, now
        self._say, self._advance = say, advance
        self._closed: str | None = None
        self._strange: list[str] = []
        self._empty: list[str] = []

    def run(self) -> list[dict[str, Any]]:
        """Return the candidates (rows of tables.CANDIDATES) by query and rank; problems and notes are kept."""
        try:
            self.source.prepare(lambda request: self._fetch(request, "prepare"))
        except NoAnswer:
            pass
        except UnknownShape as error:
            self._close(f"the answer before the first query is not in the form it had ({error})")
        for query in self.queries:
            query.request = self.source.next_request(query.text, 1, None)
        for number in range(1, self._limits.max_pages + 1):
            for query in self.queries:
                if query.open:
                    self._turn(query, number)
        self._conclude()
        return [row for query in self.queries for row in sorted(query.rows, key=lambda row: row["rank"])]

    def _turn(self, query: Query, number: int) -> None:
        """Take page ``number`` of a query; close the query where it was the last."""
        page = None
        try:
            page = self._fetch(query.request or "", query.text)
            hits = self.source.hits(page, number)
            if hits and not any(hit.get("file_url") for hit in hits):
                raise UnknownShape(f"none of {len(hits)} hits has an address")
            query.request = self.source.next_request(query.text, number + 1, page)
        except NoAnswer:
            query.unfinished = True
            return self._finish(query)
        except UnknownShape as error:
            query.unfinished = True
            self._strange.append(f"{query.text!r} ({query.class_id}): {error}; kept as {page.path if page else '?'}")
            if len(self._strange) == SHAPE_LIMIT and not any(query.hits for query in self.queries):
                self._close("its answers are not in the form they had; the parser has to follow")
            return self._finish(query)
        known = len(query.seen)
        for hit in hits:
            self._take(query, hit, page.asked_at)
        query.pages += 1
        self._advance(self.tally.asked, sum(len(query.rows) for query in self.queries))
        if not query.hits and query.request is None:
            self._empty.append(f"{query.text!r} ({query.class_id}), kept as {page.path}")
        only_repeats = bool(hits) and len(query.seen) == known
        enough = number == self._limits.max_pages or len(query.rows) >= self._limits.max_hits
        if query.request is None or only_repeats or enough:
            self._finish(query)

    def _take(self, query: Query, hit: dict[str, Any], asked_at: datetime) -> None:
        rank = hit.pop("place", query.hits)
        query.hits += 1
        url = hit.pop("file_url", None)
        if url is None:
            self.tally.unusable += 1
            return
        if url in query.seen:
            self.tally.repeated += 1
            return
        query.seen.add(url)
        word = query.pattern.search(normal(hit.get("title") or "")) if query.pattern else None
        if word:
            self.tally.excluded[word[0]] += 1
        elif not permitted(hit, self._limits.wanted):
            self.tally.unlicensed[hit.get("license") or "none given"] += 1
        elif len(query.rows) >= self._limits.max_hits:
            self.tally.beyond += 1
        else:
            query.rows.append({"class_id": query.class_id, "source": self.source.name, "query": query.text,
                               "rank": rank, "url": url, "found_at": asked_at, **hit})

    def _fetch(self, request: str, label: str) -> Page:
        """Return the kept page of a request, or ask for it; an old page serves where there is no new one.

        Raises:
            NoAnswer: it was never answered and is not answered now.
        """
        source = self.source
        key = f"{request}#{source.identity}" if source.identity else request
        page = self._pages.find(source.name, key, label)
        if page is not None and self._pages.is_fresh(page, self._now):
            return page
        if self._closed is None:
            self._check_budget()
        if self._closed is None:
            try:
                answer = self._answers.ask(request, source=source.name, interval=source.interval,
                                           headers=source.headers(), secrets=source.secrets, check=source.check)
                self.tally.asked += 1
                return self._pages.keep(source.name, key, label, answer.content, answer.content_type, answer.asked_at)
            except NoAnswer as error:
                self._close(str(error))
        if page is None:
            raise NoAnswer(self._closed or "")
        return page

    def _check_budget(self) -> None:
        if self.source.daily is None:
            return
        asked = self._pages.asked_since(self.source.name, self._answers.now() - DAY)
        if len(asked) >= self.source.daily:
            again_at = asked[len(asked) - self.source.daily] + DAY
            self._close(f"the {self.source.daily} requests within 24 hours are used; "
                        f"the next is free at {again_at:%Y-%m-%d %H:%M} UTC")

    def _close(self, reason: str) -> None:
        """Ask this source nothing more in this run; kept pages are still read."""
        self._closed = self._closed or reason

    def _finish(self, query: Query) -> None:
        query.open = False
        state = ", not finished" if query.unfinished else ""
        self._say(f"{self.source.name}: {query.class_id}: {query.text!r}: {len(query.rows)} candidates of {query.hits} "
                  f"hits on {query.pages} pages{state}")

    def _conclude(self) -> None:
        name, count = self.source.name, len(self.queries)
        unfinished = sum(query.unfinished for query in self.queries)
        if self._closed is not None:
            self.problems.append(f"{name}: {self._closed}. {unfinished} of {count} queries are not finished; "
                                 "run it again to go on, nothing is asked twice")
        for strange in self._strange:
            self.problems.append(f"{name}: the answer to {strange}. Look at the file, and remove it to ask again")
        if self._empty:
            sentence = f"{name}: {len(self._empty)} of {count} queries found nothing: {'; '.join(self._empty)}"
            if self._limits.allow_empty:
                self.notes.append(sentence)
            else:
                self.problems.append(f"{sentence}. Reword them in the classes file, or set scrape.allow_empty: true")
        self.notes.append(self._sum())

    def _sum(self) -> str:
        tally, queries = self.tally, self.queries
        hits, pages, rows = (sum(values) for values in zip(
            *((q.hits, q.pages, len(q.rows)) for q in queries), strict=True)) if queries else (0, 0, 0)
        left_out = [(sum(tally.excluded.values()), f"by exclude_words ({_most(tally.excluded)})"),
                    (sum(tally.unlicensed.values()), f"by scrape.licenses ({_most(tally.unlicensed)})"),
                    (tally.repeated, "repeated by a later page"), (tally.unusable, "without an address"),
                    (tally.beyond, "beyond scrape.max_hits")]
        parts = [f"{number} {why}" for number, why in left_out if number]
        return (f"{self.source.name}: {len(queries)} queries, {pages} pages ({tally.asked} asked now), {hits} hits, "
                f"{rows} candidates" + (f"; left out: {', '.join(parts)}" if parts else ""))


def words_pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds any of the words in a ``normal`` title, as whole words, or None for no words.

    A word ends where letters and digits do, so that ``C205`` is found in ``AMG_C205_front.jpg``; blanks and signs
    inside one stand for any: ``shooting brake`` is found in ``Shooting-Brake``.
    """
    alternatives = []
    for word in words:
        pieces = [re.escape(piece) for piece in re.split(r"[\W_]+", normal(word)) if piece]
        if pieces:
            alternatives.append(r"[\W_]+".join(pieces))
    if not alternatives:
        return None
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(alternatives)})(?![^\W_])")


def normal(text: str) -> str:
    """Return a text without differences in case and in the coding of accents."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def permitted(row: dict[str, Any], wanted: Sequence[Licence]) -> bool:
    """Whether a candidate is under one of the licences; none wanted means any, and no licence given is none of them."""
    if not wanted:
        return True
    found = parse_licence(row.get("license"), row.get("license_url"))
    return any(licence.permits(found) for licence in wanted)


def _most(counts: Counter[str], limit: int = 5) -> str:
    shown = ", ".join(f"{name}: {number}" for name, number in counts.most_common(limit))
    return shown + (" …" if len(counts) > limit else "")
