"""The classes that the sandbox's image search knows, read from classes.csv."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import MaterialError


@dataclass(frozen=True)
class SearchedClass:
    """One class: its slug, its name, and the query texts that find it, by language."""

    class_id: str
    name: str
    series: str
    queries_en: tuple[str, ...]
    queries_de: tuple[str, ...]

    @property
    def queries(self) -> tuple[str, ...]:
        """All texts that find the class: English, German, its name and its slug."""
        return (*self.queries_en, *self.queries_de, self.name, self.class_id)


def read_classes(path: Path | str) -> tuple[SearchedClass, ...]:
    """Return the classes of a classes.csv in its order.

    Raises:
        MaterialError: the file is missing, empty or lacks the column class_id.
    """
    path = Path(path)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file) if (row.get("class_id") or "").strip()]
    except OSError as error:
        raise MaterialError(f"{path}: cannot be read ({error.strerror}); the sandbox needs its classes") from error
    if not rows:
        raise MaterialError(f"{path}: no row with a class_id; `whatbenz tables classes` names the columns")
    named = Counter((row.get("name") or "").strip() for row in rows)
    return tuple(_read_class(row, named) for row in rows)


def _read_class(row: dict[str, str], named: Counter[str]) -> SearchedClass:
    class_id, name = row["class_id"].strip(), (row.get("name") or "").strip()
    if named[name] > 1:
        name = f"{name} {class_id}".strip()  # titles, and so addresses, are made from names
    series = _texts(row.get("series"))
    return SearchedClass(class_id, name, series[0] if series else "",
                         _texts(row.get("queries_en")), _texts(row.get("queries_de")))


def _texts(cell: str | None) -> tuple[str, ...]:
    return tuple(text.strip() for text in (cell or "").split("|") if text.strip())
