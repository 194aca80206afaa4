"""The stage download: candidates → pictures in the store, the ledger and the table hits."""

import fcntl
import os
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import tables
from pipeline.errors import MaterialError
from pipeline.layout import Layout
from pipeline.progress import Progress
from scrape import reasons
from scrape.addresses import Gate
from scrape.crawl import Crawl
from scrape.fetch import FOLDER_SCHEME, Fetcher, validator_of
from scrape.hits import check_conservation, key_of, make_hits
from scrape.ledger import Row, open_ledger
from scrape.params import DownloadParams, HostLimits
from scrape.reasons import Again
from scrape.store import Store
from scrape.transport import Timeouts, Transport


@dataclass(frozen=True)
class Web:
    """Where downloads may go and under which name.

    Attributes:
        agent: the User-Agent.
        allowed: ``host`` or ``host:port`` in private networks that may be contacted.
        folder: scrape.folder, the root of ``folder:`` candidates.
        sandbox: ``host:port`` of the sandbox while it runs; allowed, and limited as download.hosts says.
    """

    agent: str
    allowed: tuple[str, ...] = ()
    folder: Path | None = None
    sandbox: str | None = None


@dataclass(frozen=True)
class Result:
    """What a run came to: the hits, whether it was complete (false where it was stopped), and files removed."""

    hits: pd.DataFrame
    complete: bool
    removed: int


def download(layout: Layout, params: DownloadParams, web: Web, stop: threading.Event | None = None) -> Result:
    """Fetch what is not there yet of data/candidates into data/raw.

    Args:
        layout: reads ``candidates``; writes ``images``, ``ledger`` and ``hits``.
        params: the section download.
        web: where to go.
        stop: set by another thread or a signal handler, ends the run within two seconds; everything that was
            fetched by then is kept.

    Raises:
        TableError: candidates are missing, or the ledger cannot be used.
        MaterialError: another download runs in the same place.
        ConservationError: a candidate was lost or counted twice.
        WhatBenzError: the disk cannot be written.
    """
    stop = stop or threading.Event()
    candidates = tables.read(tables.CANDIDATES, layout.candidates)
    keys = [key_of(url) for url in candidates["url"]]
    classes: dict[str, list[str]] = {}
    for key, class_id in zip(keys, candidates["class_id"], strict=True):
        classes.setdefault(key, []).append(class_id)
    with _alone(layout.raw), open_ledger(layout.ledger) as ledger:
        known = {row.url: row for row in ledger.rows() if row.url in classes}
        store = Store(layout.images)
        intact = store.intact(_files(known.values()), stop)
        gate = Gate((*web.allowed, *([web.sandbox] if web.sandbox else [])))
        due = [key for key in classes if not is_settled(known.get(key), intact, params, gate, web.folder)]
        with Transport(web.agent, gate, Timeouts(params.connect_seconds, params.stall_seconds, params.total_seconds),
                       keep=params.threads) as transport:
            crawl = Crawl(Fetcher(transport, store, params), params, _limits(params, web), web.folder)
            tally = _Tally({key: classes[key] for key in due})
            with Progress("download", tally.total) as progress:
                for rows in crawl.run(due, stop):
                    rows = [_count_run(row, known.get(row.url)) for row in rows]
                    ledger.write(rows)
                    known |= {row.url: row for row in rows}
                    intact |= {row.sha256 for row in rows if row.sha256}
                    progress.advance(tally.add(rows), **tally.counts)
        hits = make_hits(candidates, keys, known, intact)
        check_conservation(candidates, hits, intact)
        complete = not stop.is_set()
        removed = store.sweep(_files(known.values())) if complete else 0
        tables.write(tables.HITS, hits, layout.hits)
    return Result(hits, complete, removed)


def _files(rows: Iterable[Row]) -> set[tuple[str, str]]:
    """Return the files that the rows name, as ``(sha256, extension)``."""
    return {(row.sha256, row.extension) for row in rows if row.sha256 and row.extension}


class _Tally:
    """Counts outcomes as they arrive; which of two equal pictures is the duplicate is only settled at the end."""

    def __init__(self, classes: dict[str, list[str]]):
        self._classes = classes
        self.total = sum(map(len, classes.values()))
        self.counts = {"saved": 0, "duplicate": 0, "rejected": 0, "failed": 0}
        self._taken: set[tuple[str, str]] = set()

    def add(self, rows: Iterable[Row]) -> int:
        """Count the candidates of ``rows`` and return how many they are."""
        done = 0
        for row in rows:
            for class_id in self._classes[row.url]:
                status = row.status
                if row.sha256 is not None:
                    status = "duplicate" if (class_id, row.sha256) in self._taken else "saved"
                    self._taken.add((class_id, row.sha256))
                self.counts[status] += 1
                done += 1
        return done


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other downloads out of ``folder`` for the length of the block; the lock ends with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise MaterialError(f"{folder}: another `whatbenz download` is running here; wait for its end") from error
        yield
    finally:
        os.close(descriptor)


def _limits(params: DownloadParams, web: Web) -> dict[str, HostLimits]:
    """Return the limits of single hosts by the host or host:port they hold for."""
    named = {limits.host.lower(): limits for limits in params.hosts}
    sandbox = named.pop("sandbox", None)
    return {web.sandbox: sandbox, **named} if web.sandbox and sandbox else named


def _count_run(row: Row, before: Row | None) -> Row:
    """Return ``row`` with the earlier runs counted in, where this one ended in a failure that may pass."""
    return row._replace(runs=row.runs + before.runs) if row.runs and before is not None else row


def is_settled(row: Row | None, intact: Collection[str], params: DownloadParams, gate: Gate,
               folder: Path | None) -> bool:
    """Return whether nothing is to be asked for a URL: it is there, or has failed for good.

    What a limit or a wish refused is settled for as long as that limit or wish stands.

    Args:
        row: what the ledger knows of it.
        intact: the sha256 of the files that are there.
        params: the limits of this run.
        gate: the addresses of this run.
        folder: scrape.folder.
    """
    if row is None:
        return False
    if row.url.startswith(FOLDER_SCHEME) and row.validator != validator_of(row.url, folder):
        return False
    if row.status == "saved":
        return row.sha256 in intact
    rule = row.rule or ""
    if row.reason == "too_large":
        return int(rule.partition("=")[2]) >= params.max_bytes
    if row.reason == "too_many_pixels":
        return int(rule.partition("=")[2]) >= params.max_pixels
    if row.reason == "opt_out":
        return rule in (*map(str.lower, params.opt_out), "tdm-reservation")
    if row.reason == "private_address" and rule:
        host, _, port = rule.rpartition(":")
        return not gate.allows_any_address_of(host, int(port))
    return reasons.look_up(row.reason or "").again is Again.NEVER or row.runs >= params.runs
