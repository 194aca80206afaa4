"""The API's answers on disk: one file a request, the calls paid, and a wait that was announced.

A request is known by its path below the base address, never by anything with the key. Files are
gzip: one line of JSON about the call, then the body as it came (without the key).
"""

import fcntl
import gzip
import hashlib
import json
import os
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from pipeline.errors import ApiError
from pipeline.files import TEMPORARY_SUFFIX, fsync_directory, write_bytes

CALLS = "calls.log"
PAUSE = "pause.json"


@dataclass(frozen=True)
class Answer:
    """What the API answered to one GET.

    Attributes:
        path: path and query below the base address, without the key.
        status: 200, 204 (nothing found), 400 or 404 (no such thing).
        body: the text, without the key; empty for 204.
        fetched_at: when it came, UTC.
    """

    path: str
    status: int
    body: str
    fetched_at: datetime

    @cached_property
    def data(self) -> Any:
        """The body parsed; None where the status is not 200."""
        return json.loads(self.body) if self.status == 200 else None


@dataclass(frozen=True)
class Pause:
    """Until when the API asked to be left alone, and why."""

    until: datetime
    why: str


class Answers:
    """The answers of one API, kept below ``folder``. Opening it for paying locks it against a second run.

    Args:
        folder: made when the first thing is written.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._ledger: IO[bytes] | None = None
        self._paid: int | None = None
        self.damaged: list[Path] = []

    @property
    def folder(self) -> Path:
        """Where the answers lie."""
        return self._folder

    def read(self, path: str) -> Answer | None:
        """Return the kept answer to ``path``, or None. A damaged file counts as none and is listed in ``damaged``."""
        place = self._place(path)
        try:
            answer = _unpack(place.read_bytes())
        except FileNotFoundError:
            return None
        if answer is None or answer.path != path:
            if place not in self.damaged:
                self.damaged.append(place)
            return None
        return answer

    def write(self, answer: Answer) -> None:
        """Keep an answer, whole and synced to the disk, before anything is made of it."""
        place = self._place(answer.path)
        self._make_folder(place.parent)
        write_bytes(place, _pack(answer))

    def open_ledger(self) -> None:
        """Make ready to pay calls; what a killed run had received and not yet put in its place is put there.

        Raises:
            ApiError: another run is paying calls into the same folder.
        """
        self._make_folder(self._folder)
        self._ledger = (self._folder / CALLS).open("ab+")
        try:
            fcntl.flock(self._ledger, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._ledger.close()
            raise ApiError(f"{self._folder}: another run is fetching into it; wait until it has ended") from error
        fsync_directory(self._folder)
        self._recover()

    def _recover(self) -> None:
        """Put answers in their place that were whole on disk when a run was killed before their rename."""
        for leftover in self._folder.rglob(f".*{TEMPORARY_SUFFIX}"):
            answer = _unpack(leftover.read_bytes())
            if answer is not None and self.read(answer.path) is None:
                self.write(answer)
            leftover.unlink()

    def close_ledger(self) -> None:
        """Give the folder free for another run."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    @property
    def paid(self) -> int:
        """Calls sent so far, by this and all earlier runs, answered or not."""
        if self._paid is None:
            try:
                self._paid = (self._folder / CALLS).read_bytes().count(b"\n")
            except FileNotFoundError:
                self._paid = 0
        return self._paid

    def pay(self, path: str, durable: bool = True) -> None:
        """Note a call before it is sent: a killed run has counted what it sent.

        Args:
            durable: sync the note to the disk, so that the count outlives a power cut too.
        """
        if self._ledger is None:
            raise RuntimeError("open_ledger comes before pay")
        paid = self.paid
        self._ledger.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {path}\n".encode())
        self._ledger.flush()
        if durable:
            os.fsync(self._ledger.fileno())
        self._paid = paid + 1

    @property
    def pause(self) -> Pause | None:
        """The wait that the API announced last, whether or not it is over."""
        try:
            facts = json.loads((self._folder / PAUSE).read_text(encoding="utf-8"))
            return Pause(datetime.fromisoformat(facts["until"]), str(facts["why"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def set_pause(self, pause: Pause) -> None:
        """Keep an announced wait, so that the next run honours it."""
        self._make_folder(self._folder)
        facts = {"until": pause.until.isoformat(), "why": pause.why}
        write_bytes(self._folder / PAUSE, json.dumps(facts).encode() + b"\n")

    def _make_folder(self, folder: Path) -> None:
        if not folder.exists():
            folder.mkdir(parents=True)
            fsync_directory(folder.parent)

    def _place(self, path: str) -> Path:
        # /markets/de_DE/models/2050411/configurations/initial → de_DE/2050411-initial-….json.gz; the digest tells
        # paths apart whose readable part is the same
        parts = [part for part in path.partition("?")[0].split("/") if re.fullmatch(r"[A-Za-z0-9_-]{1,24}", part)]
        market, names = (parts[1], parts[2:]) if len(parts) > 1 else ("", parts)
        name = "-".join(part for part in names if part != "configurations" and (part != "models" or len(names) == 1))
        digest = hashlib.sha256(path.encode()).hexdigest()[:20]
        return self._folder / market / f"{name or 'market'}-{digest}.json.gz"


def _pack(answer: Answer) -> bytes:
    body = answer.body.encode("utf-8")
    head = {"path": answer.path, "status": answer.status, "fetched_at": answer.fetched_at.isoformat(),
            "sha256": hashlib.sha256(body).hexdigest()}
    return gzip.compress(json.dumps(head).encode() + b"\n" + body, compresslevel=6, mtime=0)


def _unpack(raw: bytes) -> Answer | None:
    """Return the answer in a file's bytes, or None where they are not whole."""
    try:
        head, _, body = gzip.decompress(raw).partition(b"\n")
        facts = json.loads(head)
        if facts["sha256"] != hashlib.sha256(body).hexdigest():
            return None
        return Answer(str(facts["path"]), int(facts["status"]), body.decode("utf-8"),
                      datetime.fromisoformat(facts["fetched_at"]))
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError):
        return None


def folder_name(base_url: str) -> str:
    """Return the folder's name for an API's address: answers of different APIs never meet."""
    url = urlsplit(base_url)
    port = f"-{url.port}" if url.port else ""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", f"{url.hostname}{port}{url.path.rstrip('/')}")
