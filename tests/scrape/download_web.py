"""A web of one's own for the tests: a real HTTP server on loopback whose every answer is given by the test."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tables
from pipeline.layout import Layout
from sandbox.connection import Answer, Request, Server, Wire, head
from scrape.download import Result, Web, download
from scrape.params import DownloadParams, HostLimits
from tests.scrape.pictures import jpeg

Reply = Answer | Callable[[Request], Answer]

NOT_FOUND = Answer(404, b"nothing here", "text/plain")


class Host:
    """A server that gives ``replies[path]``, and 404 elsewhere; ``log`` has the targets asked, in order."""

    def __init__(self, replies: dict[str, Reply] | None = None):
        self.replies: dict[str, Reply] = replies or {}
        self.log: list[str] = []
        self.requests: list[Request] = []
        self.times: list[float] = []
        self.under_way = self.most_under_way = 0
        self._lock = threading.Lock()
        self._server = Server(0, self._respond, lambda request, answer, started: None)

    def _respond(self, request: Request) -> Answer:
        with self._lock:
            self.log.append(request.target)
            self.requests.append(request)
            self.times.append(time.monotonic())
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            reply = self.replies.get(request.target, NOT_FOUND)
            return reply(request) if callable(reply) else reply
        finally:
            with self._lock:
                self.under_way -= 1

    @property
    def netloc(self) -> str:
        return f"127.0.0.1:{self._server.port}"

    @property
    def port(self) -> int:
        return self._server.port

    def url(self, path: str) -> str:
        return f"http://{self.netloc}{path}"

    @property
    def pictures_asked(self) -> list[str]:
        return [target for target in self.log if target != "/robots.txt"]

    @contextmanager
    def running(self) -> Iterator["Host"]:
        self._server.start()
        try:
            yield self
        finally:
            self._server.stop()


def picture(seed: int = 0, **headers: str) -> Answer:
    return Answer(200, jpeg(seed), "image/jpeg", tuple((k.replace("_", "-"), v) for k, v in headers.items()))


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status, b"", None, (("Location", location),))


def raw(*pieces: bytes, wait: float = 0.0, reset: bool = False) -> Answer:
    """Send ``pieces`` as they are, ``wait`` seconds after each, and close."""
    def script(wire: Wire) -> None:
        for piece in pieces:
            wire.send(piece)
            if wait and not wire.wait(wait):
                return
        if reset:
            wire.wait(0.02)  # a reset at once may overtake the bytes
            wire.reset()
    return Answer(200, script=script)


def claimed(body: bytes, length: int, **kind: object) -> Answer:
    """Send ``body`` under a Content-Length of ``length``, and close."""
    return raw(head(Answer(200, b"", "image/jpeg"), length=length, close=True) + body, **kind)  # type: ignore[arg-type]


def once(first: Answer, then: Answer) -> Callable[[Request], Answer]:
    asked = []

    def reply(request: Request) -> Answer:
        asked.append(request.target)
        return first if len(asked) == 1 else then
    return reply


def quick(host: Host | None = None, **changes: object) -> DownloadParams:
    """Parameters for tests: no pauses, no patience."""
    settings: dict[str, object] = {
        "threads": 4, "connections": 4, "interval": 0.0, "backoff": 0.01, "stall_seconds": 0.4, "total_seconds": 1.5,
        "connect_seconds": 1.0, "breaker_seconds": 0.05,
        "hosts": (HostLimits(host.netloc, 4, 0.0),) if host else ()}
    return DownloadParams(**{**settings, **changes})  # type: ignore[arg-type]


def candidate(url: str, class_id: str = "c-sedan", **fields: object) -> dict[str, object]:
    return {"class_id": class_id, "source": "urls", "query": "", "rank": 0, "url": url,
            "found_at": datetime(2026, 1, 1, tzinfo=UTC), **fields}


def write_candidates(root: Path, rows: list[dict[str, object]]) -> Layout:
    layout = Layout(root)
    tables.write(tables.CANDIDATES, rows, layout.candidates)
    return layout

AGENT = "WhatBenz/0 (me@example.org)"


def run(root: Path, host: Host | None, rows: list[dict] | None = None, params: DownloadParams | None = None,
        folder: Path | None = None, stop: threading.Event | None = None, **changes: Any) -> Result:
    """Download ``rows`` (or the candidates that are there already) below ``root``; only ``host`` is allowed."""
    layout = Layout(root) if rows is None else write_candidates(root, rows)
    web = Web(AGENT, (host.netloc,) if host else (), folder)
    return download(layout, params or quick(host, **changes), web, stop)


def ends(result: Result) -> list[tuple[str, str | None]]:
    reasons = [None if reason != reason else reason for reason in result.hits["reason"]]
    return list(zip(result.hits["status"], reasons, strict=True))


def fetch_one(root: Path, host: Host, reply: Reply, **changes: Any) -> tuple[str, str | None]:
    """Download one candidate to which ``host`` gives ``reply``, and return its status and reason."""
    host.replies["/a.jpg"] = reply
    return ends(run(root, host, [candidate(host.url("/a.jpg"))], **changes))[0]


def stored(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "data/raw/images").rglob("*") if path.is_file())
