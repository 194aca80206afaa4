"""Image search in the answer format of Wikimedia Commons (MediaWiki's action API).

https://www.mediawiki.org/wiki/API:Search and https://www.mediawiki.org/wiki/API:Imageinfo
"""

import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

from sandbox.connection import Answer, Request
from sandbox.image_host import THUMBNAIL_WIDTHS
from sandbox.plan import Item, Plan

DEFAULT_LIMIT, MAX_LIMIT = 10, 50
MEDIA_TYPES = {"png": "image/png", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif",
               "heic": "image/heic", "svg": "image/svg+xml", "tiff": "image/tiff", "bmp": "image/x-ms-bmp"}

# LicenseShortName and LicenseUrl as Commons gives them; some files lack one or both.
LICENSES: tuple[tuple[str | None, str | None], ...] = (
    ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0"),
    ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0"),
    ("CC BY-SA 3.0", "https://creativecommons.org/licenses/by-sa/3.0"),
    ("CC BY 2.0", "https://creativecommons.org/licenses/by/2.0"),
    ("CC BY-SA 2.0 de", "https://creativecommons.org/licenses/by-sa/2.0/de/deed.en"),
    ("CC0", "http://creativecommons.org/publicdomain/zero/1.0/deed.en"),
    ("Public domain", None),
    ("GFDL", "http://www.gnu.org/copyleft/fdl.html"),
    (None, None),
)

# Artist is HTML that anybody may write.
ARTISTS: tuple[str | None, ...] = (
    '<a href="//commons.wikimedia.org/wiki/User:Muster" title="User:Muster">Muster</a>',
    '<a href="https://www.flickr.com/people/12345678@N00">Anna &amp; Björn Lindström</a> from Göteborg, Sweden',
    '<span class="fn">\n<bdi>Żaneta Kowalska</bdi></span>',
    "M 93",
    '<div class="fn value">\n<a rel="nofollow" class="external text" href="https://example.org/~x">K. O\'Neil</a>',
    'Carlos<script>document.title="taken over"</script> Díaz',
    '<img src="x" onerror="alert(1)"><b>Bold Photographer</b>',
    "<style>.mw-parser-output{color:red}</style>Unknown author<span style=\"display: none;\">Unknown author</span>",
    None,
)


