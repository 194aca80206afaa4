"""The service on a socket: waitress, its own errors as problem details, and an end that finishes what is under way."""

import logging
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask
from waitress.wasyncore import close_all

from pipeline.errors import MaterialError
from serve import problems
from serve.app import create_app
from serve.headers import SECURITY
from serve.journal import Journal
from serve.service import Service

_SPARE = 4  # threads beside those that pictures take or wait in: facts, pages, and who must be told 503
_DRAIN_SECONDS = 20
_FLUSH_SECONDS = 0.2  # in which the last answers leave the buffers


class ProblemTask(ErrorTask):
    """What waitress refuses by itself (broken requests, bodies beyond every limit), as a problem detail."""

    def execute(self) -> None:
        """Write the answer."""
        error = self.request.error
        body = problems.encode(error.code, error.reason, error.body)
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [("Content-Type", problems.MEDIA_TYPE), *SECURITY.items()]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    """A connection whose errors are problem details."""

    error_task_class = ProblemTask


class JournalHandler(logging.Handler):
    """Brings waitress' own warnings into the service's log."""

    def __init__(self, journal: Journal):
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Write one warning."""
        self._journal.write("warning", source=record.name, text=record.getMessage())


def listen(service: Service, host: str, port: int) -> tuple[BaseWSGIServer, int]:
    """Return a server that is bound, and its port.

    Raises:
        MaterialError: the address cannot be had.
    """
    params = service.params
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET,
                                        backlog=1024)
    except OSError as error:
        raise MaterialError(f"cannot listen at {host}, port {port}: {error.strerror}; choose another with --port") \
            from error
    proxied: dict[str, Any] = {} if not params.proxies else {
        "trusted_proxy": "*", "trusted_proxy_count": params.proxies, "trusted_proxy_headers": {"x-forwarded-for"},
        "clear_untrusted_proxy_headers": True}
    server = create_server(
        create_app(service), sockets=[listener], ident=None, threads=service.gate.size + _SPARE,
        connection_limit=1000, channel_timeout=params.idle_seconds, cleanup_interval=5, asyncore_use_poll=True,
        # Somewhat larger pictures are taken in and refused by the app: a browser that is cut off while it sends sees
        # no answer at all.
        max_request_body_size=2 * params.max_bytes, max_request_header_size=32_768, **proxied)
    server.channel_class = Channel
    logger = logging.getLogger("waitress")
    logger.handlers, logger.propagate = [JournalHandler(service.journal)], False
    logging.getLogger("waitress.queue").disabled = True  # that pictures wait is no warning; the metrics count them
    return server, listener.getsockname()[1]


def run(server: BaseWSGIServer, service: Service) -> None:
    """Serve until SIGINT or SIGTERM; on SIGTERM what is under way is finished first."""
    finished = threading.Event()

    def drain() -> None:
        deadline = time.monotonic() + _DRAIN_SECONDS
        while service.under_way and time.monotonic() < deadline:
            time.sleep(_FLUSH_SECONDS / 10)
        time.sleep(_FLUSH_SECONDS)
        finished.set()
        signal.raise_signal(signal.SIGTERM)  # not SIGINT, which a script's job in the background ignores

    def end(*_: object) -> None:
        if finished.is_set():
            raise KeyboardInterrupt
        if not service.draining:
            service.draining = True
            threading.Thread(target=drain, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    server.run()  # waitress itself returns from it on KeyboardInterrupt
    server.close()


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """Serve on loopback in a thread and yield the address."""
    server, port = listen(service, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.trigger.pull_trigger(partial(close_all, server._map))  # in the loop's own thread, which then ends
        thread.join(10)
        server.task_dispatcher.shutdown()
