"""HTTP over connections to checked addresses, each bounded in time.

Thinner than a general client on purpose: no proxies or credentials from the environment, no cookies, no
redirects, no retries. Those are decisions, and they are made in scrape/fetch.py.
"""

import http.client
import io
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType

import certifi

from scrape.addresses import Address, AddressError, Gate

CHUNK = 1 << 16
# A server closes idle connections after a time of its own, often 15 s; sooner is safe.
IDLE_SECONDS = 10.0
TICK_SECONDS = 0.1
MIN_BYTES_A_SECOND = 1000


class FetchError(Exception):
    """A request that brought nothing; ``reason`` is a slug of scrape/reasons.py."""

    def __init__(self, reason: str, detail: str = "", rule: str | None = None):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.rule = rule


class _Stale(Exception):
    """A connection kept from an earlier request was closed by the host in the meantime."""


@dataclass(frozen=True)
class Timeouts:
    """Bounds in seconds: to connect, between two pieces of an answer, and for one request as a whole."""

    connect: float
    stall: float
    total: float


class _Buffered:
    """A socket as http.client reads it, with a buffer that takes headers and a small picture at once."""

    def __init__(self, stream: socket.socket):
        self._stream = stream

    def makefile(self, mode: str) -> io.IOBase:
        return self._stream.makefile("rb", buffering=CHUNK)


class Connection:
    """One connection to one origin."""

    def __init__(self, address: Address, gate: Gate, timeouts: Timeouts, tls: ssl.SSLContext):
        self._address, self._gate, self._timeouts, self._tls = address, gate, timeouts, tls
        self._socket: socket.socket | None = None
        self._hung_up = False
        self.deadline = 0.0
        self.overdue = False
        self.idle_since = 0.0

    def open(self) -> None:
        """Resolve, check, connect to a checked address, and encrypt for https.

        Raises:
            FetchError: with the reason.
        """
        host, port = self._address.host, self._address.port
        try:
            addresses = self._gate.resolve(host, port)
        except AddressError as error:
            raise FetchError(error.reason, error.detail, rule=f"{host}:{port}") from error
        except (OSError, UnicodeError) as error:
            raise FetchError("unknown_host", f"{host}: {error}") from error
        self._connect(addresses)
        if self._address.scheme == "https":
            self._encrypt()
        self._stream.settimeout(self._timeouts.stall)

    @property
    def _stream(self) -> socket.socket:
        if self._socket is None or self._hung_up:
            raise FetchError("connection_failed", "hung up")
        return self._socket

    def _connect(self, addresses: list) -> None:
        end = time.monotonic() + self._timeouts.connect
        failure: OSError = OSError("no address")
        for family, address in addresses:
            self._socket = socket.socket(family, socket.SOCK_STREAM)
            self._socket.settimeout(max(end - time.monotonic(), 0.05))
            try:
                self._socket.connect(address)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return
            except OSError as error:
                self._socket.close()
                failure = error
                if self._hung_up:
                    break
        reason = "connect_timeout" if isinstance(failure, TimeoutError) else "connection_failed"
        raise FetchError(reason, f"{self._address.origin}: {failure}") from failure

    def _encrypt(self) -> None:
        try:
            # The name, not the address, goes into SNI and is what the certificate must hold for. The handshake
            # follows when the socket is known, so that hang_up reaches it.
            self._socket = self._tls.wrap_socket(
                self._stream, server_hostname=self._address.host, do_handshake_on_connect=False)
            self._socket.do_handshake()
        except ssl.SSLCertVerificationError as error:
            raise FetchError("bad_certificate", f"{self._address.origin}: {error}") from error
        except OSError as error:
            raise FetchError("tls_failed", f"{self._address.origin}: {error}") from error

    def ask(self, head: bytes, *, reused: bool) -> http.client.HTTPResponse:
        """Send a GET request and return the answer when its headers are in.

        Raises:
            FetchError: with the reason.
            _Stale: the connection is ``reused`` and was closed before the first byte of the answer.
        """
        answer, begun = None, False
        try:
            self._stream.sendall(head)
            answer = http.client.HTTPResponse(_Buffered(self._stream), method="GET")  # type: ignore[arg-type]
            answer.begin()
            begun = True
            return answer
        except TimeoutError as error:
            raise FetchError("no_answer", self._address.origin) from error
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            if reused and not self._hung_up:
                raise _Stale from error
            raise FetchError("connection_failed", f"{self._address.origin}: {error}") from error
        except OSError as error:
            raise FetchError("connection_failed", f"{self._address.origin}: {error}") from error
        except (http.client.HTTPException, ValueError) as error:
            raise FetchError("bad_answer", f"{self._address.origin}: {error!r}") from error
        finally:
            if answer is not None and not begun:
                answer.close()  # else its file keeps the socket open

    def hang_up(self) -> None:
        """End whatever another thread is doing with the connection; that thread closes it."""
        self._hung_up = True
        stream = self._socket
        if stream is not None:
            try:
                # Not the SSLSocket's own: that one takes the encryption away from under the other thread.
                socket.socket.shutdown(stream, socket.SHUT_RDWR)
            except OSError:
                pass

    def check(self) -> None:
        """Raise FetchError where somebody hung up: then the end of the stream is not the end of the answer."""
        if self._hung_up:
            raise FetchError("connection_failed", "hung up")

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()

    @property
    def fresh(self) -> bool:
        """Whether the connection was used so recently that the host has hardly closed it."""
        return time.monotonic() - self.idle_since < IDLE_SECONDS


