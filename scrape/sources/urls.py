"""A list of picture addresses: CSV, TSV, Parquet or plain text.

CSV, TSV and Parquet have a column ``url`` and may have one for each other candidate field: class_id, query, rank,
page_url, title, author, license, license_url, width, height, found_at. Plain text has one address a line, or
``class_id`` and the address with a tab or comma between; blank lines and lines with ``#`` in front are left out.
Where no class is given, the list takes the class its file is named after (``c-sedan.txt``).

Each row becomes a candidate or is named with its line; a bad row spoils no other. Whether an address may be fetched
is for the download stage to say.
"""

import csv
import math
import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import tables
from pipeline.errors import MaterialError
from scrape.classes import class_id_fault, unknown_class
from scrape.sources.material import ListSource, Material, listed, ranges

_TEXT_LINE = re.compile(r"(?:([^\t]*)\t|([^\s,:/]+)\s*,)\s*(.*)", re.DOTALL)
# The table's source is where this project found it, and decides what the download stage may open.
_OWN_COLUMNS = ("source",)
_SHOWN = 20

Row = tuple[int, dict[str, Any] | str]
"""A line or row number with the row's cells, or with what is wrong with it."""


class Urls(ListSource):
    """The list at ``path``."""

    name = "urls"

    def __init__(self, path: Path):
        self.path = path

    def read(self, known: Collection[str] | None) -> Material:
        """Return every good row as a candidate, in the order of the list."""
        material, bad = Material(), []
        try:
            read, unit = _READERS.get(self.path.suffix.lower(), (_read_text, "line"))
            columns, rows = read(self.path)
            changed = self.path.stat().st_mtime_ns
        except OSError as error:
            raise MaterialError(f"scrape.urls: {self.path}: {error.strerror}") from error
        self._check_columns(columns, material)
        default: dict[str, Any] = {"class_id": self.path.stem, "query": self.path.name,
                   "found_at": datetime.fromtimestamp(0, UTC) + timedelta(microseconds=changed // 1000)}
        for place, (number, cells) in enumerate(rows):
            try:
                if isinstance(cells, str):
                    raise _BadRow(cells)
                row = default | {"rank": place} | _convert(cells)
                _check_class(row["class_id"], known, "class_id" in cells)
                material.rows.append(row | {"source": self.name})
            except _BadRow as fault:
                bad.append((number, str(fault)))
        if bad:
            shown = listed([f"{unit} {number}: {fault}" for number, fault in bad[:_SHOWN]], _SHOWN)
            rest = [number for number, _ in bad[_SHOWN:]]
            more = f"; and {unit}s {ranges(rest)}" if rest else ""
            material.problems.append(f"{self.path}: {len(bad)} of {len(bad) + len(material.rows)} rows cannot be used: "
                                     f"{shown}{more}")
        elif not material.rows:
            raise MaterialError(f"scrape.urls: {self.path}: the list is empty")
        return material

    def _check_columns(self, columns: list[str], material: Material) -> None:
        if "url" not in columns:
            raise MaterialError(f"scrape.urls: {self.path}: no column url; found {', '.join(columns) or 'none'}")
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            raise MaterialError(f"scrape.urls: {self.path}: column {', '.join(twice)} stands there twice")
        ignored = [name for name in columns if name not in tables.CANDIDATES.names or name in _OWN_COLUMNS]
        if ignored:
            material.notes.append(f"{self.path}: columns not taken over: {', '.join(ignored)}")


class _BadRow(Exception):
    """A row that is no candidate; the message says why."""


def _check_class(class_id: str, known: Collection[str] | None, given: bool) -> None:
    fault = class_id_fault(class_id)
    if fault:
        raise _BadRow(f"class_id {class_id!r} {fault}")
    if known is not None and class_id not in known:
        if not given:
            raise _BadRow(f"no class_id, and the list is not named after a class ({class_id!r} is none)")
        raise _BadRow(unknown_class(class_id, list(known)))


def _convert(cells: dict[str, Any]) -> dict[str, Any]:
    """Return the cells that are there in the types of tables.CANDIDATES."""
    row: dict[str, Any] = {}
    for column in tables.CANDIDATES.columns:
        value = cells.get(column.name)
        if column.name in _OWN_COLUMNS or _is_missing(value):
            continue
        if column.type == pa.int64():
            row[column.name] = _whole(column.name, value, minimum=0 if column.name == "rank" else 1)
        elif column.type == tables.TIME:
            row[column.name] = _time(column.name, value)
        else:
            row[column.name] = _text(column.name, value)
    if "url" not in row:
        raise _BadRow("url is empty")
    return row


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or \
        (isinstance(value, str) and not value.strip())


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _BadRow(f"{name}: expected a text, found {value!r}")
    if re.search(r"[\ud800-\udfff]", value):
        raise _BadRow(f"{name}: not UTF-8")
    return value.strip()


def _whole(name: str, value: Any, minimum: int) -> int:
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}(\.0+)?", value.strip(), re.ASCII):
        number = float(value)
    if number is None or not math.isfinite(number) or number != int(number) or not minimum <= number < 10**9:
        raise _BadRow(f"{name}: expected a whole number from {minimum}, found {value!r}")
    return int(number)


def _time(name: str, value: Any) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            value = None
    if not isinstance(value, datetime):
        raise _BadRow(f"{name}: expected a time such as 2026-11-22T08:30:00+00:00")
    return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


def _lines(path: Path) -> list[str]:
    # Bytes that are no UTF-8 become surrogates, so that they spoil their own row alone.
    text = path.read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _read_text(path: Path) -> tuple[list[str], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        for number, line in enumerate(_lines(path), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            match = _TEXT_LINE.fullmatch(line)
            if match is None:
                yield number, {"url": line}
            else:
                yield number, {"class_id": match[1] or match[2], "url": match[3]}
    return ["class_id", "url"], rows()


def _read_delimited(path: Path, delimiter: str) -> tuple[list[str], Iterator[Row]]:
    lines = _lines(path)
    try:
        header = [cell.strip() for cell in next(csv.reader(lines[:1], delimiter=delimiter, strict=True), [])]
    except csv.Error as error:
        raise MaterialError(f"scrape.urls: {path}: line 1: {error}") from error
    return header, _records(lines, header, delimiter)


def _records(lines: list[str], header: list[str], delimiter: str) -> Iterator[Row]:
    """Yield the records below the header. A quote that is never closed, or that swallows whole lines, spoils the
    line it stands in: reading goes on with the next."""
    start = 1
    while start < len(lines):
        following = (lines[n] + "\n" for n in range(start, len(lines)))
        reader = csv.reader(following, delimiter=delimiter, strict=True)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start + 1, f"{error}"
            start += 1
            continue
        if not any(cell.strip() for cell in cells):
            start += reader.line_num
            continue
        if len(cells) != len(header):
            yield start + 1, f"{len(cells)} cells, but the header has {len(header)}"
            start += 1
            continue
        yield start + 1, dict(zip(header, cells, strict=True))
        start += reader.line_num


def _read_parquet(path: Path) -> tuple[list[str], Iterator[Row]]:
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise MaterialError(f"scrape.urls: {path}: not a Parquet file ({error})") from error
    wanted = [name for name in table.column_names if name in tables.CANDIDATES.names]
    return table.column_names, enumerate(table.select(wanted).to_pylist())


_READERS: dict[str, tuple[Callable[[Path], tuple[list[str], Iterator[Row]]], str]] = {
    ".csv": (lambda path: _read_delimited(path, ","), "line"),
    ".tsv": (lambda path: _read_delimited(path, "\t"), "line"),
    ".parquet": (_read_parquet, "row"),
}
