"""What the report is made from: every table that is there, and which are not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

import tables
from curate.decisions import read_decisions
from curate.flags import adapt
from curate.params import FlagParams, SplitParams
from pipeline.layout import Layout
from scrape.classes import read_names

TABLES = (tables.HITS, tables.IMAGES, tables.PAIRS, tables.GROUPS, tables.SCORES, tables.FLAGS, tables.LABELS,
          tables.DECISIONS, tables.MANIFEST, tables.DROPPED, tables.MODELS, tables.SUMMARY, tables.TRUTH)


@dataclass(frozen=True)
class Material:
    """The tables of one run; one that no stage has written yet is empty and named in ``missing``."""

    hits: pd.DataFrame
    images: pd.DataFrame
    pairs: pd.DataFrame
    groups: pd.DataFrame
    scores: pd.DataFrame
    flags: pd.DataFrame
    labels: pd.DataFrame
    decisions: pd.DataFrame
    manifest: pd.DataFrame
    dropped: pd.DataFrame
    models: pd.DataFrame
    summary: pd.DataFrame
    truth: pd.DataFrame
    missing: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    flag_params: FlagParams = field(default_factory=FlagParams)
    split_params: SplitParams = field(default_factory=SplitParams)

    def name_of(self, class_id: str) -> str:
        """Return a class's name as people say it, or its id."""
        return self.names.get(class_id, class_id)


def make_material(names: Mapping[str, str] | None = None, flag_params: FlagParams | None = None,
                  split_params: SplitParams | None = None, **frames: pd.DataFrame) -> Material:
    """Return the material of the given tables; the others are empty and count as missing."""
    made = {table.name: frames.get(table.name, tables.make(table)) for table in TABLES}
    return Material(**made, missing=frozenset(made) - frozenset(frames), names=names or {},
                    flag_params=flag_params or FlagParams(), split_params=split_params or SplitParams())


def read_material(layout: Layout, flag_params: FlagParams, split_params: SplitParams) -> Material:
    """Read every table that is there; the thresholds are those that the stage flag held these scores against.

    Raises:
        TableError: a table is there and cannot be read.
    """
    paths = {table.name: _path_of(layout, table.name) for table in TABLES}
    frames = {table.name: tables.read(table, paths[table.name]) for table in TABLES
              if table.name != "decisions" and paths[table.name].exists()}
    if layout.decisions.exists():
        frames["decisions"] = read_decisions(layout.decisions)
    if "scores" in frames:
        flag_params, _ = adapt(frames["scores"], flag_params)
    return make_material(read_names(layout.classes), flag_params, split_params, **frames)


def _path_of(layout: Layout, name: str) -> Path:
    return layout.inspected if name == "images" else getattr(layout, name)
