"""Wikimedia Commons: the MediaWiki API's search among files.

https://www.mediawiki.org/wiki/API:Search and https://www.mediawiki.org/wiki/API:Imageinfo. The API has no key, but
a User-Agent with a contact is required. A query without hits answers ``{"batchcomplete": true}`` without ``query``.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from scrape.answers import Refusal
from scrape.pages import Page
from scrape.sources.fields import at, plain, text, whole
from scrape.sources.paged import PageFeeder, PageParser, UnknownShape, WebSource, parse_json

API = "https://commons.wikimedia.org/w/api.php"
# The only widths that upload.wikimedia.org still renders (https://www.mediawiki.org/wiki/Common_thumbnail_sizes).
WIDTHS = (250, 330, 500, 960, 1280, 1920, 3840)
PAGE_SIZE = 50
_PASSING_ERRORS = ("ratelimited", "maxlag", "readonly", "internal_api_error", "cirrussearch", "search-", "timeout")


class CommonsFeeder(PageFeeder):
    """Addresses of the search; the page after one that has a ``continue`` object takes its values."""

    def __init__(self, api: str, width: int, search_prefix: str = "filetype:bitmap "):
        super().__init__()
        self._api, self._width, self._prefix = api, width, search_prefix

    def feed(self, query: str, number: int, before: Page | None) -> None:
        """Put the address of page ``number``."""
        going_on: dict[str, Any] = {}
        if before is not None:
            going_on = at(parse_json(before), "continue") or {}
            if not isinstance(going_on, dict):
                raise UnknownShape("continue is no object")
            if not going_on:
                return
        self.out_queue.put(f"{self._api}?" + urlencode({
            "action": "query", "format": "json", "formatversion": "2",
            "generator": "search", "gsrnamespace": "6", "gsrsearch": self._prefix + query, "gsrlimit": PAGE_SIZE,
            "prop": "imageinfo", "iiprop": "url|mime|size|sha1|extmetadata", "iiurlwidth": self._width,
            "iiextmetadatafilter": "LicenseShortName|LicenseUrl|Artist|Credit", **going_on,
        }))


class CommonsParser(PageParser):
    """The files of one answer, in the order of the search."""

    def parse(self, response: Page, number: int) -> Iterator[dict[str, Any]]:
        """Yield one task a file."""
        document = parse_json(response)
        files = at(document, "query", "pages")
        if files is None:
            if "batchcomplete" not in document or "query" in document:
                raise UnknownShape("neither query.pages nor batchcomplete alone")
            return
        if isinstance(files, dict):  # formatversion=1
            files = list(files.values())
        if not isinstance(files, list):
            raise UnknownShape("query.pages is no list")
        # The API lists by page id; `index`, from 1, is the place in the search.
        for file in sorted(files, key=lambda file: whole(at(file, "index")) or 0):
            info = at(file, "imageinfo", 0)
            if info is None and "continue" in document and not at(file, "missing"):
                continue  # A batch too large for one answer: this file's imageinfo is in a later part.
            index = whole(at(file, "index"))
            yield _task(file, info) | ({"place": index - 1} if index else {})


def _task(file: Any, info: Any) -> dict[str, Any]:
    thumbnail = text(at(info, "thumburl"))
    title = text(at(file, "title"))
    extra = at(info, "extmetadata")
    return {
        "file_url": thumbnail or text(at(info, "url")),
        "page_url": text(at(info, "descriptionurl")),
        "title": title.removeprefix("File:") if title else None,
        "author": plain(at(extra, "Artist", "value")),
        "license": plain(at(extra, "LicenseShortName", "value")),
        "license_url": text(at(extra, "LicenseUrl", "value")),
        "width": whole(at(info, "thumbwidth" if thumbnail else "width")),
        "height": whole(at(info, "thumbheight" if thumbnail else "height")),
    }


class Commons(WebSource):
    """The search at commons.wikimedia.org."""

    name = "commons"

    def __init__(self, api: str = API, width: int = 1280, interval: float = 1.0):
        self.feeder, self.parser, self.interval = CommonsFeeder(api, width), CommonsParser(), interval

    def check(self, content: bytes) -> None:
        """Raise Refusal for MediaWiki's errors, which come with HTTP status 200."""
        if b'"error"' not in content:
            return
        try:
            error = at(json.loads(content), "error")
        except ValueError:
            return
        if error is not None:
            code = text(at(error, "code")) or "unknown error"
            raise Refusal(f"{code}: {text(at(error, 'info')) or 'no explanation'}",
                          passing=code.startswith(_PASSING_ERRORS))
