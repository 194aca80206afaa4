"""Ctrl-C as a wish to stop that the work looks at, instead of an exception in the middle of it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""Exit code of a command that was stopped by Ctrl-C: 128 and the number of SIGINT."""


@contextmanager
def on_interrupt() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C sets for the length of the block; a second Ctrl-C interrupts as usual."""
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask_to_stop)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
