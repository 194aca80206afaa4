"""Pictures for the screen, asked for by sha256 and rendered once; the latest stay in memory up to a bound."""

import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from PIL import Image

from curate.decoding import DecodeError, read_grey
from curate.geometry import align, find_features
from curate.inspect import thumbnail_path
from curate.params import ReviewParams
from curate.rendering import show
from curate.residual import warp, warp_mask
from curate.verification import LEAST_INLIERS
from pipeline.layout import Layout


class PictureMissing(LookupError):
    """There is no such picture to show; the message is for the page."""


class Pictures:
    """Renderings of the pictures of a run. No name from outside reaches the file system: a sha256 is looked up.

    Args:
        layout: where the files lie.
        params: sides of the renderings and the bound of the memory.
        images: returns the rows of tables.IMAGES by sha256, as they are now.
    """

    def __init__(self, layout: Layout, params: ReviewParams, images: Callable[[], Mapping[str, Mapping[str, Any]]]):
        self._layout, self._params, self._images = layout, params, images
        self._kept = Kept(params.cache_mb * 1_000_000)

    def screen(self, sha256: str) -> bytes:
        """Return the picture as a JPEG for the screen.

        Raises:
            PictureMissing: it is unknown, its file is gone, or it cannot be decoded.
        """
        return self._kept.get(("screen", sha256), lambda: _encode(self._show(sha256, self._params.screen_side)))

    def thumb(self, sha256: str) -> bytes:
        """Return the picture as a small JPEG; raises as :meth:`screen`."""
        return self._kept.get(("thumb", sha256), lambda: _encode(self._show_small(sha256)))

    def aligned(self, first: str, other: str) -> bytes:
        """Return ``other`` laid on the frame of ``first``: blinking shows what differs. Raises as :meth:`screen`.

        Where it does not reach, the first shows dimmed. Where too few local features agree, it is only scaled.
        """
        return self._kept.get(("aligned", first, other), lambda: _encode(self._align(first, other)))

    def _show(self, sha256: str, side: int) -> Image.Image:
        row = self._images().get(sha256)
        if row is None:
            raise PictureMissing("no such picture in data/inspected/images.parquet")
        try:
            return show((self._layout.images / row["path"]).read_bytes(), side)
        except OSError as error:
            raise PictureMissing(f"its file cannot be read ({error.strerror}); run whatbenz download") from error
        except DecodeError as error:
            raise PictureMissing(f"it cannot be decoded: {error}") from error

    def _show_small(self, sha256: str) -> Image.Image:
        """Return a small rendering, from the thumbnail that inspect made where there is one."""
        side = self._params.thumb_side
        if sha256 in self._images():
            try:
                return show((self._layout.thumbnails / thumbnail_path(sha256)).read_bytes(), side)
            except (OSError, DecodeError):
                pass
        return self._show(sha256, side)

    def _align(self, first: str, other: str) -> Image.Image:
        a, b = (np.asarray(self._show(sha256, self._params.screen_side)) for sha256 in (first, other))
        height, width = a.shape[:2]
        features = [find_features(read_grey(pixels)) for pixels in (a, b)]
        ways = [align(features[0], features[1], False), align(features[0], features[1].mirrored, True)]
        found = max((way for way in ways if way), key=lambda way: way.inliers, default=None)
        if found is None or found.inliers < LEAST_INLIERS:
            return Image.fromarray(cv2.resize(b, (width, height), interpolation=cv2.INTER_AREA))
        size = b.shape[1], b.shape[0]
        laid = warp(np.ascontiguousarray(b[:, ::-1]) if found.mirrored else b, found.matrix, width, height, size)
        inside = warp_mask(size, found.matrix, width, height)
        return Image.fromarray(np.where(inside[..., None], laid, a // 3))


class Kept:
    """Bytes by key: each is made once, even when several threads ask at a time; the least used go first.

    Args:
        limit: bytes to keep at most.
    """

    def __init__(self, limit: int):
        self._limit, self._size = limit, 0
        self._values: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._at_work: dict[tuple[str, ...], threading.Lock] = {}
        self._guard = threading.Lock()

    @property
    def size(self) -> int:
        """What is kept, in bytes."""
        return self._size

    def get(self, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """Return what is kept under ``key``, made by ``make`` if it is not there."""
        with self._guard:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            turn = self._at_work.setdefault(key, threading.Lock())
        with turn:
            with self._guard:
                if key in self._values:
                    return self._values[key]
            try:
                value = make()
            except BaseException:
                with self._guard:
                    self._at_work.pop(key, None)
                raise
            with self._guard:
                self._at_work.pop(key, None)
                self._values[key] = value
                self._size += len(value)
                while self._size > self._limit and len(self._values) > 1:
                    _, gone = self._values.popitem(last=False)
                    self._size -= len(gone)
            return value


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
