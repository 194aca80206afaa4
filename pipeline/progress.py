"""Progress of long work: a bar on a terminal, a plain line every few seconds in a log."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


class Progress:
    """Counts done work. Use as a context manager; ``advance`` from one thread at a time.

    Args:
        label: what is being done, for example ``download``.
        total: how many there are, or None where it is not known before.
        unit: what is counted, for example ``image``.
        every: seconds between two lines when standard error is not a terminal.
    """

    def __init__(self, label: str, total: int | None = None, unit: str = "image", every: float = 10.0):
        self._label, self._total, self._unit, self._every = label, total, unit, every
        self._terminal = sys.stderr.isatty()
        self._bar = tqdm(total=total, desc=label, unit=unit, disable=not self._terminal, dynamic_ncols=True)
        self._done = 0
        self._facts: dict[str, object] = {}
        self._start = self._last = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
        if not self._terminal and self._done:
            self._print_line()

    def advance(self, count: int = 1, **facts: object) -> None:
        """Count ``count`` more as done; ``facts`` (saved=3, failed=1) stand beside the bar."""
        self._done += count
        self._facts.update(facts)
        self._bar.update(count)
        if facts and self._terminal:
            self._bar.set_postfix(facts, refresh=False)
        now = time.monotonic()
        if not self._terminal and now - self._last >= self._every:
            self._last = now
            self._print_line()

    def _print_line(self) -> None:
        seconds = max(time.monotonic() - self._start, 1e-9)
        of = f"/{self._total}" if self._total is not None else ""
        facts = "".join(f", {value} {key}" for key, value in self._facts.items())
        print(f"{self._label}: {self._done}{of} {self._unit}s{facts}, {self._done / seconds:.1f} {self._unit}s/s",
              file=sys.stderr, flush=True)


class Stages:
    """Progress of work that has several parts, one after the other, whose sizes show only when they begin."""

    def __init__(self, label: str):
        self._label = label
        self._what = ""
        self._done = 0
        self._progress: Progress | None = None

    def __enter__(self) -> "Stages":
        return self

    def __exit__(self, *details: object) -> None:
        if self._progress:
            self._progress.__exit__(*details)

    def note(self, what: str, done: int, total: int) -> None:
        """Note that ``done`` of ``total`` of the part ``what`` are done; another name begins the next part."""
        if what != self._what:
            self.__exit__(None, None, None)
            self._what, self._done = what, 0
            self._progress = Progress(f"{self._label}: {what}", total, "item")
        if self._progress:
            self._progress.advance(done - self._done)
        self._done = done


def track(items: Iterable[T], label: str, total: int | None = None, unit: str = "image") -> Iterator[T]:
    """Yield ``items`` and show how far it is."""
    with Progress(label, total, unit) as progress:
        for item in items:
            yield item
            progress.advance()