class Answer:
    """An answer whose headers are in and whose body is not read yet."""

    def __init__(self, raw: http.client.HTTPResponse, address: Address, stall: float):
        self._raw, self._address, self._stall = raw, address, stall
        self.status: int = raw.status
        self.whole = False

    def headers(self, name: str) -> list[str]:
        """Return the values of all headers of that name."""
        return self._raw.headers.get_all(name, [])

    def header(self, name: str) -> str | None:
        """Return the value of the first header of that name."""
        return self._raw.headers.get(name)

    def chunks(self, most: int) -> Iterator[bytes]:
        """Yield the body, at most 64 KiB at a time, with gzip and deflate undone.

        Args:
            most: bytes of the body, and of what it decompresses to, that are taken.

        Raises:
            FetchError: ``too_large``, ``stalled``, ``too_slow``, ``cut_off``, ``truncated``, ``damaged``,
                ``bad_encoding``.
        """
        encoding = (self.header("Content-Encoding") or "identity").strip().lower()
        pieces = self._bounded(most)
        if encoding in ("gzip", "x-gzip", "deflate"):
            pieces = self._decompressed(pieces, most)
        elif encoding not in ("identity", ""):
            raise FetchError("bad_encoding", encoding)
        yield from pieces

    def _bounded(self, most: int) -> Iterator[bytes]:
        if self._raw.length is not None and self._raw.length > most:
            raise FetchError("too_large", f"{self._raw.length} bytes announced", rule=f"max_bytes={most}")
        size, checked_size, checked_at = 0, 0, time.monotonic()
        while True:
            try:
                chunk = self._raw.read1(CHUNK)
            except TimeoutError as error:
                raise FetchError("stalled", self._address.url) from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise FetchError("cut_off", f"{self._address.url}: {error!r}") from error
            if not chunk:
                break
            size += len(chunk)
            if size > most:
                raise FetchError("too_large", f"more than {most} bytes", rule=f"max_bytes={most}")
            yield chunk
            # One byte now and then is no stall to the socket, and never an end.
            if (seconds := time.monotonic() - checked_at) > self._stall:
                if size - checked_size < seconds * MIN_BYTES_A_SECOND:
                    raise FetchError("too_slow", f"{size - checked_size} bytes in {seconds:.1f} s")
                checked_size, checked_at = size, time.monotonic()
        if self._raw.length:  # what http.client still expected
            raise FetchError("cut_off", f"{self._raw.length} bytes missing")
        self.whole = True

    def _decompressed(self, pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
        inflater, size = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32), 0
        try:
            for piece in pieces:
                while piece and not inflater.eof:
                    chunk = inflater.decompress(piece, CHUNK)
                    size += len(chunk)
                    if size > most:
                        raise FetchError("too_large", f"decompresses to more than {most} bytes",
                                         rule=f"max_bytes={most}")
                    yield chunk
                    piece = inflater.unconsumed_tail
        except zlib.error as error:
            raise FetchError("damaged", f"{self._address.url}: {error}") from error
        if not inflater.eof:
            raise FetchError("truncated", f"{self._address.url}: compressed body ends too early")

    @property
    def reusable(self) -> bool:
        """Whether the connection can carry another request: the body is read and nobody wants to close."""
        return self.whole and not self._raw.will_close

    def close(self) -> None:
        """Give the connection back."""
        self._raw.close()


