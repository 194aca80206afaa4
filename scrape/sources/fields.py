"""Values out of a foreign answer, whatever their type: text, whole number, text without markup."""

import re
from typing import Any

from lxml import etree, html


def text(value: Any) -> str | None:
    """Return a text without blanks at its edges; None for another type or nothing but blanks."""
    if not isinstance(value, str):
        return None
    # Lone surrogates (JSON's \ud800) and control characters fit in no table and no terminal.
    clean = re.sub(r"[\x00-\x1f\x7f]+", " ", value.encode("utf-8", "replace").decode("utf-8")).strip()
    return clean or None


def whole(value: Any) -> int | None:
    """Return a whole number above 0, also from digits in a text; else None."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else None


def plain(value: Any) -> str | None:
    """Return the text of a piece of HTML, blanks collapsed; None where there is none."""
    markup = text(value)
    if markup is None or not re.search(r"[<&]", markup):
        return markup
    try:
        content = html.fragment_fromstring(markup, create_parent="div").text_content()
    except (etree.ParserError, ValueError):
        content = re.sub(r"<[^>]*>", " ", markup)
    return text(" ".join(content.split()))


def at(value: Any, *keys: str | int) -> Any:
    """Return ``value[key][key]…``, or None as soon as a step is not there."""
    for key in keys:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return None
    return value
