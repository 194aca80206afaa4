"""Texts and addresses from the web, made harmless for Markdown, CSV and links."""

import re
import unicodedata
from urllib.parse import quote, urlsplit

# Characters that turn the reading direction can make a text show what it does not say (Trojan Source, CVE-2021-42574).
_DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What starts something inside a line of CommonMark or GitHub's Markdown: code, emphasis, links, HTML, entities, table
# cells, addresses ("https:", "www."), mentions, formulas. What only matters at the start of a line is left alone.
_MARKUP = re.compile(r"[\\`*_\[\]<>&|~!#@:$]|(?<=www)\.", re.IGNORECASE)
# What may stand in an address unescaped (RFC 3986), without the brackets and quotes that end a link in Markdown.
_URL_SAFE = "%/:=&?~#+!$,;@*-._"


def plain(text: object) -> str:
    """Return ``text`` on one line, without control and direction characters; empty for a missing value."""
    if not isinstance(text, str):
        return ""
    if text.isprintable():  # nearly all are; then there is nothing to look for letter by letter
        return " ".join(text.split())
    kept = "".join(c if unicodedata.category(c) not in ("Cc", "Zl", "Zp", "Cs") else " "
                   for c in text if c not in _DIRECTIONS)
    return " ".join(kept.split())


def escape_markdown(text: object) -> str:
    """Return ``text`` so that Markdown shows it as it is, within a line: no link, picture, HTML or cell comes of it.

    A backslash before any punctuation of ASCII makes it plain (CommonMark 0.31, section 2.4).
    """
    return _MARKUP.sub(r"\\\g<0>", plain(text))


def web_address(url: object) -> str | None:
    """Return ``url`` percent-encoded if it is an http or https address with a host, else None.

    Other schemes (``javascript:``, ``data:``, ``file:``) never become a link.
    """
    text = plain(url)
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    return quote(text, safe=_URL_SAFE) if parts.scheme in ("http", "https") and host else None


def link_markdown(label: object, url: object) -> str:
    """Return a Markdown link, or the label alone where ``url`` is no address of the web."""
    address = web_address(url)
    return f"[{escape_markdown(label)}](<{address}>)" if address else escape_markdown(label)
