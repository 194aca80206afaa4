"""How long the API asks to be left alone: in Retry-After, and in the words of a 429 or 403 body."""

import re
from collections.abc import Mapping
from datetime import datetime

from scrape.retry_after import wait_of

_SECONDS = {"second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86400}
_IN_WORDS = re.compile(r"\bin\s+(\d+(?:\.\d+)?)\s*(second|sec|minute|min|hour|day)s?\b", re.IGNORECASE)
_IN_CLOCK = re.compile(r"\bin\s+(?:(\d+)\.)?(\d+):(\d{2}):(\d{2})\b", re.IGNORECASE)


def announced_wait(headers: Mapping[str, str], text: str, now: datetime) -> float | None:
    """Return the longest wait that an answer announces, in seconds, or None where it announces none.

    Args:
        headers: the answer's headers, their names in any case (a requests mapping).
        text: its body. Known are "Try again in 58 seconds" and "replenished in HH:MM:SS", also with days before.
        now: the time of the answer, UTC, for a Retry-After that is a date (RFC 9110, 10.2.3).
    """
    waits = [wait for wait in (wait_of(headers.get("Retry-After"), now), _in_text(text)) if wait is not None]
    return max(waits) if waits else None


def _in_text(text: str) -> float | None:
    waits = [float(match[1]) * _SECONDS[match[2].lower()] for match in _IN_WORDS.finditer(text)]
    for match in _IN_CLOCK.finditer(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        waits.append(days * 86400 + hours * 3600 + minutes * 60 + seconds)
    return max(waits) if waits else None
