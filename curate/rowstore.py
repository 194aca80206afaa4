"""Rows of arrays on disk, one a picture: kept by sha256 and a stamp, read and merged without holding all of them."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.files import atomic_path, write_text

PART = 1024  # pictures a part: what a killed run loses at most
CHUNK = 2048  # rows in memory at a time while parts are merged

Array = npt.NDArray[Any]


@dataclass
class RowStore:
    """The files ``<name>.npy`` of a folder, whose rows belong to the pictures that ``<names[0]>.json`` lists.

    Rows count only under the ``stamp`` that they were written with: another model or code makes them anew. The parts
    that a killed run left are used as well.
    """

    folder: Path
    stamp: str
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        self._waiting: list[tuple[list[str], list[Array]]] = []
        self._sources: list[tuple[list[Path], list[str]]] = []
        self._serial = 0
        self._open()

    @property
    def _state(self) -> Path:
        return self.folder / f"{self.names[0]}.json"

    @property
    def _parts(self) -> Path:
        return self.folder / f"{self.names[0]}.parts"

    def _files(self, folder: Path, stem: str = "") -> list[Path]:
        return [folder / f"{stem}{name}.npy" for name in self.names]

    def _open(self) -> None:
        self._sources, self._serial = [], 0
        facts = json.loads(self._state.read_text()) if self._state.exists() else {}
        merged = self._files(self.folder)
        if facts.get("stamp") == self.stamp and all(path.exists() for path in merged):
            self._sources.append((merged, facts["sha256s"]))
        for state in sorted(self._parts.glob("*.json")):
            facts = json.loads(state.read_text())
            if facts["stamp"] != self.stamp:
                shutil.rmtree(self._parts)
                break
            self._sources.append((self._files(self._parts, f"{state.stem}-"), facts["sha256s"]))
            self._serial = int(state.stem) + 1

    def known(self) -> set[str]:
        """Return the sha256 of every picture that has its rows here."""
        return {sha for _, names in self._sources for sha in names}

    def merged(self) -> list[str]:
        """Return the sha256 of the rows of the merged files, in their order."""
        facts = json.loads(self._state.read_text()) if self._state.exists() else {}
        return facts["sha256s"] if facts.get("stamp") == self.stamp else []

    def add(self, sha256s: Sequence[str], *arrays: Array) -> None:
        """Take the rows of some pictures; they are on disk once a part is full or :meth:`merge` is called."""
        self._waiting.append((list(sha256s), list(arrays)))
        if sum(len(names) for names, _ in self._waiting) >= PART:
            self._write_part()

    def _write_part(self) -> None:
        if not self._waiting:
            return
        names = [sha for batch, _ in self._waiting for sha in batch]
        files = self._files(self._parts, f"{self._serial:06d}-")
        for column, path in enumerate(files):
            with atomic_path(path) as temporary, open(temporary, "wb") as file:
                np.save(file, np.concatenate([arrays[column] for _, arrays in self._waiting]))
        state = self._parts / f"{self._serial:06d}.json"
        write_text(state, json.dumps({"stamp": self.stamp, "sha256s": names}))  # last: without it a part is nothing
        self._sources.append((files, names))
        self._serial += 1
        self._waiting = []

    def merge(self, sha256s: Sequence[str]) -> None:
        """Write the rows of ``sha256s``, in that order, as the merged files; rows of others and the parts go.

        Raises:
            KeyError: a picture has no rows here.
        """
        self._write_part()
        where = {sha: (source, row) for source, (_, names) in enumerate(self._sources)
                 for row, sha in enumerate(names)}
        rows = np.array([where[sha] for sha in sha256s], np.int64).reshape(-1, 2)
        unchanged = len(self._sources) == 1 and self._sources[0][1] == list(sha256s) and not self._parts.exists()
        if not unchanged:
            self._state.unlink(missing_ok=True)
            for column, path in enumerate(self._files(self.folder)):
                self._merge_file(path, [files[column] for files, _ in self._sources], rows)
            write_text(self._state, json.dumps({"stamp": self.stamp, "sha256s": list(sha256s)}))
            shutil.rmtree(self._parts, ignore_errors=True)
        self._open()

    def _merge_file(self, path: Path, files: list[Path], rows: npt.NDArray[np.int64]) -> None:
        opened = [np.load(file, mmap_mode="r") for file in files]
        kind = opened[0] if opened else np.zeros((0, 0), np.float16)
        with atomic_path(path) as temporary:
            if len(rows) == 0 or kind[:1].nbytes == 0:  # nothing that could be mapped
                with open(temporary, "wb") as file:
                    np.save(file, np.zeros((len(rows), *kind.shape[1:]), kind.dtype))
                return
            target = np.lib.format.open_memmap(temporary, "w+", kind.dtype, (len(rows), *kind.shape[1:]))
            for start in range(0, len(rows), CHUNK):
                chunk = rows[start:start + CHUNK]
                for source, values in enumerate(opened):
                    here = chunk[:, 0] == source
                    target[start:start + CHUNK][here] = values[chunk[here, 1]]
            target.flush()

    def read(self, name: str) -> Array:
        """Return a merged file, mapped, not read: rows in the order of the last :meth:`merge`."""
        return np.load(self.folder / f"{name}.npy", mmap_mode="r")
