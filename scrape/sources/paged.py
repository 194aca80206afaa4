"""What the paged web searches have in common: icrawler's Feeder and Parser, asked for one page at a time.

icrawler (0.6.10) splits a source into a Feeder, which turns a query into addresses of result pages, and a
Parser, which turns a page into tasks. Its queues, threads and Downloader lose data and its Crawler configures
the root logger, so none of them is used: ``next_request`` runs a feeder for one address, ``hits`` a parser over
one kept page. Neither touches the network.
"""

from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Any, ClassVar

from icrawler import Feeder, Parser
from icrawler.utils import Signal

from scrape.pages import Page

Fetch = Callable[[str], Page]
"""Return the page of a request, kept or asked."""


class UnknownShape(Exception):
    """An answer that is not in the form the parser knows; the message says what is missing."""


class PageFeeder(Feeder):
    """A Feeder without threads. ``feed`` puts the address of page ``number`` (from 1), or nothing after the last."""

    def __init__(self) -> None:
        super().__init__(thread_num=1, signal=Signal(), session=None)
        # CachedQueue marks an address as seen before it is in, and drops it the second time.
        self.out_queue: SimpleQueue[str] = SimpleQueue()

    def feed(self, query: str, number: int, before: Page | None) -> None:
        """Put the address of page ``number`` of ``query``; ``before`` is the page before it."""
        raise NotImplementedError

    def drain(self) -> Iterator[str]:
        """Yield the addresses that ``feed`` put."""
        while True:
            try:
                yield self.out_queue.get_nowait()
            except Empty:
                return


class PageParser(Parser):
    """A Parser without threads. ``parse`` yields one task a hit: ``file_url`` and the candidate's other fields.

    A task without ``file_url`` is a hit that cannot be used; it keeps its place in the ranking. ``place`` is the
    hit's place among all hits of the query, from 0, where the answer says so.
    """

    def __init__(self) -> None:
        super().__init__(thread_num=1, signal=Signal(), session=None)

    def parse(self, response: Page, number: int) -> Iterator[dict[str, Any]]:
        """Yield the hits of page ``number``.

        Raises:
            UnknownShape: the answer is not in the form of this source.
        """
        raise NotImplementedError


class WebSource:
    """A search on the web.

    Attributes:
        name: as in scrape.sources and the column ``source``.
        interval: seconds between two requests.
        identity: what else than the address an answer depends on; it is part of the page's key, not of the request.
        secrets: placeholder in a request → what stands there on the wire.
        daily: requests within 24 hours, or None where there is no such limit.
    """

    name: ClassVar[str]
    feeder: PageFeeder
    parser: PageParser
    interval: float = 0.0
    identity: str = ""
    daily: int | None = None

    @property
    def secrets(self) -> Mapping[str, str]:
        """Placeholder in a request → what stands there on the wire; empty where there is no key."""
        return {}

    def prepare(self, fetch: Fetch) -> None:
        """Ask what the source needs to know before the first query; nothing by default."""

    def headers(self) -> Mapping[str, str]:
        """Return further headers of a request; may ask for a token."""
        return {}

    def check(self, content: bytes) -> None:
        """Raise Refusal where a body with HTTP status 200 is a refusal; nothing by default."""

    def next_request(self, query: str, number: int, before: Page | None) -> str | None:
        """Return the address of page ``number`` (from 1), without secrets, or None after the last page."""
        self.feeder.feed(query=query, number=number, before=before)
        return next(self.feeder.drain(), None)

    def hits(self, page: Page, number: int) -> list[dict[str, Any]]:
        """Return the hits of a kept page.

        Raises:
            UnknownShape: the answer is not in the form of this source.
        """
        return list(self.parser.parse(page, number=number))


def parse_json(page: Page) -> dict[str, Any]:
    """Return the page's JSON object.

    Raises:
        UnknownShape: it is none.
    """
    try:
        document = page.json()
    except (ValueError, RecursionError) as error:
        raise UnknownShape("not JSON") from error
    if not isinstance(document, dict):
        raise UnknownShape("no JSON object")
    return document
