"""Many requests at once: retries, redirects and robots.txt, with what came of each picture handed out as it ends."""

import random
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from scrape import reasons
from scrape.addresses import Address, AddressError, parse
from scrape.fetch import FOLDER_SCHEME, Failure, Fetcher, Saved
from scrape.ledger import Row
from scrape.optout import Robots
from scrape.params import DownloadParams, HostLimits
from scrape.polite import Report, Scheduler
from scrape.reasons import Again

MAX_REDIRECTS = 3
# A commit to the ledger costs about as much as ten requests: gather for this long, then commit once.
GATHER_SECONDS = 0.05
JOIN_SECONDS = 1.0

# What a host in good order does not do, as against a picture that is missing or wrong.
_HOST_TROUBLE = frozenset({"unknown_host", "connection_failed", "connect_timeout", "no_answer", "tls_failed",
                           "robots_unreachable", "stalled", "too_slow"})


@dataclass(eq=False)
class _Fetch:
    """One picture to be had; ``address`` is null for a file of scrape.folder."""

    key: str
    address: Address | None
    host: str
    asked: tuple[str, ...] = ()
    tries: int = 0
    not_before: float = 0.0
    refused: bool = False


@dataclass(eq=False)
class _AskRobots:
    """One robots.txt to be read, and the pictures that wait for it."""

    address: Address
    host: str
    waiting: list[_Fetch] = field(default_factory=list)
    tries: int = 0
    not_before: float = 0.0
    refused: bool = False


_Job = _Fetch | _AskRobots


