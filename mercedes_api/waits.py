"""How long the API asks to be left alone: in Retry-After, and in the words of a 429 or 403 body."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

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
    waits = [wait for wait in (_in_header(headers.get("Retry-After"), now), _in_text(text)) if wait is not None]
    return max(waits) if waits else None


def _in_header(value: str | None, now: datetime) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value)
        return seconds if math.isfinite(seconds) and seconds >= 0 else None
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _in_text(text: str) -> float | None:
    waits = [float(match[1]) * _SECONDS[match[2].lower()] for match in _IN_WORDS.finditer(text)]
    for match in _IN_CLOCK.finditer(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        waits.append(days * 86400 + hours * 3600 + minutes * 60 + seconds)
    return max(waits) if waits else None
