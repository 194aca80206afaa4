"""Rows of a table that a stage keeps between runs, batch by batch, valid for one version of code and parameters."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import tables
from pipeline.files import write_text

FLUSH = 1024  # rows a part: what a killed run loses at most


@dataclass
class KeptRows:
    """The table at ``path`` and the parts that an unfinished run left beside it, of one ``version``."""

    table: tables.Table
    path: Path
    version: str
    key: tuple[str, ...]  # columns that name a row

    def __post_init__(self) -> None:
        self._waiting: list[dict[str, Any]] = []

    @property
    def _parts(self) -> Path:
        return self.path.with_suffix(".parts")

    @property
    def _stamp(self) -> Path:
        return self.path.with_suffix(".version.json")

    def read(self) -> pd.DataFrame:
        """Return the rows of this version; those of another are removed from the parts and not returned."""
        frames = [tables.make(self.table)]
        stamped = self._stamp.read_text() if self._stamp.exists() else ""
        if stamped == self.version and self.path.exists():
            frames.append(tables.read(self.table, self.path))
        stamp = self._parts / "version.json"
        if stamp.exists() and stamp.read_text() == self.version:
            frames += [tables.read(self.table, part) for part in sorted(self._parts.glob("*.parquet"))]
        else:
            shutil.rmtree(self._parts, ignore_errors=True)
        return pd.concat(frames, ignore_index=True).drop_duplicates(list(self.key), keep="last", ignore_index=True)

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Take finished rows; they are on disk once a part is full."""
        self._waiting += rows
        if len(self._waiting) >= FLUSH:
            self._write_part()

    def _write_part(self) -> None:
        write_text(self._parts / "version.json", self.version)
        serial = len(list(self._parts.glob("*.parquet")))  # counted on disk: a killed run's parts stay
        tables.write(self.table, self._waiting, self._parts / f"{serial:06d}.parquet")
        self._waiting = []

    def finish(self, frame: pd.DataFrame) -> None:
        """Write the whole table and drop the parts."""
        self._stamp.unlink(missing_ok=True)
        tables.write(self.table, frame, self.path)
        write_text(self._stamp, self.version)
        shutil.rmtree(self._parts, ignore_errors=True)
        self._waiting = []
