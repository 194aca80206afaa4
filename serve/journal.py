"""The service's log: one line of JSON a request. No address, no agent, no file name, no picture."""

import json
import sys
import threading
from datetime import UTC, datetime
from typing import Any, TextIO


class Journal:
    """Writes lines of JSON for many threads."""

    def __init__(self, stream: TextIO | None = None):
        self._stream, self._lock = stream or sys.stderr, threading.Lock()

    def write(self, event: str, **facts: Any) -> None:
        """Write one line: the time (UTC), the event and its facts; facts that are None are left out."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event,
                **{name: value for name, value in facts.items() if value is not None}}
        with self._lock:
            print(json.dumps(line), file=self._stream, flush=True)
