"""The ledger: what was tried and what came of it, one row a URL. The only memory that download has.

A row is written after the picture it names is durable on disk, and never removed: where a candidate is
gone and comes back, what failed for good is still known, and what was saved is fetched again if its file
was removed meanwhile.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import TableError

VERSION = 1

_SCHEMA = """
CREATE TABLE fetches (
    url TEXT PRIMARY KEY,       -- as it was asked, see scrape/addresses.py; or folder:<path>
    status TEXT NOT NULL,       -- saved, rejected or failed
    reason TEXT,                -- slug of scrape/reasons.py; null where saved
    http_status INTEGER,        -- last HTTP status
    sha256 TEXT,                -- where saved
    extension TEXT,             -- of the file, where saved
    bytes INTEGER,              -- of the file, where saved
    fetched_at INTEGER NOT NULL,-- end of the last attempt, microseconds since the epoch, UTC
    final_url TEXT,             -- address after redirects
    runs INTEGER NOT NULL,      -- runs that ended in a failure that may pass
    rule TEXT,                  -- limit or wish that refused it: max_bytes=30000000, noai, 10.0.0.1:80
    validator TEXT              -- of a file in a folder: <bytes>:<time of change in nanoseconds>
) WITHOUT ROWID, STRICT
"""


class Row(NamedTuple):
    """One row of the ledger."""

    url: str
    status: str
    reason: str | None = None
    http_status: int | None = None
    sha256: str | None = None
    extension: str | None = None
    bytes: int | None = None
    fetched_at: int = 0
    final_url: str | None = None
    runs: int = 0
    rule: str | None = None
    validator: str | None = None


_COLUMNS = ", ".join(Row._fields)
_INSERT = f"INSERT OR REPLACE INTO fetches ({_COLUMNS}) VALUES ({', '.join('?' * len(Row._fields))})"


class Ledger:
    """An open ledger. Use it from one thread, through :func:`open_ledger`."""

    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection

    def rows(self) -> Iterator[Row]:
        """Yield all rows, by URL."""
        for values in self._connection.execute(f"SELECT {_COLUMNS} FROM fetches ORDER BY url"):
            yield Row(*values)

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows over those of the same URLs, all or none; they are durable when this returns."""
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany(_INSERT, rows)


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Open the ledger, or make it; on a clean end it is one file again, without -wal and -shm beside it.

    Raises:
        TableError: the file is no ledger of this version, or cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = None
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        _prepare(connection, path)
        yield Ledger(connection)
    except sqlite3.Error as error:
        raise TableError(f"{path}: the ledger cannot be used ({error}); if it is damaged, remove it with its -wal and "
                         "-shm and run `whatbenz download`: everything is then fetched again") from error
    finally:
        if connection is not None:
            connection.close()


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version, = connection.execute("PRAGMA user_version").fetchone()
    if version not in (0, VERSION):
        raise TableError(f"{path}: the ledger has version {version}, this program knows {VERSION}; "
                         "use the program that wrote it, or remove the file to fetch everything again")
    # Every commit is on disk before the next request is reported as done.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    if version == 0:
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute("BEGIN")
            connection.execute(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {VERSION}")


def read_ledger(path: Path) -> dict[str, Row]:
    """Return the rows of a ledger by URL, without changing anything; empty if there is none.

    Raises:
        TableError: the file is no ledger of this version, or cannot be opened.
    """
    if not path.exists():
        return {}
    with open_ledger(path) as ledger:
        return {row.url: row for row in ledger.rows()}
