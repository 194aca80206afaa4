"""The sandbox as one server: image search, image host, robots.txt, request log and a canary beside it."""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import requests

import tables
from pipeline.errors import ParamError
from sandbox.classes import read_classes
from sandbox.connection import Answer, Request, Server
from sandbox.gallery import Gallery, code_version
from sandbox.image_host import ROBOTS, ImageHost
from sandbox.params import SandboxParams
from sandbox.plan import Plan, make_plan
from sandbox.search_api import SearchApi, file_page

LOG_LIMIT = 1_000_000
PROBE_SECONDS = 5.0


class Sandbox:
    """The running server and its canary.

    Args:
        identity: digest of all that the answers follow from; another process may use the server if it
            would serve the same.
    """

    def __init__(self, plan: Plan, port: int, identity: str, cache: Path | None, cache_mb: int):
        self.plan, self._identity = plan, identity
        self._log: deque[tuple[float, str, str, int, str]] = deque(maxlen=LOG_LIMIT)
        self._canary_hits: list[str] = []
        self._canary = Server(0, self._caught, lambda request, answer, started: None)
        try:
            self._server = Server(port, self._respond, self._note)
        except OSError:
            self._canary.server_close()
            raise
        self.base_url = f"http://127.0.0.1:{self._server.port}"
        self._gallery = Gallery(plan.seed, cache, cache_mb << 20)
        self._host = ImageHost(plan, self._gallery, f"http://127.0.0.1:{self._canary.port}")
        self._search = SearchApi(plan, self.base_url)
        self._pages = {item.page: item for item in plan.items}

    def start(self) -> None:
        """Answer in threads of its own until ``stop``."""
        self._canary.start()
        self._server.start()

    def stop(self) -> None:
        """Hang up on everybody and free the ports."""
        self._server.stop()
        self._canary.stop()
        self._gallery.close()

    def log(self) -> list[dict[str, Any]]:
        """Return the requests so far: time (s since the epoch), method, target, status, agent."""
        return [dict(zip(("time", "method", "target", "status", "agent"), entry, strict=True))
                for entry in list(self._log)]

    def _respond(self, request: Request) -> Answer:
        target = request.target
        if target.startswith("/images/"):
            return self._host.respond(request)
        path = target.partition("?")[0]
        if path == "/w/api.php":
            return self._search.respond(request)
        if path == "/robots.txt":
            return Answer(200, ROBOTS.encode(), "text/plain; charset=utf-8")
        if path in self._pages:
            return file_page(self._pages[path], self.base_url)
        if path == "/healthz":
            return _json({"sandbox": "whatbenz", "identity": self._identity})
        if path == "/log":
            return _json(self.log())
        if path == "/canary":
            return _json(self._canary_hits)
        if path == "/reset" and request.method == "POST":
            self._log.clear()
            self._canary_hits.clear()
            self._host.reset()
            return _json({})
        return Answer(404, b"nothing here\n", "text/plain; charset=utf-8")

    def _note(self, request: Request, answer: Answer, started: float) -> None:
        if request.target not in ("/log", "/healthz", "/canary", "/reset"):
            self._log.append((started, request.method, request.target, answer.status,
                              request.headers.get("user-agent", "")))

    def _caught(self, request: Request) -> Answer:
        self._canary_hits.append(request.target)
        return Answer(200, b"no client should have come here\n", "image/jpeg")


class Web:
    """A sandbox that answers, in this process or in another.

    Attributes:
        base_url: its address, without a slash at the end.
        identity: digest of all that its answers follow from: parameters, classes and code.
        plan: what it serves.
    """

    def __init__(self, base_url: str, identity: str, plan: Plan, sandbox: Sandbox | None):
        self.base_url, self.identity, self.plan, self._sandbox = base_url, identity, plan, sandbox

    @property
    def own(self) -> bool:
        """Whether it runs in this process."""
        return self._sandbox is not None

    def log(self) -> list[dict[str, Any]]:
        """Return the requests so far: time (s since the epoch), method, target, status, agent."""
        return self._sandbox.log() if self._sandbox else _get(f"{self.base_url}/log")

    def canary(self) -> list[str]:
        """Return the requests that reached the server no client may be led to."""
        return _get(f"{self.base_url}/canary")

    def reset(self) -> None:
        """Empty the log and the canary's, and make passing faults (429 first, then 200) happen again."""
        _session().post(f"{self.base_url}/reset", timeout=PROBE_SECONDS).raise_for_status()

    def stop(self) -> None:
        """Stop the server if it runs in this process."""
        if self._sandbox:
            self._sandbox.stop()
            self._sandbox = None


@contextmanager
def serving(params: SandboxParams, classes_path: Path | str, truth_path: Path | str | None = None) -> Iterator[Web]:
    """Serve the sandbox for the length of the block, or use the one that answers on the port already.

    Args:
        params: what is served, and where.
        classes_path: the classes.csv that it is served for.
        truth_path: where to write the table ``truth``; drawn pictures are then kept in the folder
            ``pictures`` beside it. None writes nothing.

    Raises:
        ParamError: something else, or a sandbox of another plan, has the port.
        MaterialError: classes.csv cannot be used.
    """
    classes = read_classes(classes_path)
    plan = make_plan(params, classes)
    facts = [params.seed, params.images_per_class, params.faults, [asdict(known) for known in classes], code_version()]
    identity = sha256(json.dumps(facts).encode()).hexdigest()
    cache = Path(truth_path).parent / "pictures" / code_version() if truth_path is not None else None
    try:
        sandbox: Sandbox | None = Sandbox(plan, params.port, identity, cache, params.cache_mb)
    except OSError as error:
        _check_reusable(params.port, identity, error)
        sandbox = None
    web = Web(sandbox.base_url if sandbox else f"http://127.0.0.1:{params.port}", identity, plan, sandbox)
    try:
        if sandbox:
            sandbox.start()
        if truth_path is not None:
            tables.write(tables.TRUTH, plan.truth(web.base_url), truth_path)
        yield web
    finally:
        web.stop()


def _check_reusable(port: int, identity: str, error: OSError) -> None:
    try:
        health = _get(f"http://127.0.0.1:{port}/healthz")
    except (requests.RequestException, ValueError):
        health = None
    if not isinstance(health, dict) or health.get("sandbox") != "whatbenz":
        raise ParamError(f"sandbox.port: port {port} on 127.0.0.1 is taken by another program ({error.strerror}); "
                         f"set sandbox.port to a free one, or to 0 for any") from error
    if health.get("identity") != identity:
        raise ParamError(f"sandbox.port: a sandbox with other parameters, classes or code answers on port {port}; "
                         f"end it (`whatbenz sandbox` in another terminal?) or set another sandbox.port") from error


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy from the environment cannot reach loopback
    return session


def _get(url: str) -> Any:
    answer = _session().get(url, timeout=PROBE_SECONDS)
    answer.raise_for_status()
    return answer.json()


def _json(body: Any) -> Answer:
    return Answer(200, json.dumps(body).encode(), "application/json")
