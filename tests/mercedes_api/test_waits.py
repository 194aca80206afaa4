from datetime import UTC, datetime

import pytest
from requests.structures import CaseInsensitiveDict

from mercedes_api.waits import announced_wait

NOW = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("text, seconds", [
    ('{"statusCode": 429, "message": "Rate limit is exceeded. Try again in 58 seconds."}', 58),
    ("Try again in 1 second.", 1),
    ("Try again in 2 minutes", 120),
    ("Out of call volume quota. Quota will be replenished in 01:02:03.", 3723),
    ("Quota will be replenished in 3.01:00:00", 3 * 86400 + 3600),
    ("Quota limit is exceeded", None),
    ("", None),
])
def test_the_wait_is_read_from_the_words_of_the_body(text, seconds):
    assert announced_wait({}, text, NOW) == seconds


@pytest.mark.parametrize("value, seconds", [
    ("7", 7), ("0", 0), ("Wed, 01 May 2024 12:00:30 GMT", 30), ("Wed, 01 May 2024 11:00:00 GMT", 0),
    ("soon", None), ("-5", None), ("inf", None), ("nan", None)])
def test_the_wait_is_read_from_the_header(value, seconds):
    assert announced_wait(CaseInsensitiveDict({"retry-after": value}), "", NOW) == seconds


def test_the_longer_of_two_announced_waits_counts():
    assert announced_wait({"Retry-After": "5"}, "Try again in 58 seconds.", NOW) == 58
