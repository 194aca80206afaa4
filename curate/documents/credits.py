"""CREDITS.md: who made each picture of the data set, under which licence, and where it is from."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from curate.documents.markup import escape_markdown, link_markdown, plain, web_address

_HEAD = """# Credits

{count} pictures, sorted by file. Each line names what a Creative Commons licence asks for: title, author, licence and
source. The pictures were scaled down to at most {max_side} pixels a side, turned upright and saved as JPEG without
metadata; nothing else was changed. Their licences are their authors' choice and go with every copy.
"""


def format_credits(attribution: pd.DataFrame, names: Mapping[str, str], max_side: int) -> str:
    """Return CREDITS.md: one section a class, one line a picture, markup in titles and authors escaped.

    Args:
        attribution: :func:`curate.documents.attribution.attribute`, sorted by file.
        names: class_id → name as people say it; a class without one goes by its class_id.
        max_side: ``split.max_side``, px.
    """
    parts = [_HEAD.format(count=f"{len(attribution):,}", max_side=max_side), _count_licences(attribution)]
    for class_id, rows in attribution.groupby("class_id", sort=True):
        parts.append(f"\n## {escape_markdown(names.get(class_id, class_id))}\n\n")
        parts.extend(_format_line(row) for row in rows.itertuples())
    return "".join(parts)


def _format_line(row: Any) -> str:
    title = f"“{escape_markdown(row.title)}”" if plain(row.title) else "Untitled"
    author = escape_markdown(row.author) or "unknown author"
    terms = link_markdown(row.license, row.license_url) if plain(row.license) else "licence unknown"
    page = web_address(row.page_url) or web_address(row.url)
    where = f"[source](<{page}>)" if page else f"source: {escape_markdown(row.url)}"
    return f"- {escape_markdown(row.file)}: {title} by {author}, {terms}, {where}\n"


def _count_licences(attribution: pd.DataFrame) -> str:
    if not len(attribution):
        return "\nThere are no pictures yet.\n"
    licences = attribution["license"].map(plain).replace("", "licence unknown")
    counts = licences.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    rows = "".join(f"| {escape_markdown(name)} | {count:,} |\n" for name, count in counts.items())
    return f"\n| Licence | Pictures |\n|---|---:|\n{rows}"