class Transport:
    """Sends requests over kept connections; hangs up on those that take too long. Safe for many threads.

    Args:
        agent: the User-Agent.
        gate: decides which addresses may be connected to.
        timeouts: bounds of each request.
        keep: connections kept open between requests, over all hosts.
    """

    def __init__(self, agent: str, gate: Gate, timeouts: Timeouts, keep: int):
        self._gate, self._timeouts, self._keep = gate, timeouts, keep
        self._common = (f"User-Agent: {agent}\r\nAccept: image/*, */*;q=0.1\r\n"
                        "Accept-Encoding: identity\r\n\r\n").encode("latin-1")
        self._idle: list[tuple[str, Connection]] = []
        self._busy: set[Connection] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._tls = ssl.create_default_context()
        # Beside the machine's own authorities; a bare container has none.
        self._tls.load_verify_locations(certifi.where())
        threading.Thread(target=self._watch, name="deadlines", daemon=True).start()

    def __enter__(self) -> "Transport":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Hang up on everybody and refuse further requests."""
        self._closing.set()
        with self._lock:
            for connection in self._busy:
                connection.hang_up()
            for _, connection in self._idle:
                connection.close()
            self._idle.clear()

    @contextmanager
    def get(self, address: Address) -> Iterator[Answer]:
        """Ask for ``address`` and yield the answer; its body must be read inside the block.

        Raises:
            FetchError: with the reason; also from inside the block, as ``too_slow``, where the time was up.
        """
        head = f"GET {address.target} HTTP/1.1\r\nHost: {address.netloc}\r\n".encode("ascii") + self._common
        deadline = time.monotonic() + self._timeouts.total
        connection = self._kept(address.origin, deadline)
        answer = None
        try:
            if connection is not None:
                try:
                    answer = Answer(connection.ask(head, reused=True), address, self._timeouts.stall)
                except _Stale:
                    self._release(connection)
                    connection = None
            if connection is None:
                connection = Connection(address, self._gate, self._timeouts, self._tls)
                self._take(connection, deadline)
                connection.open()
                answer = Answer(connection.ask(head, reused=False), address, self._timeouts.stall)
            assert answer is not None
            yield answer
            connection.check()
        except FetchError as error:
            if connection is not None and connection.overdue:
                raise FetchError("too_slow", f"{address.url}: more than {self._timeouts.total:g} s") from error
            raise
        finally:
            if answer is not None:
                answer.close()
            if connection is not None:
                self._release(connection, address.origin if answer is not None and answer.reusable else None)

    def _kept(self, origin: str, deadline: float) -> Connection | None:
        with self._lock:
            # The last used first: the others grow old and are closed.
            for n in range(len(self._idle) - 1, -1, -1):
                if self._idle[n][0] == origin:
                    _, connection = self._idle.pop(n)
                    if connection.fresh:
                        connection.deadline = deadline
                        self._busy.add(connection)
                        return connection
                    connection.close()
        return None

    def _take(self, connection: Connection, deadline: float) -> None:
        connection.deadline = deadline
        with self._lock:
            if self._closing.is_set():
                raise FetchError("connection_failed", "closing")
            self._busy.add(connection)

    def _release(self, connection: Connection, origin: str | None = None) -> None:
        with self._lock:
            self._busy.discard(connection)
            if origin is not None and not connection.overdue and not self._closing.is_set():
                connection.idle_since = time.monotonic()
                self._idle.append((origin, connection))
                if len(self._idle) <= self._keep:
                    return
                _, connection = self._idle.pop(0)
        connection.close()

    def _watch(self) -> None:
        while not self._closing.wait(TICK_SECONDS):
            now = time.monotonic()
            with self._lock:
                for connection in self._busy:
                    if now > connection.deadline and not connection.overdue:
                        connection.overdue = True
                        connection.hang_up()
