"""A bounded queue: a few pictures are under way, a few wait, and whoever comes beyond is told to come again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class BusyError(Exception):
    """No place, or none in time."""


class Gate:
    """Lets ``places`` callers in at once; ``queue`` more may wait, each at most ``wait_seconds``."""

    def __init__(self, places: int, queue: int, wait_seconds: float):
        self._free = threading.Semaphore(places)
        self._places, self._queue, self._wait_seconds = places, queue, wait_seconds
        self._lock = threading.Lock()
        self._here = 0

    @property
    def size(self) -> int:
        """How many there can be inside and waiting."""
        return self._places + self._queue

    @property
    def taken(self) -> int:
        """How many are inside or wait now."""
        return self._here

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return max(0, self._here - self._places)

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            BusyError: the queue is full, or no place was free in time.
        """
        with self._lock:
            if self._here >= self.size:
                raise BusyError
            self._here += 1
        try:
            if not self._free.acquire(timeout=self._wait_seconds):
                raise BusyError
            try:
                yield
            finally:
                self._free.release()
        finally:
            with self._lock:
                self._here -= 1
