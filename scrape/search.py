"""Queries → candidates: every source asked or read, what was found in one table."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

import tables
from pipeline.errors import MaterialError, SourceError, WhatBenzError
from pipeline.progress import Progress
from scrape.answers import Answers
from scrape.classes import parts, queries_of
from scrape.licence import Licence
from scrape.pages import Pages
from scrape.params import SearchParams
from scrape.sources import wanted_licences
from scrape.sources.material import ListSource, Material
from scrape.sources.paged import WebSource
from scrape.survey import Limits, Query, Survey, permitted

Source = WebSource | ListSource


@dataclass
class Found:
    """What a search brought.

    Attributes:
        candidates: tables.CANDIDATES, by class (order of the classes file; by name where the material gives the
            classes), source (order of scrape.sources), query and rank.
        notes: sentences on what was found and left out.
        problems: sentences on what went wrong; the candidates hold all the rest.
        asked: whether a web search is among the sources with problems.
    """

    candidates: pd.DataFrame
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    asked: bool = False


def search(classes: pd.DataFrame | None, params: SearchParams, sources: Sequence[Source], answers: Answers,
           pages: Pages, now: datetime, say: Callable[[str], None] = lambda line: None) -> Found:
    """Ask or read every source and return its candidates.

    A source, query, page or row that fails ends up in ``problems`` and harms no other.

    Args:
        classes: tables.CLASSES, or None to take the class ids that the material has.
        params: limits and filters.
        sources: what to ask, in this order.
        answers: the network.
        pages: the kept result pages; only what is not among them, or too old, is asked.
        now: when this run began.
        say: called with a line of progress as each query is finished.

    Raises:
        MaterialError: a class has no query although a web search is among the sources.
    """
    wanted = wanted_licences(params)
    found = Found(tables.make(tables.CANDIDATES))
    rows: list[tuple[int, int, dict[str, Any]]] = []
    for place, source in enumerate(sources):
        if isinstance(source, WebSource):
            if classes is None:
                raise MaterialError(f"{source.name}: no classes to search for")
            survey = _survey(source, _queries(classes, source.name), params, wanted, answers, pages, now, say)
            places = {(query.class_id, query.text): query.place for query in survey.queries}
            rows += [(place, places[row["class_id"], row["query"]], row) for row in survey.rows]
            found.notes += survey.notes
            found.problems += survey.problems
            found.asked = found.asked or bool(survey.problems)
        else:
            material = _read(source, classes, wanted)
            rows += [(place, 0, row) for row in material.rows]
            found.notes += material.notes
            found.problems += material.problems
    ids = list(classes["class_id"]) if classes is not None else sorted({row["class_id"] for _, _, row in rows})
    order = {class_id: n for n, class_id in enumerate(ids)}
    rows.sort(key=lambda entry: (order[entry[2]["class_id"]], entry[0], entry[1], entry[2]["rank"]))
    found.candidates = tables.make(tables.CANDIDATES, [row for _, _, row in rows])
    without = [class_id for class_id in ids if class_id not in {row["class_id"] for _, _, row in rows}]
    if without:
        found.notes.append(f"{len(without)} of {len(ids)} classes have no candidate: {', '.join(without)}")
    return found


def check_complete(found: Found, path: Path) -> None:
    """Raise the problems of a search, if there are any, once its candidates are written to ``path``.

    Raises:
        MaterialError: only the user's own material has problems.
        SourceError: a web search has.
    """
    if not found.problems:
        return
    problems = "\n".join(f"- {problem}" for problem in found.problems)
    error = SourceError if found.asked else MaterialError
    raise error(f"the search is not complete. Its {len(found.candidates)} candidates are in {path}, but:\n{problems}")


@dataclass
class _Surveyed:
    queries: list[Query]
    rows: list[dict[str, Any]]
    notes: list[str]
    problems: list[str]


def _survey(source: WebSource, queries: list[Query], params: SearchParams, wanted: tuple[Licence, ...],
            answers: Answers, pages: Pages, now: datetime, say: Callable[[str], None]) -> _Surveyed:
    limits = Limits(params.max_pages, params.max_hits, wanted, params.allow_empty)
    with Progress(f"search {source.name}", unit="page") as progress:
        survey = Survey(source, queries, limits, answers, pages, now, say,
                        lambda asked, count: progress.advance(asked=asked, candidates=count))
        return _Surveyed(queries, survey.run(), survey.notes, survey.problems)


def _queries(classes: pd.DataFrame, source: str) -> list[Query]:
    queries = []
    for _, row in classes.iterrows():
        texts = queries_of(row)
        if not texts:
            raise MaterialError(f"class {row['class_id']!r} has neither queries_en nor queries_de, which the source "
                                f"{source} needs; add one to the classes file")
        words = parts(row["exclude_words"])
        queries += [Query(row["class_id"], text, place, words) for place, text in enumerate(texts)]
    return queries


def _read(source: ListSource, classes: pd.DataFrame | None, wanted: tuple[Licence, ...]) -> Material:
    known = None if classes is None else list(classes["class_id"])
    try:
        material = source.read(known)
    except WhatBenzError as error:
        return Material(problems=[error.message])
    refused = Counter(row.get("license") or "none given" for row in material.rows if not permitted(row, wanted))
    if refused:
        material.rows = [row for row in material.rows if permitted(row, wanted)]
        names = ", ".join(f"{name}: {count}" for name, count in refused.most_common(5))
        material.notes.append(f"{source.name}: {sum(refused.values())} left out by scrape.licenses ({names})")
    material.notes.append(f"{source.name}: {len(material.rows)} candidates from {source.path}")
    return material
