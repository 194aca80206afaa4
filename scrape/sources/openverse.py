"""Openverse: openly licensed pictures of many collections.

https://api.openverse.org/v1/. Anonymous clients may ask 20 results a page, 240 results a query, 20 requests a
minute and 200 a day; OAuth2 client credentials allow larger pages and more requests, not more depth. A query
without hits answers ``result_count`` 0.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from scrape.answers import Answers, NoAnswer
from scrape.licence import Licence
from scrape.pages import Page
from scrape.sources.fields import at, text, whole
from scrape.sources.paged import PageFeeder, PageParser, UnknownShape, WebSource, parse_json

API = "https://api.openverse.org/v1"
DEPTH = 240
ANONYMOUS_PAGE_SIZE = 20
REGISTERED_PAGE_SIZE = 80
LICENCES = ("by", "by-nc", "by-nc-nd", "by-nc-sa", "by-nd", "by-sa", "cc0", "nc-sampling+", "pdm", "sampling+")
_TOKEN_MARGIN = 60.0


class OpenverseFeeder(PageFeeder):
    """Addresses of the search, page by page up to the depth that Openverse allows."""

    def __init__(self, api: str, page_size: int, licences: tuple[str, ...]):
        super().__init__()
        self._api, self._page_size, self._licences = api, page_size, licences

    def feed(self, query: str, number: int, before: Page | None) -> None:
        """Put the address of page ``number``."""
        if number * self._page_size > DEPTH:
            return
        if before is not None and number > (whole(at(parse_json(before), "page_count")) or 0):
            return
        license = {"license": ",".join(self._licences)} if self._licences else {}
        self.out_queue.put(f"{self._api}/images/?" + urlencode({
            "q": query, **license, "page_size": self._page_size, "page": number}))


class OpenverseParser(PageParser):
    """The results of one answer."""

    def parse(self, response: Page, number: int) -> Iterator[dict[str, Any]]:
        """Yield one task a result."""
        document = parse_json(response)
        results, count = document.get("results"), document.get("result_count")
        if not isinstance(results, list) or not isinstance(count, int):
            raise UnknownShape("no results and result_count")
        if not results and count and number == 1:
            raise UnknownShape(f"result_count is {count}, but results is empty")
        for result in results:
            license, version = text(at(result, "license")), text(at(result, "license_version"))
            yield {
                "file_url": text(at(result, "url")),
                "page_url": text(at(result, "foreign_landing_url")),
                "title": text(at(result, "title")),
                "author": text(at(result, "creator")),
                "license": f"{license} {version}" if license and version else license,
                "license_url": text(at(result, "license_url")),
                "width": whole(at(result, "width")),
                "height": whole(at(result, "height")),
            }


class Openverse(WebSource):
    """The search at api.openverse.org.

    Args:
        answers: asks for the token, where there are credentials.
        api: address of the API's version 1.
        interval: seconds between two requests.
        daily: requests within 24 hours.
        wanted: licences that are wanted; those that Openverse knows are asked for, so that no request is spent
            on others. Empty for any.
        credentials: client id and secret, or None.
    """

    name = "openverse"

    def __init__(self, answers: Answers, api: str = API, interval: float = 3.0, daily: int = 200,
                 wanted: tuple[Licence, ...] = (), credentials: tuple[str, str] | None = None):
        licences = tuple(code for code in LICENCES if code in {licence.family for licence in wanted})
        page_size = REGISTERED_PAGE_SIZE if credentials else ANONYMOUS_PAGE_SIZE
        self.feeder, self.parser = OpenverseFeeder(api, page_size, licences), OpenverseParser()
        self.interval, self.daily = interval, daily
        self._answers, self._api, self._credentials = answers, api, credentials
        self._token, self._token_until = "", float("-inf")

    def headers(self) -> Mapping[str, str]:
        """Return the Authorization header, where there are credentials, with a token that is still good."""
        if self._credentials is None:
            return {}
        clock = self._answers.monotonic
        if clock() >= self._token_until:
            self._token, seconds = self._fetch_token(self._credentials)
            self._token_until = clock() + seconds - _TOKEN_MARGIN
        return {"Authorization": f"Bearer {self._token}"}

    def _fetch_token(self, credentials: tuple[str, str]) -> tuple[str, float]:
        answer = self._answers.ask(
            f"{self._api}/auth_tokens/token/", source=self.name, interval=self.interval,
            data={"grant_type": "client_credentials", "client_id": credentials[0], "client_secret": credentials[1]})
        try:
            document = json.loads(answer.content)
        except ValueError:
            document = None
        token = text(at(document, "access_token"))
        if token is None:
            raise NoAnswer("the token endpoint answered without access_token; check OPENVERSE_CLIENT_ID and "
                           "OPENVERSE_CLIENT_SECRET")
        return token, float(whole(at(document, "expires_in")) or 3600)
