"""What hosts say about being read: robots.txt, and headers that reserve a picture from machine learning."""

import re
from collections.abc import Iterable

from protego import Protego

from scrape.agent import PRODUCT

MAX_ROBOTS_BYTES = 500 * 1024
"""What is read of a robots.txt; the least that RFC 9309, 2.5 asks for."""

# Directives of X-Robots-Tag that have a value of their own after a colon, so that what stands before the
# colon is no user agent.
_WITH_VALUE = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
_AGENT = re.compile(r"(\*|[a-z][a-z0-9._-]*)(/\S*)?")


class Robots:
    """The rules of one origin for us.

    Args:
        body: the robots.txt, of which at most ``MAX_ROBOTS_BYTES`` count; None allows everything.
    """

    def __init__(self, body: bytes | None):
        text = (body or b"")[:MAX_ROBOTS_BYTES].decode("utf-8", errors="replace").removeprefix("\ufeff")
        self._rules = Protego.parse(text) if text.strip() else None

    def allows(self, url: str) -> bool:
        """Return whether we may ask for ``url``."""
        return self._rules is None or self._rules.can_fetch(url, PRODUCT)

    @property
    def crawl_delay(self) -> float:
        """Seconds between two requests that the host asks for; 0 where it says nothing."""
        return 0.0 if self._rules is None else max(self._rules.crawl_delay(PRODUCT) or 0.0, 0.0)


def robots_tags(headers: Iterable[str]) -> set[str]:
    """Return the directives of X-Robots-Tag headers that hold for us, in lower case.

    Args:
        headers: the value of each header. In one value, directives stand between commas; ``agent: directive``
            holds for that agent alone, and so does what follows it up to the next agent.
    """
    tags = set()
    for header in headers:
        agent = None
        for element in header.lower().split(","):
            directive = element.strip()
            name, colon, rest = (part.strip() for part in directive.partition(":"))
            named = _AGENT.fullmatch(name) if colon and name not in _WITH_VALUE else None
            if named:
                agent, directive = named[1], rest
            if agent in (None, "*", PRODUCT.lower()):
                tags.add(directive)
    if "none" in tags:  # short for noindex, nofollow
        tags |= {"noindex", "nofollow"}
    return tags


def reservation(robots_headers: Iterable[str], tdm_headers: Iterable[str], refused: Iterable[str]) -> str | None:
    """Return what reserves a picture from us, or None.

    Args:
        robots_headers: values of the X-Robots-Tag headers.
        tdm_headers: values of the TDM-Reservation headers (TDM Reservation Protocol, W3C community group, 2024);
            1 reserves all rights.
        refused: directives of X-Robots-Tag that are taken as a refusal.

    Returns:
        The directive (the first by alphabet), ``tdm-reservation``, or None.
    """
    found = robots_tags(robots_headers) & {directive.lower() for directive in refused}
    if found:
        return min(found)
    return "tdm-reservation" if any(value.strip() == "1" for value in tdm_headers) else None
