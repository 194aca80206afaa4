"""What the review page shows, looked up by sha256: the tables of a run, read once and read anew when they change."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import tables
from curate.label_quality import read_features
from curate.subjects import list_subjects
from pipeline.errors import TableError
from pipeline.layout import Layout
from scrape.classes import read_classes

Row = Mapping[str, Any]
Subject = tuple[str, str]  # sha256, class_id


@dataclass(frozen=True)
class Material:
    """The tables as mappings; missing values are None throughout."""

    classes: Mapping[str, Row]  # class_id → its row of classes.csv; classes that stand there only come first
    images: Mapping[str, Row]
    sources: Mapping[Subject, Sequence[Row]]  # hits that gave this picture for this class, those with a licence first
    classes_of: Mapping[str, Sequence[str]]  # sha256 → classes it was saved for, sorted
    flags: Mapping[Subject, Sequence[Row]]
    labels: Mapping[Subject, Row]
    pairs: Sequence[Row]
    groups: Mapping[str, Row]
    features: Mapping[str, int]  # sha256 → row of ``embeddings``
    embeddings: npt.NDArray[np.float16]  # (n, size), of unit length; no rows where nothing was embedded


def read_material(layout: Layout) -> Material:
    """Return the tables that the stages up to flag wrote.

    Raises:
        TableError: one of them is missing; its stage is named.
        MaterialError: classes.csv cannot be used.
    """
    hits, images = tables.read(tables.HITS, layout.hits), tables.read(tables.IMAGES, layout.inspected)
    subjects = list_subjects(hits)
    classes_of: dict[str, list[str]] = defaultdict(list)
    for sha256, class_id in subjects.itertuples(index=False, name=None):
        classes_of[sha256].append(class_id)
    classes = {row["class_id"]: row for row in _rows(read_classes(layout.classes))} if layout.classes.exists() else {}
    for class_id in sorted(hits["class_id"].unique()):
        classes.setdefault(class_id, {"class_id": class_id, "name": class_id, "label": class_id})
    features, embeddings = _read_embeddings(layout)
    return Material(
        classes, {row["sha256"]: row for row in _rows(images)}, _gather_sources(hits), classes_of,
        _by_subject(tables.read(tables.FLAGS, layout.flags)),
        {(row["sha256"], row["class_id"]): row for row in _rows(tables.read(tables.LABELS, layout.labels))},
        _rows(tables.read(tables.PAIRS, layout.pairs)),
        {row["sha256"]: row for row in _rows(tables.read(tables.GROUPS, layout.groups))}, features, embeddings)


def stamp(layout: Layout) -> tuple[tuple[str, int, int], ...]:
    """Return what changes whenever a table that :func:`read_material` reads was written anew."""
    paths = (layout.hits, layout.inspected, layout.flags, layout.labels, layout.pairs, layout.groups, layout.content,
             layout.embeddings, layout.classes)
    return tuple((str(path), *_age(path)) for path in paths)


def _age(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as mappings of plain Python values, missing ones None."""
    columns = {}
    for name in frame.columns:
        values = frame[name].astype(object)
        columns[name] = values.where(frame[name].notna(), None).tolist()
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _gather_sources(hits: pd.DataFrame) -> dict[Subject, list[Row]]:
    found: dict[Subject, list[Row]] = defaultdict(list)
    wanted = ["sha256", "class_id", "source", "query", "url", "page_url", "title", "author", "license", "license_url"]
    for row in _rows(hits.loc[hits["status"].isin(["saved", "duplicate"]) & hits["sha256"].notna(), wanted]):
        found[(row["sha256"], row["class_id"])].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: row["license"] is None)
    return found


def _by_subject(frame: pd.DataFrame) -> dict[Subject, list[Row]]:
    found: dict[Subject, list[Row]] = defaultdict(list)
    for row in _rows(frame):
        found[(row["sha256"], row["class_id"])].append(row)
    return found


def _read_embeddings(layout: Layout) -> tuple[dict[str, int], npt.NDArray[np.float16]]:
    if not (layout.content.exists() and layout.embeddings.exists()):
        return {}, np.zeros((0, 0), np.float16)
    content = tables.read(tables.CONTENT, layout.content)
    try:
        return {sha256: row for row, sha256 in enumerate(content["sha256"])}, read_features(content, layout.embeddings)
    except TableError:  # embed is at work: the page does without
        return {}, np.zeros((0, 0), np.float16)
