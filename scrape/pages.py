"""The result pages that the searches answered, kept raw: one file a page, named by its request.

A file's first line is JSON (source, request, asked_at, content_type, bytes), the rest is the answer's body as it
came. The request carries no secret, so neither does the file's name nor its content.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.files import write_bytes

SUFFIX = ".page"


@dataclass(frozen=True)
class Page:
    """One answer: the request without secrets, the body's bytes, when it was asked and where it is kept."""

    request: str
    content: bytes
    asked_at: datetime
    path: Path

    def json(self) -> Any:
        """Return the body parsed as JSON.

        Raises:
            ValueError: it is no JSON.
        """
        return json.loads(self.content)


class Pages:
    """The kept pages below ``folder``; ``refresh_days`` says when a page is to be asked again."""

    def __init__(self, folder: Path | str, refresh_days: float):
        self.folder = Path(folder)
        self._refresh = timedelta(days=refresh_days)

    def path(self, source: str, request: str, label: str) -> Path:
        """Return the file of a request; ``label`` (the query) only makes its name readable."""
        slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:60]
        digest = hashlib.sha256(request.encode()).hexdigest()[:20]
        return self.folder / source / f"{slug}-{digest}{SUFFIX}"

    def find(self, source: str, request: str, label: str) -> Page | None:
        """Return the kept page of a request whatever its age, or None; a damaged file counts as none."""
        path = self.path(source, request, label)
        try:
            head, separator, content = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        facts = _read_head(head)
        if facts is None or facts["request"] != request or not separator or len(content) != facts["bytes"]:
            return None
        return Page(request, content, facts["asked_at"], path)

    def keep(self, source: str, request: str, label: str, content: bytes, content_type: str,
             asked_at: datetime) -> Page:
        """Write an answer, whole or not at all, and return it."""
        path = self.path(source, request, label)
        head = {"source": source, "request": request, "asked_at": asked_at.isoformat(),
                "content_type": content_type, "bytes": len(content)}
        write_bytes(path, json.dumps(head, ensure_ascii=False).encode() + b"\n" + content)
        return Page(request, content, asked_at, path)

    def is_fresh(self, page: Page, now: datetime) -> bool:
        """Whether the page is young enough not to be asked again; ``now`` is when the run began."""
        return page.asked_at >= now or now - page.asked_at < self._refresh

    def asked_since(self, source: str, moment: datetime) -> list[datetime]:
        """Return when the pages of a source that were asked after ``moment`` were asked, oldest first."""
        return sorted(asked_at for asked_at in self._times(source) if asked_at > moment)

    def _times(self, source: str) -> Iterator[datetime]:
        for path in (self.folder / source).glob(f"*{SUFFIX}"):
            with open(path, "rb") as file:
                facts = _read_head(file.readline())
            if facts is not None:
                yield facts["asked_at"]


def _read_head(line: bytes) -> dict[str, Any] | None:
    try:
        facts = json.loads(line)
        facts["asked_at"] = datetime.fromisoformat(facts["asked_at"]).astimezone(UTC)
        return facts if isinstance(facts["request"], str) and isinstance(facts["bytes"], int) else None
    except (ValueError, KeyError, TypeError):
        return None
