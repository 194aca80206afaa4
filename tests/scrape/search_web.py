"""A small web on loopback for the tests of the search: real HTTP, every request noted, and a clock that jumps."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from scrape.answers import Answers

START = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass
class Web:
    """The server's address and what it was asked."""

    base_url: str
    asked: list[Asked] = field(default_factory=list)


Respond = Callable[[Asked], tuple[int, dict[str, str], bytes]]


@contextmanager
def web(respond: Respond) -> Iterator[Web]:
    """Serve ``respond`` on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()},
                          self.rfile.read(length).decode())
            served.asked.append(asked)
            status, headers, body = respond(asked)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = handle_one

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = Web(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


def as_json(document: Any, status: int = 200, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return an answer with a JSON body."""
    return status, {"Content-Type": "application/json", **headers}, json.dumps(document).encode()


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


def make_answers(clock: Clock | None = None, **options: Any) -> Answers:
    """Return Answers on a clock that jumps, so that no test waits."""
    clock = clock or Clock()
    session = requests.Session()
    session.trust_env = False
    return Answers(session, "WhatBenz/test (test@example.org)", sleep=clock.sleep, monotonic=clock.monotonic,
                   now=clock.now, **options)
