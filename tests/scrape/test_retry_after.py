from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from scrape.retry_after import LONGEST, wait_of

NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)


def header(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(("value", "seconds"), [
    (None, None), ("", None), ("soon", None), ("-3", None), ("inf", None), ("nan", None), ("1e3", None),
    ("0", 0.0), (" 12 ", 12.0), ("1.5", 1.5), (header(9), 9.0), (header(-5), 0.0), ("9" * 400, LONGEST),
    ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST), ("Fri, 31 Feb 2026 00:00:00 GMT", None),
    ("Sun, 22 Nov 2026 09:00:30 +0100", 30.0),
])
def test_a_wait_is_read_in_seconds_and_as_a_date_and_anything_else_is_none(value, seconds):
    assert wait_of(value, NOW) == seconds


def test_a_date_is_meant_by_the_clock_of_the_host():
    assert wait_of(header(3600 + 9), NOW, date=header(3600)) == 9.0
    assert wait_of(header(9), NOW, date="no date") == 9.0
