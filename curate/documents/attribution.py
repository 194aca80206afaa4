"""Who made each picture: title, author, source and licence, as Creative Commons asks for them."""

import pandas as pd

from curate.documents.markup import plain

COLUMNS = ("sha256", "class_id", "split", "file", "title", "author", "license", "license_url", "page_url", "url",
           "source", "found_at")


def attribute(manifest: pd.DataFrame, hits: pd.DataFrame) -> pd.DataFrame:
    """Return ``COLUMNS`` for every picture of the manifest, sorted by file.

    The manifest says who and under which licence; title, source and time are those of the hit that the
    file was fetched from. Where no hit of this picture has the manifest's address they are null.

    Args:
        manifest: ``tables.MANIFEST``.
        hits: ``tables.HITS``.
    """
    found = hits.loc[hits["sha256"].notna(), ["sha256", "url", "title", "source", "found_at", "rank", "class_id"]]
    found = found.sort_values(["sha256", "url", "rank", "class_id"]).drop_duplicates(["sha256", "url"])
    joined = manifest.merge(found[["sha256", "url", "title", "source", "found_at"]], on=["sha256", "url"], how="left")
    return joined.sort_values("file", ignore_index=True)[list(COLUMNS)]


def credit_line(title: object, author: object, license: object) -> str:
    """Return one picture's credit as plain text: “Title” by Author, licence; what is unknown is said."""
    name = f"“{plain(title)}”" if plain(title) else "Untitled"
    return f"{name} by {plain(author) or 'unknown author'}, {plain(license) or 'licence unknown'}"
