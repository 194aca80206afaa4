"""The pictures under data/raw/images, each under the sha256 of its bytes."""

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from pipeline.files import TEMPORARY_SUFFIX, fsync_directory, remove_leftovers, sha256_of
from pipeline.layout import image_path

_NAME = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})\.(jpg|png|webp|gif|avif|heic)")
_IN_MEMORY = 1 << 20


class Incoming:
    """Bytes on their way into the store: in memory while they are few, then in a temporary file."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._file: BinaryIO = io.BytesIO()
        self._hash = hashlib.sha256()
        self.temporary: Path | None = None
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Append ``chunk``."""
        if self.temporary is None and self.size + len(chunk) > _IN_MEMORY:
            self.spill()
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    def spill(self) -> None:
        """Move what is in memory into the temporary file; does nothing if that is done."""
        if self.temporary is None:
            data = self._file.getvalue()  # type: ignore[attr-defined]
            descriptor, name = tempfile.mkstemp(prefix=".", suffix=TEMPORARY_SUFFIX, dir=self._folder)
            self.temporary = Path(name)
            self._file = os.fdopen(descriptor, "w+b")
            self._file.write(data)

    @property
    def sha256(self) -> str:
        """The sha256 of what was written, 64 hex digits."""
        return self._hash.hexdigest()

    def reader(self) -> BinaryIO:
        """Return the bytes as a file at its beginning."""
        self._file.flush()
        self._file.seek(0)
        return self._file

    def sync(self) -> Path:
        """Make the temporary file durable and return it."""
        self.spill()
        self._file.flush()
        os.fchmod(self._file.fileno(), 0o644)  # mkstemp makes 0600; others may read the data set
        os.fsync(self._file.fileno())
        assert self.temporary is not None
        return self.temporary

    def discard(self) -> None:
        """Forget the bytes; what was renamed meanwhile stays."""
        self._file.close()
        if self.temporary is not None:
            self.temporary.unlink(missing_ok=True)


class Store:
    """The folder of pictures. ``keep`` is safe for many threads.

    Args:
        root: data/raw/images; made where it is missing.
    """

    def __init__(self, root: Path):
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def receive(self, chunks: Iterable[bytes]) -> Incoming:
        """Return the bytes of ``chunks``, of which at most 1 MiB stays in memory."""
        incoming = Incoming(self._root)
        try:
            for chunk in chunks:
                incoming.write(chunk)
        except BaseException:
            incoming.discard()
            raise
        return incoming

    def keep(self, incoming: Incoming, extension: str) -> str:
        """Put the bytes under their sha256, durably, and return it.

        When this returns, the file and its name survive a power cut; only then may a ledger name it.
        """
        sha256 = incoming.sha256
        target = self._root / image_path(sha256, extension)
        temporary = incoming.sync()
        try:
            os.replace(temporary, target)
        except FileNotFoundError:
            target.parent.mkdir(exist_ok=True)
            fsync_directory(self._root)
            os.replace(temporary, target)
        fsync_directory(target.parent)
        incoming.temporary = None
        return sha256

    def intact(self, files: Iterable[tuple[str, str]]) -> set[str]:
        """Return the sha256 of those ``(sha256, extension)`` whose file is there with exactly these bytes.

        Files with other bytes than their name says are removed.
        """
        def check(file: tuple[str, str]) -> str | None:
            sha256, extension = file
            path = self._root / image_path(sha256, extension)
            try:
                if sha256_of(path) == sha256:
                    return sha256
            except FileNotFoundError:
                return None
            path.unlink()
            return None

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return {sha256 for sha256 in pool.map(check, files) if sha256 is not None}

    def sweep(self, wanted: set[tuple[str, str]]) -> int:
        """Remove the pictures that are not among the ``(sha256, extension)`` wanted; return how many.

        Files with other names than the store gives are not touched, temporary files of a killed run excepted.
        """
        remove_leftovers(self._root)
        removed = 0
        for path, sha256, extension in self._pictures():
            if (sha256, extension) not in wanted:
                path.unlink()
                removed += 1
        for folder in self._root.iterdir():
            if folder.is_dir() and len(folder.name) == 2 and not any(folder.iterdir()):
                folder.rmdir()
        return removed

    def _pictures(self) -> Iterator[tuple[Path, str, str]]:
        for path in sorted(self._root.glob("*/*")):
            match = _NAME.fullmatch(f"{path.parent.name}/{path.name}")
            if match:
                yield path, match[2], match[3]
