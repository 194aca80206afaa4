"""reviews/decisions.csv: rows are appended under a lock and synced; a torn last line is mended."""

import csv
import datetime as dt
import fcntl
import io
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tables
from curate.decisions import parse_rows
from curate.review.history import Decision, History
from pipeline.errors import TableError
from pipeline.files import fsync_directory

HEADER = ",".join(tables.DECISIONS.names)
LINE_END = "\r\n"  # RFC 4180, section 2.1

Signature = tuple[int, int, int]  # inode, bytes, time of the last change


class Journal:
    """The decisions file: several threads, servers and reviewers may write to it at once.

    Each writer takes the file's lock, reads what others have appended, adds its rows in one write and syncs
    them to the disk before it lets go. Rows are never changed or removed.
    """

    def __init__(self, path: Path):
        self.path = path
        self._guard = threading.RLock()
        self._history = History()
        self._seen: Signature | None = None

    def read(self) -> History:
        """Return the history with everything that is in the file by now.

        Raises:
            TableError: the file has a row that cannot be read; the line is named.
        """
        with self._guard:
            if not self.path.exists():
                self._history, self._seen = History(), None
            elif self._seen != _signature(os.stat(self.path)):
                with self._locked() as descriptor:
                    self._catch_up(descriptor)
            return self._history

    def append(self, choose: Callable[[History], Sequence[Decision]]) -> Sequence[Decision]:
        """Append the rows that ``choose`` returns, given everything that is in the file; return them once synced.

        Raises:
            TableError: as :meth:`read`.
        """
        with self._guard, self._locked() as descriptor:
            line_end = self._catch_up(descriptor)
            rows = choose(self._history)
            if rows:
                _write_all(descriptor, "".join(format_row(row) + line_end for row in rows).encode())
                os.fsync(descriptor)
                for row in rows:
                    self._history.add(row)
                self._seen = _signature(os.fstat(descriptor))
            return rows

    def next_moment(self, reviewer: str) -> dt.datetime:
        """Return the time, later than the last action of ``reviewer``: an action is known by its moment."""
        now = dt.datetime.now(dt.UTC)
        last = self._history.last_action(reviewer)
        return max(now, last.decided_at + dt.timedelta(microseconds=1)) if last else now

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Open the file and lock it; one that was replaced meanwhile (git, an editor) is opened anew."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            fresh = not self.path.exists()
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if not _is_at(self.path, descriptor):
                    continue
                if fresh:
                    fsync_directory(self.path.parent)
                yield descriptor
                return
            finally:
                os.close(descriptor)  # lets go of the lock

    def _catch_up(self, descriptor: int) -> str:
        """Read the file if anyone else changed it, mend its end, and return its line end."""
        signature = _signature(os.fstat(descriptor))
        if signature != self._seen:
            text = self._mend(descriptor, os.pread(descriptor, signature[1], 0)).decode("utf-8", errors="replace")
            history = History()
            for row in parse_rows(text, str(self.path)):
                history.add(Decision(**row))
            history.pair_changes += self._history.pair_changes + 1
            self._line_end = "\n" if "\n" in text and LINE_END not in text.partition("\n")[0] + "\n" else LINE_END
            self._history, self._seen = history, _signature(os.fstat(descriptor))
        return self._line_end

    def _mend(self, descriptor: int, data: bytes) -> bytes:
        """Return the file with whole lines only: a whole last row gets its line end, a torn one is taken out."""
        if not data:
            _write_all(descriptor, (HEADER + LINE_END).encode())
            os.fsync(descriptor)
            return (HEADER + LINE_END).encode()
        if data.endswith(b"\n"):
            return data
        whole, newline, last = data.rpartition(b"\n")
        place = f"{self.path}, line {data.count(newline) + 1 if newline else 1}"
        text = last.decode("utf-8", errors="replace")
        if _is_whole(text, self.path):
            ending = b"\n" if last.endswith(b"\r") or (newline and not whole.endswith(b"\r")) else LINE_END.encode()
            _write_all(descriptor, ending)
            os.fsync(descriptor)
            print(f"warning: {place}: the last line lacked its end; mended, nothing is lost", file=sys.stderr)
            return data + ending
        os.ftruncate(descriptor, len(whole + newline))
        os.fsync(descriptor)
        print(f"warning: {place}: the last line was torn while it was written and is taken out: {text!r}; "
              "the page never confirmed that decision", file=sys.stderr)
        return whole + newline or self._mend(descriptor, b"")


def format_row(row: Decision) -> str:
    """Return the row as one line of RFC 4180 CSV without its line end; line breaks within a value become blanks."""
    values: dict[str, Any] = row.as_row()
    values["decided_at"] = row.decided_at.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(
        [" ".join(str(values[name] or "").split()) for name in tables.DECISIONS.names])
    return buffer.getvalue()


def _is_whole(line: str, path: Path) -> bool:
    """Return whether a last line without its end is a whole header or a whole row."""
    if line.rstrip("\r") == HEADER:
        return True
    if line.count('"') % 2:
        return False
    try:
        return len(parse_rows(f"{HEADER}\n{line}\n", str(path))) == 1
    except TableError:
        return False


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data):]


def _signature(stat: os.stat_result) -> Signature:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.stat(path).st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
