"""Answers in the format of Wikimedia Commons, as documented for generator=search with prop=imageinfo."""

from typing import Any

from tests.scrape.search_web import Asked, as_json


def commons_file(index: int, name: str, **changes: Any) -> dict[str, Any]:
    """Return one file of ``query.pages``; ``index`` is its place in the search, from 1."""
    address = f"https://upload.wikimedia.org/wikipedia/commons/a/ab/{name}"
    return {
        "pageid": 70000 - index, "ns": 6, "title": f"File:{name.replace('_', ' ')}", "index": index,
        "imagerepository": "local",
        "imageinfo": [{
            "size": 3456789, "width": 4000, "height": 3000,
            "thumburl": f"{address.replace('/commons/', '/commons/thumb/')}/1280px-{name}",
            "thumbwidth": 1280, "thumbheight": 960, "responsiveUrls": {"1.5": address},
            "url": address, "descriptionurl": f"https://commons.wikimedia.org/wiki/File:{name}",
            "descriptionshorturl": "https://commons.wikimedia.org/w/index.php?curid=1",
            "sha1": "0f" * 20, "mime": "image/jpeg",
            "extmetadata": {
                "LicenseShortName": {"value": "CC BY-SA 4.0", "source": "commons-desc-page", "hidden": ""},
                "LicenseUrl": {"value": "https://creativecommons.org/licenses/by-sa/4.0", "source": "commons-desc"},
                "Artist": {"value": '<a href="//commons.wikimedia.org/wiki/User:Jane">Jane &amp; Co</a>',
                           "source": "commons-desc-page"},
                "Credit": {"value": '<span class="int-own-work">Own work</span>', "source": "commons-desc-page"},
            },
        }],
    } | changes


def commons_answer(*files: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an answer (formatversion=2); without files it is what Commons answers when nothing is found."""
    return {"batchcomplete": True} | ({"query": {"pages": list(files)}} if files else {}) | more


def commons_search(counts: dict[str, int], page_size: int = 50) -> Any:
    """Return a ``respond`` that finds ``counts[query]`` files for a query."""
    def respond(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        text = asked.query["gsrsearch"].removeprefix("filetype:bitmap ")
        offset, count = int(asked.query.get("gsroffset", 0)), counts.get(text, 0)
        last = min(offset + page_size, count)
        slug = text.replace(" ", "-")
        files = [commons_file(n + 1, f"{slug}_{n}.jpg") for n in range(offset, last)]
        going_on = {"continue": {"gsroffset": last, "continue": "gsroffset||"}} if last < count else {}
        # The API lists by page id, not by place.
        return as_json(commons_answer(*reversed(files), **going_on))
    return respond
