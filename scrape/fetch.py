"""One request for one picture: the picture in the store, the redirect it leads to, or the reason why not."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from scrape import reasons
from scrape.addresses import Address, AddressError
from scrape.decode import Decoder
from scrape.optout import MAX_ROBOTS_BYTES, Robots, reservation
from scrape.params import DownloadParams
from scrape.retry_after import wait_of
from scrape.store import Incoming, Store
from scrape.transport import CHUNK, Answer, FetchError, Transport

FOLDER_SCHEME = "folder:"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_ROBOTS_REDIRECTS = 5  # RFC 9309, 2.3.1.2


@dataclass(frozen=True)
class Saved:
    """A picture that is in the store."""

    sha256: str
    extension: str
    size: int
    http_status: int | None = None
    validator: str | None = None


class Failure(Exception):
    """A request that brought no picture.

    Attributes:
        reason: slug of scrape/reasons.py.
        http_status: of the answer, if there was one.
        rule: the limit or wish that decided it, such as ``max_bytes=30000000``; null where none did.
        wait: seconds that the host asks to wait (Retry-After), or None.
        validator: of a file in scrape.folder, what shows that it has changed.
    """

    def __init__(self, reason: str, http_status: int | None = None, rule: str | None = None,
                 wait: float | None = None, validator: str | None = None):
        super().__init__(reason)
        self.reason, self.http_status, self.rule, self.wait = reason, http_status, rule, wait
        self.validator = validator


class Fetcher:
    """Makes requests. Safe for many threads."""

    def __init__(self, transport: Transport, store: Store, params: DownloadParams):
        self._transport, self._store, self._params = transport, store, params
        self._decoder = Decoder(params.max_pixels)

    def fetch(self, address: Address) -> Saved | Address:
        """Ask for a picture once and store it, or return the address it redirects to.

        Raises:
            Failure: there is no picture to have, or it is refused.
        """
        status = None
        try:
            with self._transport.get(address) as answer:
                status = answer.status
                self._heed(answer)
                if status in REDIRECTS:
                    return _follow(answer, address)
                if status not in (200, 203):
                    raise Failure(reasons.of_status(status), status, wait=_wait(answer))
                incoming = self._store.receive(answer.chunks(self._params.max_bytes))
            return self._take(incoming, status)
        except FetchError as error:
            raise Failure(error.reason, status, error.rule) from error

    def copy(self, url: str, folder: Path | None) -> Saved:
        """Take the file that a ``folder:`` URL names into the store.

        Raises:
            Failure: the file is not below ``folder``, or is no picture.
        """
        validator = None
        try:
            with _open_below(url, folder) as file:
                validator = _validator(file)
                if os.fstat(file.fileno()).st_size > self._params.max_bytes:
                    raise FetchError("too_large", rule=f"max_bytes={self._params.max_bytes}")
                incoming = self._store.receive(_chunks(file))
            return self._take(incoming, validator=validator)
        except FetchError as error:
            raise Failure(error.reason, rule=error.rule, validator=validator) from error

    def robots(self, origin: Address) -> Robots:
        """Ask for an origin's robots.txt.

        A client error means that there are no rules; 429 is none, but a wish to be asked later.

        Raises:
            Failure: nothing may be asked of the origin: it cannot be reached (the reason says why), or it has
                no robots.txt to give at the moment (``robots_unreachable``).
        """
        address = Address(origin.scheme, origin.host, origin.port, "/robots.txt")
        status = None
        try:
            for _ in range(MAX_ROBOTS_REDIRECTS + 1):
                with self._transport.get(address) as answer:
                    status = answer.status
                    if status in (200, 203):
                        return Robots(_beginning(answer, MAX_ROBOTS_BYTES))
                    if status == 429 or status >= 500:
                        raise Failure("robots_unreachable", status, wait=_wait(answer))
                    if status not in REDIRECTS:
                        return Robots(None)
                    address = _follow(answer, address)
        except FetchError as error:
            reached = status is not None
            raise Failure("robots_unreachable" if reached else error.reason, status, error.rule) from error
        except Failure as error:
            if error.reason == "robots_unreachable":
                raise
            # A redirect that leads nowhere is taken like too many of them: there is no robots.txt.
        return Robots(None)

    def close(self) -> None:
        """Hang up on everybody and refuse further requests."""
        self._transport.close()
        self._decoder.close()

    def _heed(self, answer: Answer) -> None:
        reserved = reservation(answer.headers("X-Robots-Tag"), answer.headers("TDM-Reservation"), self._params.opt_out)
        if reserved:
            raise Failure("opt_out", answer.status, rule=reserved)

    def _take(self, incoming: Incoming, http_status: int | None = None, validator: str | None = None) -> Saved:
        try:
            picture = self._decoder.verify(incoming.reader(), incoming.size)
            sha256 = self._store.keep(incoming, picture.extension)
            return Saved(sha256, picture.extension, incoming.size, http_status, validator)
        finally:
            incoming.discard()


def _follow(answer: Answer, address: Address) -> Address:
    location = answer.header("Location")
    if not location:
        raise Failure("bad_answer", answer.status)
    try:
        return address.join(location.encode("latin-1").decode("utf-8", errors="replace"))
    except AddressError as error:
        raise Failure(error.reason, answer.status) from error


def _wait(answer: Answer) -> float | None:
    return wait_of(answer.header("Retry-After"), datetime.now(UTC), answer.header("Date"))


def _beginning(answer: Answer, most: int) -> bytes:
    body = bytearray()
    for chunk in answer.chunks(most=1 << 40):
        body += chunk
        if len(body) >= most:
            break
    return bytes(body[:most])


def validator_of(url: str, folder: Path | None) -> str | None:
    """Return what shows that the file of a ``folder:`` URL has changed: size and time; None if it cannot be read."""
    try:
        with _open_below(url, folder) as file:
            return _validator(file)
    except FetchError:
        return None


def _validator(file: BinaryIO) -> str:
    found = os.fstat(file.fileno())
    return f"{found.st_size}:{found.st_mtime_ns}"


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    try:
        while chunk := file.read(CHUNK):
            yield chunk
    except OSError as error:
        raise FetchError("unreadable", str(error)) from error


@contextmanager
def _open_below(url: str, folder: Path | None) -> Iterator[BinaryIO]:
    """Open the regular file that ``url`` names, symlinks resolved, if it lies below ``folder``."""
    if folder is None:
        raise FetchError("outside_folder", "scrape.folder is not set")
    try:
        root = folder.resolve()
        path = (root / unquote(url.removeprefix(FOLDER_SCHEME), errors="surrogateescape")).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL, a loop of symlinks
        raise FetchError("bad_url", str(error)) from error
    if not path.is_relative_to(root) or path == root:
        raise FetchError("outside_folder", url)
    try:
        # A pipe put in the file's place must not block, a symlink must not lead out.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as error:
        absent = error.errno in (errno.ENOENT, errno.ENOTDIR)
        raise FetchError("not_found" if absent else "unreadable", str(error)) from error
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FetchError("not_an_image", f"{path} is no regular file")
        yield file
