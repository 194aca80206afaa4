"""Bing image search: result pages in HTML, only where scrape.sources names it.

There is no public API any more; whether a page may be read by a program is for Bing's terms to say, so nobody gets
this source without asking for it. Each result is a link whose attribute ``m`` is a JSON object: ``murl`` (picture),
``purl`` (page), ``t`` (title). Author and licence are not known.
"""

import html
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from lxml import etree
from lxml import html as lxml_html

from scrape.pages import Page
from scrape.sources.fields import at, text
from scrape.sources.paged import PageFeeder, PageParser, UnknownShape, WebSource

API = "https://www.bing.com/images/async"
PAGE_SIZE = 35
_RESULTS = ('//a[@m][contains(concat(" ", normalize-space(@class), " "), " iusc ")]'
            ' | //div[contains(concat(" ", normalize-space(@class), " "), " imgpt ")]/a[@m]')
# Bing puts the words of the query between these.
_HIGHLIGHT = str.maketrans("", "", "\ue000\ue001")


class BingFeeder(PageFeeder):
    """Addresses of the result pages, the query quoted."""

    def __init__(self, api: str):
        super().__init__()
        self._api = api

    def feed(self, query: str, number: int, before: Page | None) -> None:
        """Put the address of page ``number``; only the answer says whether it is the last."""
        first = 1 + (number - 1) * PAGE_SIZE
        self.out_queue.put(f"{self._api}?" + urlencode({"q": query, "first": first, "count": PAGE_SIZE}))


class BingParser(PageParser):
    """The results of one page."""

    def parse(self, response: Page, number: int) -> Iterator[dict[str, Any]]:
        """Yield one task a result."""
        try:
            parser = lxml_html.HTMLParser(encoding="utf-8")
            document = lxml_html.document_fromstring(response.content, parser=parser)
            results = document.xpath(_RESULTS)
        except (etree.ParserError, ValueError):
            results = []
        if not results and number == 1:
            raise UnknownShape("no a.iusc[m] and no div.imgpt > a[m]")
        for result in results:
            facts = _facts(result.get("m"))
            yield {
                "file_url": text(at(facts, "murl")),
                "page_url": text(at(facts, "purl")),
                "title": text((text(at(facts, "t")) or "").translate(_HIGHLIGHT)),
            }


def _facts(blob: str) -> Any:
    # Some pages escape the attribute twice.
    for candidate in (blob, html.unescape(blob)):
        try:
            return json.loads(candidate)
        except ValueError:
            continue
    return None


class Bing(WebSource):
    """The search at www.bing.com."""

    name = "bing"

    def __init__(self, api: str = API, interval: float = 2.0):
        self.feeder, self.parser, self.interval = BingFeeder(api), BingParser(), interval
