"""Who may be asked when: limits per host, pauses that hosts ask for, and a breaker for hosts that fail.

Nothing here waits for one host while another has work: a worker is handed the next request that may be
made now, of whatever host, and waits only when no host may be asked.
"""

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from scrape.params import HostLimits

PROBE_FACTOR = 2.0
MAX_OPENINGS = 3
"""After so many openings without a success between them, a host is not asked again in this run."""


class AnyJob(Protocol):
    """One request to be made of ``host`` (the key of its limits), not before ``not_before``.

    ``refused`` is set on a job that is handed out only to be ended: its host will not be asked again.
    """

    host: str
    not_before: float
    refused: bool


Job = TypeVar("Job", bound=AnyJob)


@dataclass(frozen=True)
class Report:
    """What a request says about its host.

    Attributes:
        reached: whether it answered as a host in good order does; None where that cannot be said.
        wait: seconds that it asks to be left alone.
        size: bytes that it sent.
    """

    reached: bool | None = None
    wait: float | None = None
    size: int = 0


@dataclass
class _Host:
    """One host's queue, limits and state. Times are those of the scheduler's clock."""

    limits: HostLimits
    queue: deque = field(default_factory=deque)
    active: int = 0
    free_at: float = 0.0
    interval: float = 0.0
    failures: int = 0
    openings: int = 0
    open_until: float = 0.0
    probing: bool = False
    closed: bool = False
    listed: bool = False

    @property
    def has_room(self) -> bool:
        return self.closed or self.active < (1 if self.probing else self.limits.connections)

    @property
    def ready_at(self) -> float:
        return 0.0 if self.closed else self.free_at


class Scheduler(Generic[Job]):
    """Hands out jobs so that every host's limits hold. Safe for many threads.

    Args:
        limits: the limits of a host by its key.
        breaker_failures: failures in a row that open a host's breaker.
        breaker_seconds: how long it stays open at first; each time it opens again, twice as long.
        max_wait: the longest pause, in seconds, that a host may ask for; if it wants more, it is not asked again.
        clock: seconds that never go backwards.
    """

    def __init__(self, limits: Callable[[str], HostLimits], breaker_failures: int, breaker_seconds: float,
                 max_wait: float, clock: Callable[[], float] = time.monotonic):
        self._limits, self._clock, self._max_wait = limits, clock, max_wait
        self._breaker_failures, self._breaker_seconds = breaker_failures, breaker_seconds
        self._hosts: dict[str, _Host] = {}
        self._ready: list[tuple[float, int, _Host]] = []
        self._delayed: list[tuple[float, int, Job]] = []
        self._unfinished = 0
        self._turn = 0
        self._stopped = False
        self._changed = threading.Condition()

    def add(self, jobs: Iterable[Job]) -> None:
        """Queue jobs, each at the end of its host's queue."""
        with self._changed:
            self._add(jobs)

    def take(self) -> Job | None:
        """Wait for a job that may be done now and return it, or None when there is nothing left to do."""
        with self._changed:
            while True:
                now = self._clock()
                job = self.next(now)
                if not isinstance(job, float):
                    return job
                self._changed.wait(None if job == float("inf") else max(job - now, 0.0))

    def next(self, now: float) -> "Job | float | None":
        """Return a job that may be done at ``now``, or when to ask again, or None when all is done.

        The time is infinite where only the end of a job in hand can change anything.
        """
        with self._changed:
            if self._stopped or not self._unfinished:
                return None
            while self._delayed and self._delayed[0][0] <= now:
                _, _, job = heapq.heappop(self._delayed)
                self._enqueue(job)
            while self._ready and self._ready[0][0] <= now:
                _, _, host = heapq.heappop(self._ready)
                host.listed = False
                if not host.queue or not host.has_room:
                    continue
                if host.ready_at > now:  # it asked for a pause after it was listed
                    self._list(host)
                    continue
                return self._start(host, now)
            return min((heap[0][0] for heap in (self._ready, self._delayed) if heap), default=float("inf"))

    def finish(self, job: Job, report: Report, then: Iterable[Job] = ()) -> None:
        """Say that a job is done; ``then`` are the jobs that follow from it.

        Args:
            job: as :meth:`take` gave it.
            report: what it says about its host.
            then: a retry, a redirect's target, or what waited for it.
        """
        with self._changed:
            now = self._clock()
            host = self._hosts[job.host]
            if not job.refused:
                host.active -= 1
                self._judge(host, report, now)
            self._add(then)
            self._unfinished -= 1
            self._list(host)
            if not self._unfinished:
                self._changed.notify_all()

    def slow_down(self, host: str, interval: float) -> None:
        """Leave at least ``interval`` seconds between two requests to a host (Crawl-delay)."""
        with self._changed:
            entry = self._host(host)
            entry.interval = max(entry.interval, interval)

    def stop(self) -> None:
        """Hand out nothing more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _add(self, jobs: Iterable[Job]) -> None:
        now = self._clock()
        for job in jobs:
            self._unfinished += 1
            if job.not_before > now:
                self._turn += 1
                heapq.heappush(self._delayed, (job.not_before, self._turn, job))
                self._changed.notify()
            else:
                self._enqueue(job)

    def _host(self, key: str) -> _Host:
        if key not in self._hosts:
            limits = self._limits(key)
            self._hosts[key] = _Host(limits, interval=limits.interval)
        return self._hosts[key]

    def _enqueue(self, job: Job) -> None:
        host = self._host(job.host)
        host.queue.append(job)
        self._list(host)

    def _list(self, host: _Host) -> None:
        """Put a host that could be asked among the ready ones, once."""
        if host.queue and host.has_room and not host.listed:
            host.listed = True
            self._turn += 1
            heapq.heappush(self._ready, (host.ready_at, self._turn, host))
            self._changed.notify()

    def _start(self, host: _Host, now: float) -> Job:
        job = host.queue.popleft()
        job.refused = host.closed
        if not host.closed:
            host.active += 1
            host.free_at = max(host.free_at, now + host.interval)
        self._list(host)
        return job

    def _judge(self, host: _Host, report: Report, now: float) -> None:
        if host.limits.megabits and report.size:
            # The next request starts when the line would have been free at the host's rate.
            host.free_at = max(host.free_at, now) + report.size * 8 / (host.limits.megabits * 1e6)
        if report.wait is not None:
            host.free_at = max(host.free_at, now + report.wait)
            if report.wait > self._max_wait:
                self._close(host)
        if report.reached:
            host.failures = host.openings = 0
            host.probing = False
        elif report.reached is False:
            host.failures += 1
            # Requests that were under way when it opened say nothing new.
            if now >= host.open_until and (host.probing or host.failures >= self._breaker_failures):
                self._open_breaker(host, now)

    def _open_breaker(self, host: _Host, now: float) -> None:
        host.openings += 1
        host.failures = 0
        host.probing = True
        host.open_until = now + self._breaker_seconds * PROBE_FACTOR ** (host.openings - 1)
        host.free_at = max(host.free_at, host.open_until)
        if host.openings >= MAX_OPENINGS:
            self._close(host)

    def _close(self, host: _Host) -> None:
        host.closed = True
        host.listed = False  # it may be listed for a time that no longer counts
