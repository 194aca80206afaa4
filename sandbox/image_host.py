"""The image host: what it answers for every planned URL, faults and all."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import quote, unquote

from sandbox.connection import Answer, Request, Wire, head
from sandbox.encodings import bomb_gzip, bomb_png, gzipped
from sandbox.gallery import Gallery
from sandbox.plan import Item, Plan

ROBOTS = """# The sandbox's image host
User-agent: *
Disallow: /images/members/
Allow: /images/members/press/
Disallow: /*?action=download$
Disallow: /log

User-agent: GPTBot
Disallow: /
"""
DRIP_SECONDS, DRIP_PAUSE = 90.0, 0.1
STALL_SECONDS = 90.0
ENDLESS_BYTES = 4 << 30
HUGE_LENGTH = 8 << 30
ERROR_PAGE = (b"<!DOCTYPE html><html><head><title>Hotlinking denied</title></head>"
              b"<body><h1>Please view this picture on our site</h1></body></html>")

Behaviour = Callable[["ImageHost", Item, Request], Answer]


class ImageHost:
    """Answers for the URLs of a plan. Keeps, for each URL, how often it was asked: some faults pass.

    Args:
        canary: address of a server on another port, which no client may be led to.
    """

    def __init__(self, plan: Plan, gallery: Gallery, canary: str):
        self.plan, self.gallery, self.canary = plan, gallery, canary
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def reset(self) -> None:
        """Forget who asked for what: every passing fault is there again."""
        with self._lock:
            self._asked.clear()

    def respond(self, request: Request) -> Answer:
        """Return the answer for a path below /images/."""
        path, _, hop = request.target.partition("?hop=")
        item = self.plan.by_path.get(path) or self.plan.by_path.get(_canonical(path))
        if item is None:
            return self._thumbnail(request.target) or _status(404)
        if item.fault in REDIRECTS:
            return _redirect(self, item, int(hop) if hop.isdigit() else 0)
        behaviour = BEHAVIOURS.get(item.fault or "")
        return behaviour(self, item, request) if behaviour else self.picture(item)

    def picture(self, item: Item, *headers: tuple[str, str]) -> Answer:
        """Return an item's picture, served properly."""
        content, media_type = self.gallery.read(item)
        return Answer(200, content, media_type, headers)

    def first(self, item: Item) -> bool:
        """Return whether this is the first time that the URL is asked for."""
        with self._lock:
            self._asked[item.path] += 1
            return self._asked[item.path] == 1

    def _thumbnail(self, target: str) -> Answer | None:
        """Answer /images/thumb/a/ab/Name.jpg/250px-Name.jpg as Commons does, for standard widths only."""
        head_, slash, name = target.partition("?")[0].rpartition("/")
        item = self.plan.by_path.get(head_.replace("/images/thumb/", "/images/", 1))
        digits = name.partition("px-")[0]
        if not slash or item is None or not digits.isdigit():
            return None
        width = int(digits)
        if width not in THUMBNAIL_WIDTHS or width >= item.picture.width:
            return _status(400)
        content, media_type = self.gallery.read(item, width)
        return Answer(200, content, media_type)


THUMBNAIL_WIDTHS = (20, 40, 60, 120, 250, 330, 500, 960, 1280, 1920, 3840)


def _canonical(path: str) -> str:
    """Return a path quoted as the plan quotes it: clients differ in which characters they leave bare."""
    name, mark, query = path.partition("?")
    return quote(unquote(name)) + mark + query


def _status(status: int, *headers: tuple[str, str]) -> Answer:
    return Answer(status, ERROR_PAGE, "text/html; charset=utf-8", headers)


def _always(status: int) -> Behaviour:
    return lambda host, item, request: _status(status)


def _with_header(*headers: tuple[str, str]) -> Behaviour:
    return lambda host, item, request: host.picture(item, *headers)


def _once(status: int, headers: Callable[[], tuple[tuple[str, str], ...]]) -> Behaviour:
    def behave(host: ImageHost, item: Item, request: Request) -> Answer:
        return _status(status, *headers()) if host.first(item) else host.picture(item)
    return behave


def _typed(media_type: str | None) -> Behaviour:
    def behave(host: ImageHost, item: Item, request: Request) -> Answer:
        return Answer(200, host.gallery.read(item)[0], media_type)
    return behave


def _slow_body(host: ImageHost, item: Item, request: Request) -> Answer:
    """A picture at ten bytes a second: every read succeeds, the whole never comes."""
    content, media_type = host.gallery.read(item)
    answer = Answer(200, content, media_type)

    def drip(wire: Wire) -> None:
        wire.send(head(answer, length=len(content), close=True))
        for at in range(round(DRIP_SECONDS / DRIP_PAUSE)):
            wire.send(content[at:at + 1])
            if not wire.wait(DRIP_PAUSE):
                return
    return Answer(200, script=drip)


def _slow_header(host: ImageHost, item: Item, request: Request) -> Answer:
    def stall(wire: Wire) -> None:
        wire.wait(STALL_SECONDS)
    return Answer(200, script=stall)


def _slow_start(host: ImageHost, item: Item, request: Request) -> Answer:
    """A picture that comes whole, with a pause that a patient client bears."""
    answer = host.picture(item)

    def pause(wire: Wire) -> None:
        half = len(answer.body) // 2
        wire.send(head(answer, length=len(answer.body), close=True) + answer.body[:half])
        if wire.wait(0.5):
            wire.send(answer.body[half:])
    return Answer(200, script=pause)


def _endless_body(host: ImageHost, item: Item, request: Request) -> Answer:
    """A picture that goes on for ever: no Content-Length, chunks as fast as they are taken."""
    content, media_type = host.gallery.read(item)

    def pour(wire: Wire) -> None:
        wire.send(head(Answer(200, b"", media_type, (("Transfer-Encoding", "chunked"),)), close=True))
        block = content[:2] + b"\0" * 65534
        chunk = b"%x\r\n%b\r\n" % (len(block), block)
        for _ in range(ENDLESS_BYTES // len(block)):
            wire.send(chunk)
            if not wire.wait(0):
                return
    return Answer(200, script=pour)


def _huge_length(host: ImageHost, item: Item, request: Request) -> Answer:
    content, media_type = host.gallery.read(item)

    def lie(wire: Wire) -> None:
        wire.send(head(Answer(200, b"", media_type), length=HUGE_LENGTH, close=True) + content)
    return Answer(200, script=lie)


def _reset(host: ImageHost, item: Item, request: Request) -> Answer:
    content, media_type = host.gallery.read(item)

    def break_off(wire: Wire) -> None:
        wire.send(head(Answer(200, b"", media_type), length=len(content), close=True) + content[: len(content) // 3])
        wire.wait(0.02)  # a reset at once may overtake the bytes
        wire.reset()
    return Answer(200, script=break_off)


def _reset_once(host: ImageHost, item: Item, request: Request) -> Answer:
    return _reset(host, item, request) if host.first(item) else host.picture(item)


def _chunked(host: ImageHost, item: Item, request: Request) -> Answer:
    content, media_type = host.gallery.read(item)

    def send(wire: Wire) -> None:
        wire.send(head(Answer(200, b"", media_type, (("Transfer-Encoding", "chunked"),)), close=True))
        for at in range(0, len(content), 10000):
            part = content[at:at + 10000]
            wire.send(b"%x\r\n%b\r\n" % (len(part), part))
        wire.send(b"0\r\n\r\n")
    return Answer(200, script=send)


def _gzip(host: ImageHost, item: Item, request: Request) -> Answer:
    content, media_type = host.gallery.read(item)
    return Answer(200, gzipped(content), media_type, (("Content-Encoding", "gzip"),))


def _bomb_gzip(host: ImageHost, item: Item, request: Request) -> Answer:
    return Answer(200, bomb_gzip(), "image/jpeg", (("Content-Encoding", "gzip"),))


def _redirect(host: ImageHost, item: Item, hop: int) -> Answer:
    """Send the client on. The hops made so far stand in the address: the server keeps no count."""
    hops, status = REDIRECTS[item.fault or ""]
    if isinstance(hops, str):
        return _status(status, ("Location", hops.format(canary=host.canary)))
    if item.fault == "redirect_loop":
        hop = -hop  # 0 → 1 → 0
    elif hop >= hops:
        return host.picture(item)
    return _status(status, ("Location", f"{item.path}?hop={hop + 1}"))


# Fault → how many hops lead to the picture, or the place it leads to; and the status.
REDIRECTS: dict[str, tuple[int | str, int]] = {
    "redirect_one": (1, 301),
    "redirect_three": (3, 308),
    "redirect_five": (5, 302),
    "redirect_loop": (2, 302),
    "redirect_private": ("{canary}/private.jpg", 302),
    "redirect_file": ("file:///etc/hostname", 302),
    "redirect_ftp": ("ftp://127.0.0.1/private.jpg", 307),
}

BEHAVIOURS: dict[str, Behaviour] = {
    "not_found": _always(404),
    "gone": _always(410),
    "forbidden": _always(403),
    "server_error": _always(500),
    "slow_body": _slow_body,
    "slow_header": _slow_header,
    "slow_start": _slow_start,
    "reset_mid_body": _reset,
    "reset_once": _reset_once,
    "html": lambda host, item, request: Answer(200, ERROR_PAGE, "image/jpeg"),
    "empty": lambda host, item, request: Answer(200, b"", "image/jpeg"),
    "endless_body": _endless_body,
    "huge_length": _huge_length,
    "bomb_png": lambda host, item, request: Answer(200, bomb_png(), "image/png"),
    "bomb_gzip": _bomb_gzip,
    "noai": _with_header(("X-Robots-Tag", "noai")),
    "noimageai": _with_header(("X-Robots-Tag", "noimageai")),
    "noindex": _with_header(("X-Robots-Tag", "noindex")),
    "noai_among_others": _with_header(("X-Robots-Tag", "max-image-preview: large, NoAI, noarchive")),
    "noai_second_header": _with_header(("X-Robots-Tag", "noarchive"), ("X-Robots-Tag", "noai, noimageai")),
    "noai_for_us": _with_header(("X-Robots-Tag", "otherbot: noindex"), ("X-Robots-Tag", "whatbenz: noai")),
    "noai_for_another": _with_header(("X-Robots-Tag", "otherbot: noai, noimageai")),
    "tdm_reservation": _with_header(("TDM-Reservation", "1"), ("TDM-Policy", "https://policies.example/tdm.json")),
    "tdm_open": _with_header(("TDM-Reservation", "0")),
    "retry_after_seconds": _once(429, lambda: (("Retry-After", "1"),)),
    "retry_after_date": _once(429, lambda: (("Retry-After", formatdate(time.time() + 2, usegmt=True)),)),
    "unavailable_once": _once(503, lambda: ()),
    "octet_stream": _typed("application/octet-stream"),
    "no_type": _typed(None),
    "chunked": _chunked,
    "gzip": _gzip,
}
