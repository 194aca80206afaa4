"""One question to a search, asked politely: its answer, or a sentence on why there is none.

Questions to one source keep their distance in time. What may pass (429, 5xx, a broken connection, a slow
server) is asked again after the time that Retry-After names, or after a growing pause; what cannot pass is not.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import requests

from scrape.retry_after import wait_of

MAX_BYTES = 32 << 20
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_ADVICE = {
    400: "the request is not as this search wants it",
    401: "the key or credentials were not accepted; check them",
    403: "the search refuses this client; check the key and scrape.contact, and the service's terms",
    404: "there is no such service at this address any more",
    429: "too many requests; raise the source's interval or go on later",
}


class NoAnswer(Exception):
    """The source gave no answer; the message says why and never holds a secret."""


class Refusal(Exception):
    """An answer with status 200 that is a refusal all the same; ``passing`` where asking again can help."""

    def __init__(self, message: str, passing: bool = False):
        super().__init__(message)
        self.passing = passing


@dataclass(frozen=True)
class Answer:
    """The body's bytes, its content type, and when the question was asked (UTC)."""

    content: bytes
    content_type: str
    asked_at: datetime


@dataclass
class Answers:
    """Asks the sources.

    Args:
        session: a requests session, or whatever has its ``request``.
        agent: the User-Agent header.
        timeout: seconds without a byte after which a server counts as silent.
        tries: how often one question is asked at most.
        longest_wait: seconds; a Retry-After beyond it ends the source for this run.
        sleep, monotonic, now: the clock, injected so that tests do not wait.
    """

    session: requests.Session
    agent: str
    timeout: float = 30.0
    tries: int = 5
    longest_wait: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _last: dict[str, float] = field(default_factory=dict)

    def ask(self, url: str, *, source: str, interval: float = 0.0, headers: Mapping[str, str] | None = None,
            secrets: Mapping[str, str] | None = None, data: Mapping[str, str] | None = None,
            check: Callable[[bytes], None] = lambda content: None) -> Answer:
        """Return the answer to one question.

        Args:
            url: the address without secrets.
            source: whose pace counts; two questions to it are ``interval`` seconds apart.
            headers: further headers, the Authorization among them.
            secrets: texts of ``url`` to be replaced on the wire only.
            data: form fields; with them the question is a POST.
            check: raises Refusal where a body with status 200 says no.

        Raises:
            NoAnswer: refused, moved, or still no answer after the last try.
        """
        problem = ""
        for attempt in range(self.tries):
            self._keep_distance(source, interval)
            asked_at = self.now()
            wait: float | None = None
            try:
                status, answer_headers, body = self._exchange(url, headers or {}, secrets or {}, data)
            except requests.Timeout:
                problem = f"no answer within {self.timeout:g} s"
            except requests.RequestException as error:
                # Its text may hold the address with the key in it; its kind says enough.
                problem = f"connection failed ({type(error).__name__})"
            else:
                wait = wait_of(answer_headers.get("Retry-After"), asked_at, answer_headers.get("Date"))
                if status == 200:
                    try:
                        check(body)
                        return Answer(body, answer_headers.get("Content-Type", ""), asked_at)
                    except Refusal as refusal:
                        problem = str(refusal)
                        if not refusal.passing:
                            raise NoAnswer(f"{_host(url)}: {problem}") from refusal
                else:
                    problem = f"HTTP {status}" + (f": {_ADVICE[status]}" if status in _ADVICE else "")
                    if status not in PASSING:
                        raise NoAnswer(f"{_host(url)}: {problem}{_target(status, answer_headers)}")
            if wait is not None and wait > self.longest_wait:
                again_at = asked_at + timedelta(seconds=wait)
                raise NoAnswer(f"{_host(url)}: {problem}; it asks to come back at {again_at:%Y-%m-%d %H:%M} UTC")
            if attempt + 1 < self.tries:
                # The jitter keeps two runs that were refused together from coming back together.
                self.sleep(wait if wait is not None else min(2.0**attempt, 30.0) * random.uniform(0.5, 1.0))
        raise NoAnswer(f"{_host(url)}: {problem}; asked {self.tries} times")

    def _keep_distance(self, source: str, interval: float) -> None:
        last = self._last.get(source)
        if last is not None:
            pause = last + interval - self.monotonic()
            if pause > 0:
                self.sleep(pause)
        self._last[source] = self.monotonic()

    def _exchange(self, url: str, headers: Mapping[str, str], secrets: Mapping[str, str],
                  data: Mapping[str, str] | None) -> tuple[int, Mapping[str, str], bytes]:
        for placeholder, secret in secrets.items():
            url = url.replace(placeholder, secret)
        # A redirect is not followed: it would carry the key to wherever it points.
        with self.session.request("GET" if data is None else "POST", url, data=data, timeout=self.timeout, stream=True,
                                  headers={"User-Agent": self.agent, **headers}, allow_redirects=False) as response:
            body = bytearray()
            deadline = self.monotonic() + 4 * self.timeout
            for chunk in response.iter_content(1 << 16):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise NoAnswer(f"{_host(url)}: the answer is larger than {MAX_BYTES >> 20} MiB")
                if self.monotonic() > deadline:
                    raise requests.Timeout
            return response.status_code, response.headers, bytes(body)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _target(status: int, headers: Mapping[str, str]) -> str:
    if 300 <= status < 400 and headers.get("Location"):
        return f" to {_host(headers['Location']) or 'another path'}; redirects are not followed"
    return ""
