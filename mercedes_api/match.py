"""A price list's model → the class it belongs to: by series first, then by class, body and all-terrain."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from mercedes_api.parse import ModelFacts

SERIES, OTHER_SERIES, CLASS, SUCCESSOR = "series", "other_series", "class", "successor"
SUCCESSOR_LEFT_OUT, GENERATION_UNKNOWN = "successor_left_out", "generation_unknown"
AMBIGUOUS, NONE = "ambiguous", "none"

_NOTED_SERIES = re.compile(r"\s*([^()\s]+)\s*(?:\(([^)]*)\))?\s*")
_VAN_SERIES = re.compile(r"(\d{3})\d-")


@dataclass(frozen=True)
class Rule:
    """What tells one class in a price list.

    Attributes:
        series: the series of the label's year.
        older: other series that are no later generation: the one before, or a variant.
        newer: other series that came later.
    """

    class_id: str
    series: frozenset[str]
    older: frozenset[str]
    newer: frozenset[str]
    api_class_id: str | None
    bodies: frozenset[str]
    all_terrain: bool | None


@dataclass(frozen=True)
class Match:
    """The class of a model, or None, and how it was found.

    Attributes:
        how: series, other_series, class or successor; without a class successor_left_out,
            generation_unknown, ambiguous or none.
        successor: whether the model is of a later generation than the class; None where not known.
    """

    class_id: str | None
    how: str
    successor: bool | None


def class_rules(classes: pd.DataFrame) -> tuple[Rule, ...]:
    """Return the rules that a frame of ``tables.CLASSES`` gives.

    A series in ``other_series`` whose note names a year after ``start_year``, as in ``C118(2019)``, came later.
    """
    rules = []
    for row in classes.to_dict("records"):
        older: set[str] = set()
        newer: set[str] = set()
        for name, note in _noted(row.get("other_series")):
            year = re.search(r"\d{4}", note)
            start = row.get("start_year")
            came_later = year is not None and (pd.isna(start) or int(year[0]) > int(start))
            (newer if came_later else older).add(name)
        all_terrain = row.get("all_terrain")
        rules.append(Rule(
            class_id=row["class_id"],
            series=frozenset(name for name, _ in _noted(row.get("series"))),
            older=frozenset(older),
            newer=frozenset(newer),
            api_class_id=None if _missing(row.get("api_class_id")) else str(row["api_class_id"]).strip(),
            bodies=frozenset(_texts(row.get("api_body_id"))),
            all_terrain=None if _missing(all_terrain) else bool(all_terrain),
        ))
    return tuple(rules)


def match_model(model: ModelFacts, rules: Iterable[Rule], successors: bool) -> Match:
    """Return the class of one model.

    Args:
        model: as the price list names it.
        rules: of all classes.
        successors: whether a later generation (W206 for W205) is matched too; if not, it is named and left out.
    """
    rules = tuple(rules)
    for how, successor in ((SERIES, False), (OTHER_SERIES, False), (SUCCESSOR, True)):
        found = [rule for rule in rules if _of_series(model, rule, how)]
        if found:
            return _decide(model, found, how, successor, successors)
    found = [rule for rule in rules if _of_class(model, rule)]
    if not found:
        return Match(None, NONE, None)
    later = _generation(model, found)
    return _decide(model, found, SUCCESSOR if later else CLASS, later, successors)


def _decide(model: ModelFacts, found: list[Rule], how: str, successor: bool | None, successors: bool) -> Match:
    """Return the one class of ``found`` that fits; two classes share a series where all-terrain or body differ."""
    for fits in (_terrain_fits, _class_fits, _body_fits):
        if len(found) > 1:
            found = [rule for rule in found if fits(model, rule)] or found
    if len(found) > 1:
        return Match(None, AMBIGUOUS, successor)
    if successor is not False and not successors:
        return Match(None, SUCCESSOR_LEFT_OUT if successor else GENERATION_UNKNOWN, successor)
    return Match(found[0].class_id, how, successor)


def _of_series(model: ModelFacts, rule: Rule, how: str) -> bool:
    names = {SERIES: rule.series, OTHER_SERIES: rule.older, SUCCESSOR: rule.newer}[how]
    if model.series is None:
        return False
    if model.series in names:
        return True
    # A van's series names its structure (4478-XZ1): the first three digits are the series, which
    # V-Class, Vito and EQV share, so the class must agree.
    van = _VAN_SERIES.match(model.series)
    return (van is not None and rule.api_class_id == model.api_class_id
            and van[1] in {_digits(name) for name in names})


def _of_class(model: ModelFacts, rule: Rule) -> bool:
    return (rule.api_class_id is not None and rule.api_class_id == model.api_class_id
            and model.body_id in rule.bodies and _terrain_fits(model, rule))


def _generation(model: ModelFacts, found: list[Rule]) -> bool | None:
    """Return whether a model matched by class alone is a later generation, by the digits of its series."""
    number = _digits(model.series) or model.number
    if number is None:
        return None
    return not any(number in {_digits(name) for name in rule.series | rule.older} for rule in found)


def _terrain_fits(model: ModelFacts, rule: Rule) -> bool:
    return None in (model.all_terrain, rule.all_terrain) or model.all_terrain == rule.all_terrain


def _class_fits(model: ModelFacts, rule: Rule) -> bool:
    return model.api_class_id == rule.api_class_id


def _body_fits(model: ModelFacts, rule: Rule) -> bool:
    return model.body_id in rule.bodies


def _digits(series: str | None) -> str | None:
    found = re.search(r"\d{3}", series or "")
    return found[0] if found else None


def _noted(cell: object) -> list[tuple[str, str]]:
    """Return the series of a cell such as ``C118(2019)|X222(Maybach)`` with their notes."""
    matches = (_NOTED_SERIES.fullmatch(text) for text in _texts(cell))
    return [(match[1], match[2] or "") for match in matches if match]


def _texts(cell: object) -> list[str]:
    return [] if _missing(cell) else [text.strip() for text in str(cell).split("|") if text.strip()]


def _missing(cell: object) -> bool:
    return cell is None or bool(pd.isna(cell)) or (isinstance(cell, str) and not cell.strip())
