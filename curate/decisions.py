"""reviews/decisions.csv: what people decided, read with every row checked, and which row counts."""

import csv
import datetime as dt
import io
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

import tables
from pipeline.errors import TableError

_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_decisions(path: Path | str) -> pd.DataFrame:
    """Return all rows of the decisions file in their order, as ``tables.DECISIONS``.

    A missing file means that nobody decided anything yet. A last line without its line end is the
    mark of a writer that was killed: it is left out with a warning if it is not a whole row.

    Raises:
        TableError: a header or a row that cannot be read; the file and the line are named.
    """
    path = Path(path)
    if not path.exists():
        return tables.make(tables.DECISIONS)
    text = path.read_bytes().decode("utf-8", errors="replace")
    return parse_decisions(text, str(path))


def parse_decisions(text: str, name: str) -> pd.DataFrame:
    """Return the rows of a decisions CSV (RFC 4180) as ``tables.DECISIONS``; ``name`` stands in errors.

    Raises:
        TableError: as :func:`read_decisions`.
    """
    return tables.make(tables.DECISIONS, parse_rows(text, name))


def parse_rows(text: str, name: str) -> list[dict[str, Any]]:
    """Return the rows of a decisions CSV as mappings, decided_at as a datetime with its zone.

    Raises:
        TableError: as :func:`read_decisions`.
    """
    torn = bool(text) and not text.endswith("\n")
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, None)
    if header is None:
        return []
    if header != tables.DECISIONS.names:
        raise TableError(f"{name}, line 1: expected the columns {','.join(tables.DECISIONS.names)}; "
                         f"found {','.join(header)}. Put the header right; no decision is lost")
    records: list[dict[str, Any]] = []
    failure: TableError | None = None
    for values in reader:
        if failure:
            raise failure
        if not values:
            continue
        try:
            records.append(check_row(values, f"{name}, line {reader.line_num}"))
        except TableError as error:
            failure = error
    if failure and torn:
        print(f"warning: {failure.message}; it is the last line and lacks its end: left out", file=sys.stderr)
    elif failure:
        raise failure
    return records


def check_row(values: list[str], place: str) -> dict[str, Any]:
    """Return the nine values of a row as a mapping, empty ones as None; ``place`` stands in errors.

    Raises:
        TableError: the row cannot be a decision.
    """
    if len(values) != len(tables.DECISIONS.names):
        raise TableError(f"{place}: {len(values)} values where {len(tables.DECISIONS.names)} belong")
    row: dict[str, Any] = {k: v or None for k, v in zip(tables.DECISIONS.names, values, strict=True)}
    try:
        decided = dt.datetime.fromisoformat(values[0])
    except ValueError as error:
        raise TableError(f"{place}: decided_at {values[0]!r} is no ISO 8601 time (2026-11-22T09:30:00Z)") from error
    row["decided_at"] = decided if decided.tzinfo else decided.replace(tzinfo=dt.UTC)
    for column in ("reviewer", "sha256", "class_id", "decision"):
        if row[column] is None:
            raise TableError(f"{place}: {column} is empty")
    for column in ("sha256", "other_sha256"):
        if row[column] is not None and not _SHA256.fullmatch(str(row[column])):
            raise TableError(f"{place}: {column} {row[column]!r} is not 64 lower-case hex digits")
    decision = row["decision"]
    if decision not in tables.DECISION_CHOICES:
        raise TableError(f"{place}: decision {decision!r} is none of {', '.join(tables.DECISION_CHOICES)}")
    if decision == "relabel" and row["label"] is None:
        raise TableError(f"{place}: relabel needs the right class in the column label")
    if decision in ("same", "different") and row["other_sha256"] is None:
        raise TableError(f"{place}: {decision} needs the other picture in the column other_sha256")
    return row


def subject_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a row is about: ("pair", sha256_a, sha256_b), the smaller first, or ("picture", sha256, class_id)."""
    other = row["other_sha256"]
    if isinstance(other, str) and row["decision"] in ("same", "different", "undo"):
        return ("pair", *sorted((row["sha256"], other)))
    return ("picture", row["sha256"], row["class_id"])


def drop_undone(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that stand, in their order.

    An ``undo`` takes back the last row of its reviewer on the same subject that still stands, so that what
    stood before stands again; one that finds nothing to take back is ignored.
    """
    if not (decisions["decision"] == "undo").any():
        return decisions
    standing: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(decisions.to_dict("records")):
        key = (row["reviewer"], *subject_of(row))
        if row["decision"] != "undo":
            standing[key].append(place)
        elif standing[key]:
            standing[key].pop()
    return decisions.iloc[sorted(place for places in standing.values() for place in places)]


def latest_on_pictures(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the row that counts for each (sha256, class_id): the last keep, drop or relabel in the file."""
    rows = drop_undone(decisions)
    rows = rows[rows["decision"].isin(["keep", "drop", "relabel"])]
    return rows.drop_duplicates(["sha256", "class_id"], keep="last")


def latest_on_pairs(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the row that counts for each pair: columns sha256_a < sha256_b, decision, reviewer, decided_at."""
    rows = drop_undone(decisions)
    rows = rows[rows["decision"].isin(["same", "different"])]
    both = rows[["sha256", "other_sha256"]]
    pairs = pd.DataFrame({
        "sha256_a": both.min(axis=1), "sha256_b": both.max(axis=1),
        "decision": rows["decision"], "reviewer": rows["reviewer"], "decided_at": rows["decided_at"],
    })
    return pairs.drop_duplicates(["sha256_a", "sha256_b"], keep="last").reset_index(drop=True)


def count_gone(decisions: pd.DataFrame, subjects: pd.DataFrame) -> int:
    """Return on how many subjects people decided that are no longer there; the rows are kept for when they return.

    Args:
        decisions: ``tables.DECISIONS``.
        subjects: columns sha256, class_id: every picture under every class that it was saved for.
    """
    pictures, pairs = latest_on_pictures(decisions), latest_on_pairs(decisions)
    here = set(subjects[["sha256", "class_id"]].itertuples(index=False, name=None))
    shas = set(subjects["sha256"])
    return (sum(subject not in here for subject in pictures[["sha256", "class_id"]].itertuples(index=False, name=None))
            + sum(not set(pair) <= shas for pair in pairs[["sha256_a", "sha256_b"]].itertuples(index=False, name=None)))
