import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from scrape.answers import MAX_BYTES, NoAnswer, Refusal
from tests.scrape.search_web import START, Clock, make_answers, web

OK = (200, {"Content-Type": "text/plain"}, b"yes")


def after(*answers):
    """Return a ``respond`` that gives the answers in turn, the last one for ever."""
    left = list(answers)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


def test_an_answer_is_its_bytes_with_the_time_it_was_asked():
    with web(after(OK)) as served:
        answer = make_answers().ask(f"{served.base_url}/a?b=c", source="s")
        assert (answer.content, answer.content_type, answer.asked_at) == (b"yes", "text/plain", START)
        assert served.asked[0].target == "/a?b=c"
        assert served.asked[0].headers["user-agent"] == "WhatBenz/test (test@example.org)"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again_after_the_seconds_of_retry_after(status):
    clock = Clock()
    with web(after((status, {"Retry-After": "7"}, b""), OK)) as served:
        assert make_answers(clock).ask(served.base_url, source="s").content == b"yes"
    assert clock.slept == [7.0]


def test_retry_after_may_be_a_date():
    clock = Clock()
    # By the answer's own Date, which is the machine's clock and not the one that stands still here.
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    with web(after((503, {"Retry-After": date}, b""), OK)) as served:
        make_answers(clock).ask(served.base_url, source="s")
    assert 50 <= clock.slept[0] <= 60


def test_an_endless_wait_ends_the_source_with_a_date():
    with web(after((503, {"Retry-After": "9" * 400}, b""))) as served, pytest.raises(NoAnswer, match="come back at 20"):
        make_answers().ask(served.base_url, source="s")


def test_without_retry_after_the_pauses_grow_and_end():
    clock = Clock()
    with web(after((500, {}, b""))) as served, pytest.raises(NoAnswer, match="HTTP 500; asked 4 times"):
        make_answers(clock, tries=4).ask(served.base_url, source="s")
    assert len(served.asked) == 4
    assert [0.5 <= a <= 1 for a in (clock.slept[0], clock.slept[1] / 2, clock.slept[2] / 4)] == [True] * 3


def test_a_pause_that_is_too_long_ends_the_source_and_says_until_when():
    clock = Clock()
    with web(after((429, {"Retry-After": "7200"}, b""))) as served:
        with pytest.raises(NoAnswer, match="come back at 2026-11-22 10:30 UTC"):
            make_answers(clock).ask(served.base_url, source="s")
    assert (len(served.asked), clock.slept) == (1, [])


@pytest.mark.parametrize(("status", "advice"), [
    (400, "not as this search wants it"), (401, "not accepted"), (403, "refuses this client"), (404, "no such service"),
])
def test_what_cannot_pass_is_asked_once_and_explained(status, advice):
    with web(after((status, {}, b""))) as served, pytest.raises(NoAnswer, match=f"HTTP {status}: .*{advice}"):
        make_answers().ask(served.base_url, source="s")
    assert len(served.asked) == 1


def test_a_redirect_is_not_followed():
    with web(after((302, {"Location": "http://127.0.0.2:1/elsewhere"}, b""))) as served:
        with pytest.raises(NoAnswer, match=r"HTTP 302 to 127\.0\.0\.2:1; redirects are not followed"):
            make_answers().ask(served.base_url, source="s")
    assert len(served.asked) == 1


def test_questions_to_one_source_keep_their_distance():
    clock = Clock()
    answers = make_answers(clock)
    with web(after(OK)) as served:
        for source in ("a", "a", "b"):
            answers.ask(served.base_url, source=source, interval=3.0)
        clock.seconds += 1
        answers.ask(served.base_url, source="a", interval=3.0)
    assert clock.slept == [3.0, 2.0]


def test_a_secret_stands_on_the_wire_and_in_no_message():
    with web(after(OK)) as served:
        make_answers().ask(f"{served.base_url}/?key=KEY", source="s", secrets={"KEY": "s3cret"})
        assert served.asked[0].target == "/?key=s3cret"
    with pytest.raises(NoAnswer) as error:  # nobody listens there any more
        make_answers(tries=1).ask(f"{served.base_url}/?key=KEY", source="s", secrets={"KEY": "s3cret"})
    assert "s3cret" not in str(error.value)
    assert "connection failed" in str(error.value)


def test_a_silent_server_counts_as_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(NoAnswer, match=r"no answer within 0\.05 s; asked 2 times"):
            make_answers(timeout=0.05, tries=2).ask(url, source="s")


def test_an_endless_body_ends():
    body = b"x" * (MAX_BYTES + 1)
    with web(after((200, {}, body))) as served, pytest.raises(NoAnswer, match="larger than 32 MiB"):
        make_answers().ask(served.base_url, source="s")


def test_a_refusal_with_status_200_is_asked_again_only_where_it_may_pass():
    def check(content: bytes) -> None:
        if content != b"yes":
            raise Refusal(content.decode(), passing=content == b"busy")

    with web(after((200, {}, b"busy"), OK)) as served:
        assert make_answers().ask(served.base_url, source="s", check=check).content == b"yes"
    with web(after((200, {}, b"bad key"))) as served, pytest.raises(NoAnswer, match="bad key"):
        make_answers().ask(served.base_url, source="s", check=check)
    assert len(served.asked) == 1