class Crawl:
    """Fetches pictures with many threads.

    Args:
        fetcher: makes the requests.
        params: how fast and how often.
        hosts: limits of single hosts, by ``host:port`` or host.
        folder: scrape.folder.
    """

    def __init__(self, fetcher: Fetcher, params: DownloadParams, hosts: dict[str, HostLimits], folder: Path | None):
        self._fetcher, self._params, self._hosts, self._folder = fetcher, params, hosts, folder
        self._common_limits = HostLimits("", params.connections, params.interval)
        self._scheduler: Scheduler[_Job] = Scheduler(
            self._limits, params.breaker_failures, params.breaker_seconds, params.max_wait)
        self._origins: dict[str, Robots | Failure | _AskRobots] = {}
        self._lock = threading.Lock()
        self._ended: SimpleQueue[Row | BaseException | None] = SimpleQueue()
        self._stopping = threading.Event()

    def run(self, keys: Iterable[str], stop: threading.Event) -> Iterator[list[Row]]:
        """Fetch every key (a URL, or ``folder:<path>``) and yield what came of them, in batches as they end.

        Every key ends in exactly one row, unless ``stop`` is set: then those that were under way have none.

        Raises:
            WhatBenzError: the disk cannot be written.
        """
        for key in keys:
            self._scheduler.add(self._admit(self._first(key)))
        workers = [threading.Thread(target=self._work, name=f"fetch-{n}", daemon=True)
                   for n in range(self._params.threads)]
        for worker in workers:
            worker.start()
        at_work = len(workers)
        try:
            while at_work and not stop.is_set():
                ended = self._gather()
                at_work -= sum(row is None for row in ended)
                yield from _batches(ended)
        finally:
            self._stopping.set()
            self._scheduler.stop()
            self._fetcher.close()
            end = time.monotonic() + JOIN_SECONDS
            for worker in workers:
                worker.join(max(end - time.monotonic(), 0.0))
        yield from _batches(self._drain())

    def _gather(self) -> list[Row | BaseException | None]:
        try:
            first = self._ended.get(timeout=0.2)
        except Empty:
            return []
        time.sleep(GATHER_SECONDS)
        return [first, *self._drain()]

    def _drain(self) -> list[Row | BaseException | None]:
        ended = []
        while True:
            try:
                ended.append(self._ended.get_nowait())
            except Empty:
                return ended

    def _limits(self, host: str) -> HostLimits:
        if host == FOLDER_SCHEME:
            return HostLimits(host, self._params.threads, 0.0)
        return self._hosts.get(host, self._common_limits)

    def _host_of(self, address: Address) -> str:
        """Return the key of an address's limits: the host, whatever the port, unless the port has limits of its own."""
        with_port = f"{address.host}:{address.port}"
        return with_port if with_port in self._hosts else address.host

    def _first(self, key: str) -> _Fetch | None:
        if key.startswith(FOLDER_SCHEME):
            return _Fetch(key, None, FOLDER_SCHEME)
        try:
            address = parse(key)
        except AddressError as error:
            self._end(_Fetch(key, None, ""), Failure(error.reason))
            return None
        return _Fetch(key, address, self._host_of(address))

    def _admit(self, job: _Fetch | None) -> list[_Job]:
        """Return what to queue so that ``job`` is done as its origin's robots.txt allows."""
        if job is None or job.address is None:
            return [] if job is None else [job]
        origin = job.address.origin
        with self._lock:
            robots = self._origins.get(origin)
            if robots is None:
                robots = self._origins[origin] = _AskRobots(job.address, job.host, [job])
                return [robots]
            if isinstance(robots, _AskRobots):
                robots.waiting.append(job)
                return []
        if isinstance(robots, Failure):
            self._end(job, robots)
        elif robots.allows(job.address.url):
            return [job]
        else:
            self._end(job, Failure("robots"))
        return []

    def _work(self) -> None:
        try:
            while (job := self._scheduler.take()) is not None:
                report, then = self._do(job)
                self._scheduler.finish(job, report, then)
        except BaseException as error:
            self._ended.put(error)
            self._scheduler.stop()
        finally:
            self._ended.put(None)

    def _do(self, job: _Job) -> tuple[Report, list[_Job]]:
        """Do one job and return what it says about its host and which jobs follow."""
        job.tries += 1
        try:
            if job.refused:
                raise Failure("breaker_open")
            if isinstance(job, _AskRobots):
                return self._ask_robots(job)
            return self._fetch(job)
        except Failure as failure:
            return self._fail(job, failure)

    def _fetch(self, job: _Fetch) -> tuple[Report, list[_Job]]:
        if job.address is None:
            saved = self._fetcher.copy(job.key, self._folder)
            self._end(job, saved)
            return Report(), []
        found = self._fetcher.fetch(job.address)
        if isinstance(found, Saved):
            self._end(job, found)
            return Report(reached=True, size=found.size), []
        asked = (*job.asked, job.address.url)
        if len(asked) > MAX_REDIRECTS or found.url in asked:
            raise Failure("too_many_redirects")
        follow = _Fetch(job.key, found, self._host_of(found), asked, job.tries - 1)
        return Report(reached=True), self._admit(follow)

    def _ask_robots(self, job: _AskRobots) -> tuple[Report, list[_Job]]:
        robots = self._fetcher.robots(job.address)
        if robots.crawl_delay:
            self._scheduler.slow_down(job.host, min(robots.crawl_delay, self._params.max_wait))
        return Report(reached=True), self._settle(job, robots)

    def _settle(self, job: _AskRobots, robots: Robots | Failure) -> list[_Job]:
        with self._lock:
            self._origins[job.address.origin] = robots
        return [follow for fetch in job.waiting for follow in self._admit(fetch)]

    def _fail(self, job: _Job, failure: Failure) -> tuple[Report, list[_Job]]:
        wait, again = failure.wait, reasons.look_up(failure.reason).again is Again.THIS_RUN
        if isinstance(job, _AskRobots):
            again = again or failure.reason == "robots_unreachable"
        pause = self._params.backoff * 2 ** (job.tries - 1) * random.uniform(0.5, 1.5) if wait is None else wait
        if wait is None and failure.http_status == 429:
            wait = pause  # it means all of us, not only this picture
        report = Report(_reached(failure), wait)
        if again and not self._stopping.is_set() and job.tries < self._params.tries and pause <= self._params.max_wait:
            job.not_before = time.monotonic() + pause
            return report, [job]
        if isinstance(job, _AskRobots):
            return report, self._settle(job, failure)
        self._end(job, failure)
        return report, []

    def _end(self, job: _Fetch, result: Saved | Failure) -> None:
        """Hand out what came of a picture."""
        final_url = job.address.url if job.address else None
        now = time.time_ns() // 1000
        if isinstance(result, Saved):
            self._ended.put(Row(job.key, "saved", None, result.http_status, result.sha256, result.extension,
                                result.size, now, final_url, validator=result.validator))
        elif not self._stopping.is_set():  # else it may have failed because we hung up
            reason = reasons.look_up(result.reason)
            self._ended.put(Row(job.key, reason.status, result.reason, result.http_status, fetched_at=now,
                                final_url=final_url, runs=int(reason.again is not Again.NEVER), rule=result.rule,
                                validator=result.validator))


def _reached(failure: Failure) -> bool | None:
    if failure.reason in _HOST_TROUBLE or failure.reason.startswith("gave_up_"):
        return False
    return None if failure.http_status is None else True


def _batches(ended: list[Row | BaseException | None]) -> Iterator[list[Row]]:
    rows = [row for row in ended if isinstance(row, Row)]
    if rows:
        yield rows
    for error in ended:
        if isinstance(error, BaseException):
            raise error