class SearchApi:
    """Answers for /w/api.php.

    Args:
        base_url: address of the server, as it stands in the answers.
    """

    def __init__(self, plan: Plan, base_url: str):
        self._plan, self._base = plan, base_url
        self._page_ids = {item.path: 1000 + n for n, item in enumerate(plan.items)}
        self._classes: dict[str, list[str]] = {}
        self._places: dict[str, tuple[int, int]] = {}
        for known in plan.classes:
            for text in known.queries:
                self._classes.setdefault(_normal(text), []).append(known.class_id)
            texts = (*known.queries_en, *known.queries_de)
            self._places.update({_normal(text): (place, len(texts)) for place, text in enumerate(texts)})

    def hits(self, query: str) -> list[Item]:
        """Return the hits of a query in their order.

        One query shows a part of a class's pictures, in an order of its own; some are shown by several, and
        the queries of both languages show all of them together. The class's name alone shows all.
        """
        text = _normal(query)
        place, count = self._places.get(text, (0, 1))
        found = {item.path: item for class_id in self._classes.get(text, ()) for item in self._plan.found_by(class_id)}
        return sorted((item for item in found.values() if _shows(item, text, place, count)),
                      key=lambda item: _draw(text, item.path))

    def respond(self, request: Request) -> Answer:
        """Return the answer to a query of the API; what Commons would not understand is an error in its format."""
        query = request.query
        if not request.headers.get("user-agent"):
            return Answer(403, b"Please set a user-agent and respect our robot policy https://w.wiki/4wJS.\n",
                          "text/plain; charset=utf-8")
        if query.get("action") != "query" or query.get("generator") != "search":
            return _error("badvalue", "The sandbox answers action=query with generator=search only.")
        if query.get("format") != "json":
            return _error("badformat", "The sandbox answers format=json only.")
        if "gsrsearch" not in query:
            return _error("missingparam", 'The "gsrsearch" parameter must be set.')
        if query.get("gsrnamespace", "0") != "6":
            return _json({"batchcomplete": ""})  # only the namespace File: has any page
        try:
            limit = MAX_LIMIT if query.get("gsrlimit") == "max" else int(query.get("gsrlimit", DEFAULT_LIMIT))
            offset, width = int(query.get("gsroffset", 0)), int(query.get("iiurlwidth", -1))
        except ValueError as error:
            return _error("badinteger", str(error))
        limit = max(1, min(limit, MAX_LIMIT))
        hits = self.hits(query["gsrsearch"])
        return _json(self._page(hits, offset, limit, width, query))

    def _page(self, hits: list[Item], offset: int, limit: int, width: int, query: dict[str, str]) -> dict[str, Any]:
        second = query.get("formatversion") == "2"
        answer: dict[str, Any] = {"batchcomplete": True if second else ""}
        if offset + limit < len(hits):
            answer["continue"] = {"gsroffset": offset + limit, "continue": "gsroffset||"}
        pages = [self._describe(item, offset + n + 1, width, query)
                 for n, item in enumerate(hits[offset:offset + limit])]
        if pages:
            answer["query"] = {"pages": pages if second else {str(page["pageid"]): page for page in pages}}
        return answer

    def _describe(self, item: Item, index: int, width: int, query: dict[str, str]) -> dict[str, Any]:
        page: dict[str, Any] = {
            "pageid": self._page_ids[item.path], "ns": 6, "title": f"File:{item.title}", "index": index}
        if "imageinfo" in query.get("prop", "").split("|"):
            page |= {"imagerepository": "local", "imageinfo": [self._info(item, query, width)]}
        return page

    def _info(self, item: Item, query: dict[str, str], width: int) -> dict[str, Any]:
        wanted = query.get("iiprop", "timestamp|user").split("|")
        picture = item.picture
        info: dict[str, Any] = {}
        if "size" in wanted:
            # What the file really weighs is known only once it is drawn: claims, as on any page of hits.
            info |= {"size": picture.width * picture.height // 7, "width": picture.width, "height": picture.height}
        if "url" in wanted:
            if width > 0:
                info |= self._thumbnail(item, width)
            info |= {"url": self._base + item.path, "descriptionurl": self._base + item.page,
                     "descriptionshorturl": f"{self._base}/w/index.php?curid={self._page_ids[item.path]}"}
        if "sha1" in wanted:
            info["sha1"] = hashlib.sha1(item.path.encode(), usedforsecurity=False).hexdigest()
        if "mime" in wanted:
            info["mime"] = MEDIA_TYPES.get(item.title.rpartition(".")[2], "image/jpeg")
        if "extmetadata" in wanted:
            chosen = [name for name in query.get("iiextmetadatafilter", "").split("|") if name]
            info["extmetadata"] = {name: value for name, value in _metadata(item).items()
                                   if not chosen or name in chosen}
        return info

    def _thumbnail(self, item: Item, width: int) -> dict[str, Any]:
        standard = next((step for step in THUMBNAIL_WIDTHS if step >= width), THUMBNAIL_WIDTHS[-1])
        picture = item.picture
        if standard >= picture.width:
            return {"thumburl": self._base + item.path, "thumbwidth": picture.width, "thumbheight": picture.height}
        name = item.path.rpartition("/")[2].partition("?")[0]
        folder = item.path.partition("?")[0].replace("/images/", "/images/thumb/", 1)
        return {"thumburl": f"{self._base}{folder}/{standard}px-{name}", "thumbwidth": standard,
                "thumbheight": round(picture.height * standard / picture.width)}


def _shows(item: Item, text: str, place: int, count: int) -> bool:
    own = int(_draw("place", item.path), 16) % count == place
    return own or int(_draw("also " + text, item.path), 16) % 4 == 0


def _draw(salt: str, path: str) -> str:
    return hashlib.blake2b(f"{salt}\n{path}".encode(), digest_size=8).hexdigest()


def _normal(query: str) -> str:
    """Return a query without case, quotes, search operators (``filetype:bitmap``) and extra spaces."""
    words = re.sub(r'["“”„]', " ", query).casefold().split()
    return " ".join(word for word in words if not re.match(r"^-?[a-z]+:", word))


def _metadata(item: Item) -> dict[str, Any]:
    chance = int(_draw("metadata", item.path), 16)
    license_, url = LICENSES[chance % len(LICENSES)]
    artist = ARTISTS[chance // 97 % len(ARTISTS)]
    values = {
        "ObjectName": item.title.rpartition(".")[0], "LicenseShortName": license_, "LicenseUrl": url, "Artist": artist,
        "Credit": '<span class="int-own-work" lang="en">Own work</span>',
        "AttributionRequired": "false" if license_ in ("CC0", "Public domain") else "true",
        "ImageDescription": f"<p>{item.title}, drawn by the sandbox</p>",
    }
    return {name: {"value": value, "source": "commons-desc-page"} for name, value in values.items() if value}


def _json(body: dict[str, Any], *headers: tuple[str, str]) -> Answer:
    return Answer(200, json.dumps(body).encode(), "application/json; charset=utf-8", headers)


def _error(code: str, info: str) -> Answer:
    return _json({"error": {"code": code, "info": info}, "servedby": "sandbox"}, ("MediaWiki-API-Error", code))


def file_page(item: Item, base_url: str) -> Answer:
    """Return the page that shows one file, for people who follow a link."""
    text = (f"<!DOCTYPE html><meta charset='utf-8'><title>File:{item.title}</title><h1>File:{item.title}</h1>"
            f"<p>Drawn by the sandbox; no photograph, no real car.</p>"
            f"<img src='{quote(item.path, safe='/%?=&')}' alt=''>")
    return Answer(200, text.encode(), "text/html; charset=utf-8")
