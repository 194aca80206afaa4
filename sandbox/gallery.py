"""Planned pictures as bytes: drawn when first asked for, then kept in memory and in a bounded folder."""

import hashlib
import os
import tempfile
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from sandbox.encodings import encode, jpeg
from sandbox.photographs import seed_of, take
from sandbox.plan import Item
from sandbox.variants import change_picture

MEMORY_BYTES = 12 << 20
DRAWERS = min(os.cpu_count() or 1, 4)  # a thread that draws keeps some 30 MB
REPAINT = "repaint"
# Changes that are no more than the original's bytes or another encoding of its pixels.
QUALITIES = {"jpeg40": 40, "jpeg20": 20}
VARIANT_QUALITY = 80  # below every original's, as a copy's is on the web


class Gallery:
    """Gives the bytes of every item. Safe to use from many threads.

    Args:
        seed: the sandbox's seed.
        folder: where drawn pictures are kept; None keeps them in memory alone.
        limit: most bytes in the folder; the oldest files go first.
    """

    def __init__(self, seed: int, folder: Path | None, limit: int):
        self._seed, self._folder, self._limit = seed, folder if limit else None, limit
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._memory_bytes = 0
        self._lock = threading.Lock()
        self._drawers = ThreadPoolExecutor(DRAWERS, thread_name_prefix="drawing")
        self._coming: dict[str, Future[bytes]] = {}
        self._kept: OrderedDict[str, int] = OrderedDict()
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            files = sorted((entry.stat().st_mtime_ns, entry.name, entry.stat().st_size)
                           for entry in os.scandir(self._folder) if entry.is_file())
            self._kept.update((name, size) for _, name, size in files)
        self._kept_bytes = sum(self._kept.values())

    def read(self, item: Item, width: int | None = None) -> tuple[bytes, str]:
        """Return the bytes of an item and its media type; ``width`` (px) asks for a thumbnail as a JPEG."""
        change = None if item.change == "copy" else item.change
        key = hashlib.sha256(repr((self._seed, item.picture, change, item.fault, width)).encode()).hexdigest()[:40]
        data = self._find(key)
        if data is None:
            # However many ask for it, one picture is drawn once; few draw at a time, however many ask.
            with self._lock:
                coming = self._coming.get(key)
                if coming is None:
                    coming = self._coming[key] = self._drawers.submit(self._draw, key, item, change, width)
            data = coming.result()
        media_type, _, content = data.partition(b"\n")
        return content, media_type.decode()

    def close(self) -> None:
        """Let the drawing threads end; readers that wait for them get a CancelledError."""
        self._drawers.shutdown(wait=True, cancel_futures=True)

    def _draw(self, key: str, item: Item, change: str | None, width: int | None) -> bytes:
        try:
            data = _pack(*self._make(item, change, width))
            self._keep(key, data)
            return data
        finally:
            with self._lock:
                del self._coming[key]

    def _make(self, item: Item, change: str | None, width: int | None) -> tuple[bytes, str]:
        picture = take(self._seed, item.picture, repaint=change == REPAINT)
        quality = item.picture.quality
        if change and change != REPAINT:
            picture = change_picture(picture, change, np.random.default_rng(seed_of(self._seed, item.path)))
            quality = QUALITIES.get(change, VARIANT_QUALITY)
        if width is not None:
            height = round(picture.height * width / picture.width)
            return jpeg(picture.resize((width, height), Image.Resampling.LANCZOS), 85), "image/jpeg"
        return encode(picture, quality, item.fault or change)

    def _find(self, key: str) -> bytes | None:
        with self._lock:
            data = self._memory.get(key)
            if data is not None:
                self._memory.move_to_end(key)
                return data
            on_disk = key in self._kept
        if on_disk and self._folder is not None:
            try:
                data = (self._folder / key).read_bytes()
            except OSError:
                return None  # another sandbox made room for its own
            self._remember(key, data)
        return data

    def _remember(self, key: str, data: bytes) -> None:
        with self._lock:
            if key in self._memory:
                return
            self._memory[key] = data
            self._memory_bytes += len(data)
            while self._memory_bytes > MEMORY_BYTES and len(self._memory) > 1:
                self._memory_bytes -= len(self._memory.popitem(last=False)[1])

    def _keep(self, key: str, data: bytes) -> None:
        self._remember(key, data)
        if self._folder is None or len(data) > self._limit:
            return
        # A torn file would be served for ever, a lost one is drawn again: rename, but no fsync.
        descriptor, temporary = tempfile.mkstemp(dir=self._folder.parent, prefix=".picture-", suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, self._folder / key)
        with self._lock:
            self._kept[key] = len(data)
            self._kept_bytes += len(data)
            while self._kept_bytes > self._limit:
                oldest, size = self._kept.popitem(last=False)
                self._kept_bytes -= size
                (self._folder / oldest).unlink(missing_ok=True)


def _pack(content: bytes, media_type: str) -> bytes:
    return media_type.encode() + b"\n" + content


def code_version() -> str:
    """Return a digest of the sandbox's own sources: other code may draw other pictures."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        if source.name.startswith("vehicle_"):
            continue  # prices do not change pictures
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
