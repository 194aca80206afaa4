"""The pictures under data/raw/images, each under the sha256 of its bytes."""

import hashlib
import io
import os
import re
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from pipeline.errors import WhatBenzError
from pipeline.files import TEMPORARY_SUFFIX, fsync_directory, remove_leftovers, sha256_of
from pipeline.layout import image_path

_FOLDER = re.compile(r"[0-9a-f]{2}")
_NAME = re.compile(r"[0-9a-f]{64}\.(jpg|png|webp|gif|avif|heic)")
_IN_MEMORY = 1 << 20


class Incoming:
    """Bytes on their way into the store: in memory while they are few, then in a temporary file."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._file: Any = io.BytesIO()
        self._hash = hashlib.sha256()
        self._temporary: str | None = None
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Append ``chunk``."""
        if self._temporary is None and self.size + len(chunk) > _IN_MEMORY:
            self._spill(self._folder)
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    @property
    def sha256(self) -> str:
        """The sha256 of what was written, 64 hex digits."""
        return self._hash.hexdigest()

    def reader(self) -> BinaryIO:
        """Return the bytes as a file at its beginning."""
        self._file.flush()
        self._file.seek(0)
        return self._file

    def move(self, target: Path) -> None:
        """Give the bytes the name ``target``, in a folder that exists, durably."""
        if self._temporary is None:
            self._spill(target.parent)
        self._file.flush()
        os.fsync(self._file.fileno())
        assert self._temporary is not None
        os.replace(self._temporary, target)
        self._temporary = None
        fsync_directory(target.parent)

    def discard(self) -> None:
        """Forget the bytes; a file that was given its name stays."""
        self._file.close()
        if self._temporary is not None:
            os.unlink(self._temporary)

    def _spill(self, folder: Path) -> None:
        data = self._file.getvalue()
        temporary = f"{folder}/.{uuid4().hex}{TEMPORARY_SUFFIX}"
        self._file = open(temporary, "x+b", buffering=0)  # noqa: SIM115
        self._temporary = temporary
        self._file.write(data)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WhatBenzError(f"{path}: cannot be written ({error.strerror}); make room or give leave to write, then run "
                            "`whatbenz download` again: it goes on where it stopped") from error


class Store:
    """The folder of pictures. ``keep`` is safe for many threads.

    Args:
        root: data/raw/images; made where it is missing.
    """

    def __init__(self, root: Path):
        self._root = root
        self._folders: set[Path] = set()
        root.mkdir(parents=True, exist_ok=True)

    def receive(self, chunks: Iterable[bytes]) -> Incoming:
        """Return the bytes of ``chunks``, of which at most 1 MiB stays in memory.

        Raises:
            WhatBenzError: the disk cannot be written.
        """
        incoming = Incoming(self._root)
        try:
            for chunk in chunks:
                with _writing(self._root):
                    incoming.write(chunk)
        except BaseException:
            incoming.discard()
            raise
        return incoming

    def keep(self, incoming: Incoming, extension: str) -> str:
        """Put the bytes under their sha256, durably, and return it.

        When this returns, the file and its name survive a power cut; only then may a ledger name it.

        Raises:
            WhatBenzError: the disk cannot be written.
        """
        sha256 = incoming.sha256
        target = self._root / image_path(sha256, extension)
        with _writing(target):
            if target.parent not in self._folders:
                target.parent.mkdir(exist_ok=True)
                fsync_directory(self._root)
                self._folders.add(target.parent)
            incoming.move(target)
        return sha256

    def intact(self, files: Iterable[tuple[str, str]], stop: threading.Event) -> set[str]:
        """Return the sha256 of those ``(sha256, extension)`` whose file is there with exactly these bytes.

        Files with other bytes than their name says are removed. Once ``stop`` is set, a file that is there counts
        as intact unread: nothing will be built on it any more.
        """
        def check(file: tuple[str, str]) -> str | None:
            sha256, extension = file
            path = self._root / image_path(sha256, extension)
            try:
                if (path.exists() if stop.is_set() else sha256_of(path) == sha256):
                    return sha256
            except FileNotFoundError:
                return None
            path.unlink(missing_ok=True)
            return None

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return {sha256 for sha256 in pool.map(check, files) if sha256 is not None}

    def sweep(self, wanted: set[tuple[str, str]]) -> int:
        """Remove the pictures that are not among the ``(sha256, extension)`` wanted; return how many.

        Temporary files of a killed run and folders that are empty now go too. Files with names that the store
        does not give are not touched.
        """
        removed = 0
        remove_leftovers(self._root)
        for folder in os.listdir(self._root):
            if not _FOLDER.fullmatch(folder):
                continue
            names = os.listdir(self._root / folder)
            unwanted = [name for name in names if _NAME.fullmatch(name) and tuple(name.split(".")) not in wanted]
            for name in unwanted:
                os.unlink(self._root / folder / name)
            removed += len(unwanted)
            if len(unwanted) == len(names):
                os.rmdir(self._root / folder)
        return removed
