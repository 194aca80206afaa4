"""metadata.csv as Hugging Face's imagefolder reads it: one beside each split's class folders."""

import csv
import io

import pandas as pd

from curate.documents.attribution import credit_line
from curate.documents.markup import plain

COLUMNS = ("file_name", "label", "sha256", "split_group_id", "width", "height", "title", "author", "license",
           "license_url", "page_url", "url", "source", "credit")
_TEXTS = ("title", "author", "license", "license_url", "page_url", "url", "source", "credit")
UNKNOWN = "unknown"
# pandas.read_csv takes these for a missing value or a truth value (pandas, "na_values" of read_csv).
_NOT_TEXT = frozenset(("", "#n/a", "#n/a n/a", "#na", "-1.#ind", "-1.#qnan", "-nan", "1.#ind", "1.#qnan", "<na>", "n/a",
                       "na", "null", "nan", "none", "true", "false"))


def make_metadata(manifest: pd.DataFrame, attribution: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the metadata of each split, ``train`` and ``valid``: ``COLUMNS``, sorted by file_name.

    ``datasets`` wants a file for each split, since every row of a split's files becomes an example, and
    the same column types in all of them; they are guessed by pandas from the CSV. So no text is missing
    (``unknown`` stands there), and one that reads as a number or a missing value is put in quotation marks.

    Args:
        manifest: ``tables.MANIFEST``; a file is ``<split>/<class_id>/<name>``.
        attribution: :func:`curate.documents.attribution.attribute` of the same manifest.
    """
    sizes = manifest[["file", "split_group_id", "width", "height"]]
    rows = attribution.merge(sizes, on="file", how="left")
    rows["credit"] = [credit_line(*values) for values in
                      zip(rows["title"], rows["author"], rows["license"], strict=True)]
    for column in _TEXTS:
        rows[column] = rows[column].map(_as_text)
    rows = rows.rename(columns={"class_id": "label"})
    rows["file_name"] = [file.removeprefix(f"{split}/") for file, split in
                         zip(rows["file"], rows["split"], strict=True)]
    return {split: rows.loc[rows["split"] == split, list(COLUMNS)].reset_index(drop=True)
            for split in ("train", "valid")}


def format_metadata(rows: pd.DataFrame) -> str:
    """Return the rows as CSV (RFC 4180) with a header."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(rows.columns)
    writer.writerows(rows.itertuples(index=False, name=None))
    return buffer.getvalue()


def _as_text(value: object) -> str:
    text = plain(value)
    if not text:
        return UNKNOWN
    try:
        float(text.replace("_", ""))
    except ValueError:
        return f"“{text}”" if text.lower() in _NOT_TEXT else text
    return f"“{text}”"
