"""The web app's files: read once, compressed once, told apart by what is in them."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Request, Response

_TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".mjs": "text/javascript",
          ".svg": "image/svg+xml", ".woff2": "font/woff2", ".json": "application/json", ".css": "text/css",
          ".html": "text/html", ".png": "image/png", ".ico": "image/vnd.microsoft.icon", ".txt": "text/plain"}
_TEXTS = ("text/", "application/json", "application/manifest+json", "image/svg+xml")


@dataclass(frozen=True)
class Page:
    """One file: its bytes as they are and compressed (None where that gains nothing)."""

    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str


class Site:
    """The files of a folder by their path below it.

    Files that do not end with one of the known endings, or begin with a dot, are not served.
    """

    def __init__(self, folder: Path):
        self._pages = {path.relative_to(folder).as_posix(): _read(path) for path in sorted(folder.rglob("*"))
                       if path.is_file() and path.suffix in _TYPES and not path.name.startswith(".")}

    @property
    def names(self) -> list[str]:
        """The files' paths below the folder."""
        return list(self._pages)

    def respond(self, name: str, request: Request) -> Response:
        """Return one of the files as an answer to ``request``."""
        page = self._pages[name]
        squeeze = page.compressed is not None and "gzip" in request.accept_encodings
        response = Response(page.compressed if squeeze else page.content, content_type=page.media_type)
        if squeeze:
            response.headers["Content-Encoding"] = "gzip"
        if page.compressed is not None:
            response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = "no-cache"  # asked again each time, answered 304 where it is the same
        response.set_etag(page.etag + ("-gzip" if squeeze else ""))
        response.make_conditional(request)
        return response


def _read(path: Path) -> Page:
    content = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    compressed = gzip.compress(content, 9, mtime=0) if media_type.startswith(_TEXTS) else None
    if compressed is not None and len(compressed) > len(content) * 0.9:
        compressed = None
    return Page(content, compressed, media_type, hashlib.sha256(content).hexdigest()[:16])
