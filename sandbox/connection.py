"""HTTP/1.1 on a socket, for a server that must be quick and must be able to misbehave.

Here a request is a few splits, an answer may take the socket over to drip, lie or break off, and the
server can hang up on every client.
"""

import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

REASONS = {status.value: status.phrase for status in HTTPStatus}
MAX_LINE = 65536
MAX_HEADERS = 200
MAX_BODY = 1 << 20
IDLE_SECONDS = 60.0


@dataclass(frozen=True)
class Request:
    """One request. ``target`` is as it came, ``path`` without percent signs, header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path without its query, percent-decoded."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; the last of a repeated one counts."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))


class Wire:
    """The socket in the hands of an answer that misbehaves."""

    def __init__(self, connection: socket.socket, stopping: threading.Event):
        self._connection, self._stopping = connection, stopping

    def send(self, data: bytes) -> None:
        """Send ``data``; raises OSError when the client has gone."""
        self._connection.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Wait; return False when the server is stopping."""
        return not self._stopping.wait(seconds)

    def reset(self) -> None:
        """Close with a TCP reset instead of an orderly end."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


@dataclass(frozen=True)
class Answer:
    """One answer. ``script`` takes the socket over in place of an orderly answer, and the connection closes."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    script: Callable[[Wire], None] | None = None


def head(answer: Answer, *, length: int | None = None, close: bool = False) -> bytes:
    """Return the status line and headers. ``length`` is the Content-Length to claim; None claims none."""
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, '')}",
             f"Date: {formatdate(usegmt=True)}", "Server: whatbenz-sandbox"]
    if answer.content_type:
        lines.append(f"Content-Type: {answer.content_type}")
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    if close:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Connection(socketserver.StreamRequestHandler):
    """Answers the requests of one connection, one after another, until either side closes it."""

    server: "Server"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS

    def handle(self) -> None:
        """Read requests and answer them."""
        try:
            while (request := self._read()) is not None and self._answer(request):
                pass
        except (OSError, ValueError):
            pass  # the client has gone, was silent for too long, or speaks no HTTP
        except Exception:
            if not self.server.stopping.is_set():  # else what the answer waited for is gone
                raise

    def _read(self) -> Request | None:
        line = self.rfile.readline(MAX_LINE)
        if not line.strip():
            return None
        method, target, _ = line.decode("latin-1").split()
        headers: dict[str, str] = {}
        for _ in range(MAX_HEADERS):
            line = self.rfile.readline(MAX_LINE)
            if line in (b"\r\n", b"\n", b""):
                break
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        length = min(int(headers.get("content-length", 0)), MAX_BODY)
        return Request(method, target, headers, self.rfile.read(length) if length else b"")

    def _answer(self, request: Request) -> bool:
        """Send the answer; return whether the connection stays open."""
        started = time.time()
        answer = self.server.respond(request)
        self.server.note(request, answer, started)
        if answer.script is not None:
            answer.script(Wire(self.connection, self.server.stopping))
            return False
        close = request.headers.get("connection", "").lower() == "close"
        length = None if answer.status in (204, 304) else len(answer.body)
        data = head(answer, length=length, close=close)
        self.connection.sendall(data if request.method == "HEAD" else data + answer.body)
        return not close


class Server(socketserver.ThreadingTCPServer):
    """A threaded server on 127.0.0.1; ``respond`` turns requests into answers.

    Args:
        port: port to listen on, 0 for any free one.
        respond: called for each request, from many threads.
        note: told of each request and its answer, with the time (seconds since the epoch) it came.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, port: int, respond: Callable[[Request], Answer],
                 note: Callable[[Request, Answer, float], None]):
        self.respond, self.note = respond, note
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Connection)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.server_address[1]

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(0.05,), name="sandbox", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and hang up on every client."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """Remember the connection, so that ``stop`` can hang up."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Forget the connection and close it."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)
