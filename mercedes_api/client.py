"""One GET of the Car Configurator API: the key, the budget, the waits, the retries, and what ends a run."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from urllib.parse import quote, urljoin, urlsplit

import requests
import urllib3

from mercedes_api.answers import PAUSE, Answer, Answers, Pause
from mercedes_api.key import ApiKey
from mercedes_api.params import VehiclesParams, is_loopback
from mercedes_api.waits import announced_wait
from pipeline.errors import ApiError
from scrape.agent import user_agent

LARGEST_BODY = 64 * 1024 * 1024
REDIRECTS = 3
KEPT_STATUSES = (200, 204, 400, 404)
LONGEST_BACKOFF_SECONDS = 60.0


class Why(Enum):
    """What ended a run before its plan did."""

    BUDGET = "the call budget is used up"
    UNAUTHORISED = "the API does not know the key"
    NO_ACCESS = "the API refuses access"
    QUOTA = "the key's quota is used up"
    WAIT = "the API asks for a longer wait than the run sits out"
    UNREACHABLE = "the API does not answer usefully"


class Stop(ApiError):
    """No further call is of use: what is kept stays, the rest is for another run."""

    def __init__(self, why: Why, message: str):
        super().__init__(message)
        self.why = why


class CallFailed(ApiError):
    """This one call failed for good; others may go well."""


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    text: str
    broken: str = ""  # why the body cannot be used, where it cannot


class Client:
    """Asks the API and keeps count. One thread at a time.

    Args:
        base_url: the API's address with its version, for example https://api.mercedes-benz.com/configurator/v2.
        key: goes into the header (version 2) or the query (version 1), and nowhere else.
        answers: counts the calls, with its ledger open.
        sleep, now: the clock; a test gives its own.
    """

    def __init__(self, base_url: str, key: ApiKey, params: VehiclesParams, answers: Answers, *,
                 sleep: Callable[[float], None] = time.sleep, now: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._base, self._key, self._params, self._answers = base_url.rstrip("/"), key, params, answers
        self._sleep, self._now = sleep, now
        self._session = requests.Session()
        self._session.headers.update({"accept": "application/json", "User-Agent": user_agent(None)})
        # no ~/.netrc: it would add credentials that nobody named here
        self._session.auth = lambda request: request
        if is_loopback(urlsplit(base_url).hostname):
            self._session.trust_env = False
        if params.version == 2:
            self._session.headers["x-api-key"] = key.reveal()
        self._rested = False
        self.waited = 0.0
        self.retried = 0

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @property
    def left(self) -> int | None:
        """Calls that the budget still allows; None for no limit."""
        budget = self._params.budget
        return None if budget is None else max(0, budget - self._answers.paid)

    def get(self, path: str) -> Answer:
        """Return the answer to GET ``path`` (below the base address), retried and waited for as announced.

        Raises:
            Stop: nothing more is to be had in this run (see :class:`Why`).
            CallFailed: this path did not answer usefully in ``retries`` more tries.
        """
        self._honour_pause()
        for attempt in range(self._params.retries + 1):
            reply = self._send(path)
            if not reply.broken and reply.status in KEPT_STATUSES:
                return Answer(path, reply.status, reply.text if reply.status == 200 else "", self._now())
            self._stop_where_refused(reply)
            if reply.status not in (0, 200, 403, 408, 429) and not 500 <= reply.status < 600:
                raise CallFailed(f"{path}: answered {reply.status}: {_first_words(reply.text)}")
            if attempt == self._params.retries:
                break
            self._wait(reply, attempt)
        raise CallFailed(f"{path}: {reply.broken or f'answered {reply.status}'} in {attempt + 1} tries: "
                         f"{_first_words(reply.text)}; run again later")

    def _send(self, path: str) -> _Reply:
        """Send one request; redirects within the same host are followed, each a call of its own."""
        url, target = self._base + path, path
        for _ in range(REDIRECTS + 1):
            self._spend(target)
            try:
                with self._session.get(self._with_key(url), allow_redirects=False, stream=True, timeout=(
                        self._params.connect_timeout_seconds, self._params.read_timeout_seconds)) as response:
                    if not response.is_redirect:
                        return self._read(response)
                    url = target = self._same_host(url, response.headers["location"])
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                # "from None": the library's message holds the address with the key
                reason = self._key.scrub(f"{type(error).__name__}: {error}")
                return _Reply(0, requests.structures.CaseInsensitiveDict(), "", f"no answer ({reason[:300]})")
        raise CallFailed(f"{path}: more than {REDIRECTS} redirects; check mercedes_api.base_url")

    def _spend(self, path: str) -> None:
        if self.left == 0:
            raise Stop(Why.BUDGET, f"the budget of {self._params.budget} calls is used up")
        self._answers.pay(self._key.scrub(path), durable=self._params.budget is not None)

    def _with_key(self, url: str) -> str:
        if self._params.version == 2:
            return url
        return f"{url}{'&' if '?' in url else '?'}apikey={quote(self._key.reveal(), safe='')}"

    def _same_host(self, url: str, location: str) -> str:
        """Return where a redirect leads, without a key in it; a way to another host is refused."""
        origin, goal = urlsplit(url), urlsplit(urljoin(url, location))
        if (goal.scheme, goal.netloc) != (origin.scheme, origin.netloc):
            raise CallFailed(f"{self._key.scrub(origin.path)}: redirected to another host "
                             f"({self._key.scrub(f'{goal.scheme}://{goal.netloc}')}), which must not see the key; "
                             "check mercedes_api.base_url")
        query = "&".join(part for part in goal.query.split("&") if part and not part.lower().startswith("apikey="))
        return goal._replace(query=query, fragment="").geturl()

    def _read(self, response: requests.Response) -> _Reply:
        body = bytearray()
        for chunk in response.iter_content(1 << 16):
            body += chunk
            if len(body) > LARGEST_BODY:
                return _Reply(response.status_code, response.headers, "", f"endless answer ({len(body)} bytes)")
        broken = ""
        try:
            text = self._key.scrub(body.decode("utf-8-sig"))
            if response.status_code == 200 and not isinstance(json.loads(text), list | dict):
                broken = "the answer is neither a list nor an object"
        except (ValueError, RecursionError):
            text = self._key.scrub(body.decode("utf-8", "replace"))
            broken = "the answer is not whole JSON" if response.status_code == 200 else ""
        return _Reply(response.status_code, response.headers, text, broken)

    def _stop_where_refused(self, reply: _Reply) -> None:
        words = _first_words(reply.text)
        if reply.status == 401:
            raise Stop(Why.UNAUTHORISED, f"401: {words}; check the key, and mercedes_api.version (2: header, 1: query)")
        if reply.status != 403:
            return
        wait = announced_wait(reply.headers, reply.text, self._now())
        if "quota" in reply.text.lower():
            if wait is not None:
                self._answers.set_pause(Pause(self._now() + timedelta(seconds=wait), f"403: {words}"))
            raise Stop(Why.QUOTA, f"403: {words}")
        if wait is None:
            raise Stop(Why.NO_ACCESS, f"403: {words}; see what the key is subscribed to on the developer site")

    def _wait(self, reply: _Reply, attempt: int) -> None:
        wait = announced_wait(reply.headers, reply.text, self._now()) if reply.status >= 400 else None
        if wait is None:
            wait = min(self._params.backoff_seconds * 2 ** attempt, LONGEST_BACKOFF_SECONDS)
        elif wait > self._params.max_wait_seconds:
            words = f"{reply.status}: {_first_words(reply.text)}"
            self._answers.set_pause(Pause(self._now() + timedelta(seconds=wait), words))
            raise Stop(Why.WAIT, f"{words}; that is {wait:.0f} s, more than mercedes_api.max_wait_seconds "
                                 f"({self._params.max_wait_seconds:.0f})")
        self.retried += 1
        self.waited += wait
        self._sleep(wait)

    def _honour_pause(self) -> None:
        pause, self._rested = None if self._rested else self._answers.pause, True
        if pause is None or (wait := (pause.until - self._now()).total_seconds()) <= 0:
            return
        if wait > self._params.max_wait_seconds:
            raise Stop(Why.QUOTA if "quota" in pause.why.lower() else Why.WAIT,
                       f"{pause.why} (an earlier run was told so; the wait ends at "
                       f"{pause.until:%Y-%m-%d %H:%M:%S} UTC; with another key, remove "
                       f"{self._answers.folder / PAUSE})")
        self.waited += wait
        self._sleep(wait)


def _first_words(text: str) -> str:
    """Return what an error body says: ``message``, ``errorMessage``, ``faultstring`` or its first 200 characters."""
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if isinstance(body, dict):
        detail = body.get("detail")
        said = [body.get(name) for name in ("message", "errorMessage", "faultstring", "error")]
        said.append(detail.get("errorcode") if isinstance(detail, dict) else detail)
        words = " ".join(dict.fromkeys(str(part) for part in said if part))
        if words:
            return words[:200].rstrip(".")
    return " ".join(text.split())[:200] or "(no text)"
