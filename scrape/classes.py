"""classes.csv: the classes to collect, checked cell by cell, and the queries that find them."""

import csv
import difflib
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

import tables
from pipeline.errors import MaterialError

_BOOLEANS = {"true": True, "false": False}


def read_classes(path: Path | str) -> pd.DataFrame:
    """Return the classes of a CSV file as a frame of tables.CLASSES, in the file's order.

    Empty cells are null. Columns of the table that the file does not have are null throughout, except
    class_id, label and name, which must be there. Several queries or words in one cell are separated by ``|``.

    Raises:
        MaterialError: names the file and what is wrong: the column, or the line and its column.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise MaterialError(f"{path}: there is no such file; it lists the classes to collect. To take them from your "
                            "own folder or list, set scrape.classes: found") from error
    except UnicodeDecodeError as error:
        raise MaterialError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    reader = csv.reader(io.StringIO(text), strict=True)
    rows: list[dict[str, Any]] = []
    first_line: dict[tuple[str, str], int] = {}
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(header, path)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            where = f"{path}: line {reader.line_num}"
            if len(cells) != len(header):
                raise MaterialError(f"{where}: {len(cells)} cells, but the header has {len(header)}; "
                                    "quote a cell that has a comma")
            row = {name: _convert(name, cell.strip(), where) for name, cell in zip(header, cells, strict=True)}
            for name in ("class_id", "label"):
                earlier = first_line.setdefault((name, row[name].casefold()), reader.line_num)
                if earlier != reader.line_num:
                    raise MaterialError(f"{where}: column {name}: {row[name]!r} stands already in line {earlier}; "
                                        "every class needs its own")
            rows.append(row)
    except csv.Error as error:
        raise MaterialError(f"{path}: line {reader.line_num}: {error}; check its quotes") from error
    if not rows:
        raise MaterialError(f"{path}: no class below the header; add one row for each class to collect")
    return tables.make(tables.CLASSES, rows)


def class_id_fault(class_id: str) -> str | None:
    """Return why ``class_id`` cannot name a folder of the data set, or None where it can."""
    if not class_id:
        return "is empty"
    if class_id.startswith("."):
        return "begins with a dot"
    if re.search(r"[/\\\x00-\x1f\x7f]", class_id) or class_id != class_id.strip():
        return "has a slash, a control character or a blank at its edge"
    if len(class_id.encode("utf-8", "surrogatepass")) > 200:
        return "is longer than 200 bytes"
    try:
        class_id.encode("utf-8")
    except UnicodeEncodeError:
        return "is not UTF-8"
    return None


def unknown_class(class_id: str, known: pd.Series | list[str]) -> str:
    """Return a sentence on a class id that classes.csv does not have, with the nearest that it has."""
    near = difflib.get_close_matches(class_id, list(known), n=1)
    hint = f"did you mean {near[0]!r}?" if near else "add it there, or set scrape.classes: found"
    return f"class {class_id!r} is not among the classes; {hint}"


def queries_of(row: Mapping[str, Any] | pd.Series) -> tuple[str, ...]:
    """Return the queries of one class, English before German, each once."""
    return tuple(dict.fromkeys(parts(row["queries_en"]) + parts(row["queries_de"])))


def parts(cell: Any) -> tuple[str, ...]:
    """Return the parts of a cell that ``|`` separates; none where it is null."""
    if cell is None or cell is pd.NA or cell != cell:
        return ()
    return tuple(part.strip() for part in str(cell).split("|") if part.strip())


def _check_header(header: list[str], path: Path) -> None:
    columns = {column.name: column for column in tables.CLASSES.columns}
    for name in header:
        if name not in columns:
            near = difflib.get_close_matches(name, columns, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(columns)}"
            raise MaterialError(f"{path}: line 1: unknown column {name!r}; {hint}")
        if header.count(name) > 1:
            raise MaterialError(f"{path}: line 1: column {name} stands there twice")
    missing = [name for name, column in columns.items() if column.required and name not in header]
    if missing:
        raise MaterialError(f"{path}: line 1: column {', '.join(missing)} is missing")


def _convert(name: str, cell: str, where: str) -> Any:
    column = next(column for column in tables.CLASSES.columns if column.name == name)
    if not cell:
        if column.required:
            raise MaterialError(f"{where}: column {name} is empty; every class needs it")
        return None
    if name == "class_id":
        fault = class_id_fault(cell)
        if fault:
            raise MaterialError(f"{where}: column class_id: {cell!r} {fault}; it names a folder of the data set")
    if column.type == pa.bool_():
        if cell.lower() not in _BOOLEANS:
            raise MaterialError(f"{where}: column {name}: expected true or false, found {cell!r}")
        return _BOOLEANS[cell.lower()]
    if column.type == pa.int64():
        if not re.fullmatch(r"\d{1,9}", cell, re.ASCII):
            raise MaterialError(f"{where}: column {name}: expected a whole number, found {cell!r}")
        return int(cell)
    return cell


def read_names(path: Path) -> dict[str, str]:
    """Return class_id → name as people say it; empty where a run has classes of its own and no such file.

    Raises:
        MaterialError: as :func:`read_classes`.
    """
    if not path.exists():
        return {}
    frame = read_classes(path)
    return dict(zip(frame["class_id"], frame["name"], strict=True))
