"""Decisions from and for others: a CSV file with the journal's columns, checked before anything is taken."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tables
from curate.decisions import check_row
from curate.review.history import Decision, History
from curate.review.journal import HEADER, LINE_END, Journal, format_row
from pipeline.errors import TableError
from pipeline.files import write_text


@dataclass(frozen=True)
class Imported:
    """What came of an import: rows taken, rows that were there already, and rows that were decided anew here since."""

    taken: int
    known: int
    outdated: int


def export_decisions(journal: Journal, path: Path, reviewer: str | None = None) -> int:
    """Write all rows, or those of ``reviewer``, as CSV (RFC 4180) and return how many."""
    rows = [row for row in journal.read().rows if reviewer in (None, row.reviewer)]
    write_text(path, "".join(line + LINE_END for line in (HEADER, *map(format_row, rows))))
    return len(rows)


def import_decisions(journal: Journal, path: Path) -> Imported:
    """Append the rows of another's CSV file that are not in the journal yet.

    A row on which its own reviewer has decided later here is left out, so that an old copy undoes nothing.

    Raises:
        TableError: the file or one of its rows cannot be read; nothing is taken then.
    """
    found = read_foreign(path)
    counts = {"known": 0, "outdated": 0}

    def choose(history: History) -> list[Decision]:
        there = {_key(row) for row in history.rows}
        latest = {(row.reviewer, row.subject): row.decided_at for row in history.rows}
        chosen = []
        for row in found:
            before = latest.get((row.reviewer, row.subject))
            if _key(row) in there:
                counts["known"] += 1
            elif before is not None and before > row.decided_at:
                counts["outdated"] += 1
            else:
                chosen.append(row)
                there.add(_key(row))
        return chosen

    taken = journal.append(choose)
    return Imported(len(taken), counts["known"], counts["outdated"])


def read_foreign(path: Path) -> list[Decision]:
    """Return the rows of a decisions CSV whose columns may stand in any order.

    Raises:
        TableError: a column is missing or unknown, or a row cannot be read; the file and the line are named.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise TableError(f"{path}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(reader, [])]
    order = _check_columns(header, path)
    rows = []
    for values in reader:
        if not values:
            continue
        place = f"{path}, line {reader.line_num}"
        if len(values) != len(header):
            raise TableError(f"{place}: {len(values)} values where {len(header)} belong")
        rows.append(Decision(**check_row([values[n] for n in order], place)))
    return rows


def _check_columns(header: Sequence[str], path: Path) -> list[int]:
    """Return for each column of the journal its place in ``header``."""
    wanted = tables.DECISIONS.names
    faults = [f"{name} is missing" for name in wanted if name not in header]
    faults += [f"{name!r} is unknown" for name in header if name not in wanted]
    faults += [f"{name} stands there twice" for name in wanted if header.count(name) > 1]
    if faults:
        raise TableError(f"{path}, line 1: column {', '.join(faults)}; the columns are {','.join(wanted)}")
    return [header.index(name) for name in wanted]


def _key(row: Decision) -> tuple[object, ...]:
    return (row.decided_at, row.reviewer, *row.subject, row.decision, row.label)
