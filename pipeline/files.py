"""Files that are whole or absent: temporary file, fsync, rename, fsync of the directory."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

TEMPORARY_SUFFIX = ".part"


def fsync_directory(path: Path) -> None:
    """Make renames inside ``path`` survive a power cut (POSIX: the entry lives in the directory)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it replaces ``path``, else it is removed.

    For libraries that write to a path of their own (pyarrow, numpy, Pillow).
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(
        prefix=f".{path.stem}-", suffix=path.suffix + TEMPORARY_SUFFIX, dir=path.parent
    )
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp makes 0600; others may read the data set
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_directory(path.parent)


@contextmanager
def atomic_open(path: Path | str, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file for writing that appears under ``path`` only when the block ends well."""
    encoding = None if "b" in mode else "utf-8"
    newline = None if "b" in mode else ""
    with atomic_path(path) as temporary:
        with open(temporary, mode, encoding=encoding, newline=newline) as file:
            yield file


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write ``data`` to ``path``, whole or not at all."""
    with atomic_open(path, "wb") as file:
        file.write(data)


def write_text(path: Path | str, text: str) -> None:
    """Write ``text`` as UTF-8 to ``path``, whole or not at all."""
    with atomic_open(path) as file:
        file.write(text)


def remove_leftovers(folder: Path | str) -> int:
    """Remove the temporary files that a killed run left under ``folder``; return how many."""
    leftovers = list(Path(folder).rglob(f".*{TEMPORARY_SUFFIX}"))
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    return len(leftovers)


def sha256_of(path: Path | str) -> str:
    """Return the sha256 of a file's bytes as 64 lower-case hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
