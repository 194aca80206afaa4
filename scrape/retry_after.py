"""The header Retry-After (RFC 9110, 10.2.3): how long a host asks to be left alone."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 366 * 86400.0
"""Seconds; a longer wait counts as this one, so that whoever adds it to a date still gets a date."""


def wait_of(value: str | None, now: datetime, date: str | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for, or None where it asks for nothing that is known.

    Args:
        value: the header, in seconds or as a date; None where there is none.
        now: the time of the answer, UTC.
        date: the answer's own header Date, by which a date in ``value`` is meant; without it ``now`` counts.
    """
    text = (value or "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return min(float(text), LONGEST)
    until = _moment(text)
    if until is None:
        return None
    seconds = (until - (_moment(date or "") or now)).total_seconds()
    return min(max(seconds, 0.0), LONGEST)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
