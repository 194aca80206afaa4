"""The features of all pictures on disk: kept by sha256 and model checksum, read and merged without holding all."""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.files import atomic_path, write_text

PART = 1024  # pictures a part: what a killed run loses at most
CHUNK = 4096  # rows in memory at a time while parts are merged

Halves = npt.NDArray[np.float16]


@dataclass
class FeatureStore:
    """A folder with ``embeddings.npy`` (n, size) and ``probabilities.npy`` (n, labels), float16, rows in sha256 order.

    ``features.json`` names the model's checksum and the rows' sha256. A part that a killed run wrote is used as well.
    """

    folder: Path
    checksum: str

    def __post_init__(self) -> None:
        self._waiting: list[tuple[list[str], Halves, Halves]] = []
        self._sources: list[tuple[Path, Path, list[str]]] = []
        self._serial = 0
        self._open()

    def _open(self) -> None:
        """Find what is there of this model; what another model left is removed."""
        state = self.folder / "features.json"
        facts = json.loads(state.read_text()) if state.exists() else {}
        if facts.get("checksum") == self.checksum:
            merged = self.folder / "embeddings.npy", self.folder / "probabilities.npy"
            if all(path.exists() for path in merged):
                self._sources.append((*merged, facts["sha256s"]))
        if self._parts.exists() and not (self._parts / self.checksum).exists():
            shutil.rmtree(self._parts)
        for names in sorted((self._parts / self.checksum).glob("*.json")):
            self._sources.append((names.with_suffix(".features.npy"), names.with_suffix(".probabilities.npy"),
                                  json.loads(names.read_text())))
            self._serial = int(names.stem) + 1

    @property
    def _parts(self) -> Path:
        return self.folder / "parts"

    def known(self) -> set[str]:
        """Return the sha256 of every picture whose features are here."""
        return {sha for *_, names in self._sources for sha in names}

    def add(self, sha256s: Sequence[str], features: Halves, probabilities: Halves) -> None:
        """Take the rows of one batch; they are on disk once a part is full or :meth:`merge` is called."""
        self._waiting.append((list(sha256s), features, probabilities))
        if sum(len(names) for names, *_ in self._waiting) >= PART:
            self._write_part()

    def _write_part(self) -> None:
        if not self._waiting:
            return
        names = [sha for batch, *_ in self._waiting for sha in batch]
        stem = self._parts / self.checksum / f"{self._serial:06d}"
        files = stem.with_suffix(".features.npy"), stem.with_suffix(".probabilities.npy")
        for column, path in enumerate(files, start=1):
            with atomic_path(path) as temporary, open(temporary, "wb") as file:
                np.save(file, np.concatenate([batch[column] for batch in self._waiting]))
        write_text(stem.with_suffix(".json"), json.dumps(names))  # last: a part without it does not count
        self._sources.append((*files, names))
        self._serial += 1
        self._waiting = []

    def merge(self, sha256s: Sequence[str]) -> None:
        """Write the rows of ``sha256s``, in that order, as the merged files, and remove the parts.

        Raises:
            KeyError: a picture has no features here.
        """
        self._write_part()
        where = {sha: (source, row) for source, (*_, names) in enumerate(self._sources)
                 for row, sha in enumerate(names)}
        rows = np.array([where[sha] for sha in sha256s], np.int64).reshape(-1, 2)
        (self.folder / "features.json").unlink(missing_ok=True)
        for column, name in enumerate(("embeddings.npy", "probabilities.npy")):
            opened = [np.load(source[:2][column], mmap_mode="r") for source in self._sources]
            width = opened[0].shape[1] if opened else 0
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_path(self.folder / name) as temporary:
                target = np.lib.format.open_memmap(temporary, "w+", np.float16, (len(rows), width)) \
                    if len(rows) and width else None
                if target is None:
                    with open(temporary, "wb") as file:
                        np.save(file, np.zeros((len(rows), width), np.float16))
                else:
                    for start in range(0, len(rows), CHUNK):
                        _gather(opened, rows[start:start + CHUNK], target[start:start + CHUNK])
                    target.flush()
                    del target
            del opened
        write_text(self.folder / "features.json", json.dumps({"checksum": self.checksum, "sha256s": list(sha256s)}))
        shutil.rmtree(self._parts, ignore_errors=True)
        self._sources, self._serial = [], 0
        self._open()


def _gather(sources: list[Halves], rows: npt.NDArray[np.int64], target: Halves) -> None:
    for source, values in enumerate(sources):
        here = rows[:, 0] == source
        target[here] = values[rows[here, 1]]


def read_chunks(folder: Path) -> Iterator[tuple[Halves, Halves]]:
    """Yield features and probabilities of consecutive rows, a few thousand at a time."""
    features = np.load(folder / "embeddings.npy", mmap_mode="r")
    probabilities = np.load(folder / "probabilities.npy", mmap_mode="r")
    for start in range(0, len(features), CHUNK):
        yield np.array(features[start:start + CHUNK]), np.array(probabilities[start:start + CHUNK])
