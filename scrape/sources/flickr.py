"""Flickr: flickr.photos.search with a key.

https://www.flickr.com/services/api/flickr.photos.search.html. icrawler's FlickrFeeder makes the addresses. Its
FlickrParser asks a second request a photo for the sizes, and knows neither licence nor author; the ``extras`` of the
search give all of that at once. A query without hits answers ``total`` 0.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from icrawler.builtin import FlickrFeeder

from scrape.answers import Refusal
from scrape.licence import Licence, parse_licence
from scrape.pages import Page
from scrape.sources.fields import at, text, whole
from scrape.sources.paged import Fetch, PageFeeder, PageParser, UnknownShape, WebSource, parse_json

API = "https://api.flickr.com/services/rest/"
KEY_PLACEHOLDER = "FLICKR-API-KEY"
PAGE_SIZE = 100
# Large enough for any use as training data before the original, which may be 20 MB; then what is left.
SIZES = ("h", "l", "c", "z", "o", "m")
# "Service currently unavailable", "search API is not currently available", and errors without a cause.
_PASSING_CODES = (0, 10, 105, 106)


class FlickrPages(PageFeeder, FlickrFeeder):
    """icrawler's FlickrFeeder, of whose addresses the one page is taken that is asked for."""

    def __init__(self, api: str):
        super().__init__()
        self._api = api
        self.licence_ids: tuple[str, ...] = ()

    def feed(self, query: str, number: int, before: Page | None) -> None:
        """Put the address of page ``number``."""
        if before is not None and number > (whole(at(parse_json(before), "photos", "pages")) or 0):
            return
        license = {"license": ",".join(self.licence_ids)} if self.licence_ids else {}
        FlickrFeeder.feed(self, KEY_PLACEHOLDER, text=query, sort="relevance", content_type=1, safe_search=1,
                          per_page=PAGE_SIZE, **license,
                          extras=",".join(["license", "owner_name", "path_alias", *(f"url_{s}" for s in SIZES)]))
        for address in islice(list(self.drain()), number - 1, number):
            self.out_queue.put(f"{self._api}?{address.partition('?')[2]}")


class FlickrPhotos(PageParser):
    """The photos of one answer; ``licences`` (id → name, address) comes from flickr.photos.licenses.getInfo."""

    licences: Mapping[str, tuple[str | None, str | None]] = {}

    def parse(self, response: Page, number: int) -> Iterator[dict[str, Any]]:
        """Yield one task a photo."""
        document = parse_json(response)
        photos = at(document, "photos", "photo")
        if not isinstance(photos, list):
            raise UnknownShape("no photos.photo")
        if not photos and number == 1 and whole(at(document, "photos", "total")):
            raise UnknownShape("photos.total is above 0, but photos.photo is empty")
        for photo in photos:
            size = next((s for s in SIZES if text(at(photo, f"url_{s}"))), "")
            license, license_url = self._licence(at(photo, "license"))
            owner, photo_id = text(at(photo, "pathalias")) or text(at(photo, "owner")), text(at(photo, "id"))
            yield {
                "file_url": text(at(photo, f"url_{size}")),
                "page_url": f"https://www.flickr.com/photos/{owner}/{photo_id}" if owner and photo_id else None,
                "title": text(at(photo, "title")) or text(at(photo, "title", "_content")),
                "author": text(at(photo, "ownername")),
                "license": license,
                "license_url": license_url,
                "width": whole(at(photo, f"width_{size}")),
                "height": whole(at(photo, f"height_{size}")),
            }

    def _licence(self, id: Any) -> tuple[str | None, str | None]:
        if id is None:
            return None, None
        return self.licences.get(str(id), (f"Flickr licence {id}", None))


class Flickr(WebSource):
    """The search at api.flickr.com.

    Args:
        key: the API key; it is put into the address on the wire only.
        wanted: licences that are wanted; Flickr is asked for their ids. Empty for any.
        api: address of the REST endpoint.
        interval: seconds between two requests; 3,600 an hour are allowed.
    """

    name = "flickr"

    def __init__(self, key: str, wanted: tuple[Licence, ...] = (), api: str = API, interval: float = 1.0):
        self._pages, self._photos = FlickrPages(api), FlickrPhotos()
        self.feeder, self.parser = self._pages, self._photos
        self._key, self._wanted, self._api, self.interval = key, wanted, api, interval

    @property
    def secrets(self) -> Mapping[str, str]:
        """The key's placeholder and the key."""
        return {KEY_PLACEHOLDER: quote(self._key, safe="")}

    def prepare(self, fetch: Fetch) -> None:
        """Learn which licence has which id."""
        page = fetch(f"{self._api}?" + urlencode({"method": "flickr.photos.licenses.getInfo", "format": "json",
                                                  "api_key": KEY_PLACEHOLDER, "nojsoncallback": 1}))
        listed = at(parse_json(page), "licenses", "license")
        if not isinstance(listed, list):
            raise UnknownShape("no licenses.license")
        known = {str(at(entry, "id")): (text(at(entry, "name")), text(at(entry, "url"))) for entry in listed}
        self._photos.licences = known
        self._pages.licence_ids = tuple(
            id for id, (name, url) in known.items()
            if any(wanted.permits(parse_licence(name, url)) for wanted in self._wanted))

    def check(self, content: bytes) -> None:
        """Raise Refusal for Flickr's errors, which come with HTTP status 200."""
        try:
            document = json.loads(content)
        except ValueError:
            return
        if at(document, "stat") == "fail":
            code = at(document, "code")
            advice = "; check FLICKR_API_KEY" if code == 100 else ""
            raise Refusal(f"error {code}: {text(at(document, 'message')) or 'no explanation'}{advice}",
                          passing=code in _PASSING_CODES)
