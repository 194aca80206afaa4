"""Whether bytes are a whole picture, told from the bytes alone: format, size and a full decode.

Neither the server's Content-Type nor the file's name is looked at. Pixels are counted from the header
before anything is decoded, and how many are decoded at the same time, over all threads, is bounded.
"""

import re
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import pillow_heif
from PIL import Image

from scrape.transport import FetchError

pillow_heif.register_heif_opener()

# Pillow's name → the file's extension. MPO is a JPEG with further pictures behind the first.
EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "AVIF": "avif", "HEIF": "heic"}
_PILLOW_FORMATS = {"jpeg": ("JPEG",), "png": ("PNG",), "gif": ("GIF",), "webp": ("WEBP",), "avif": ("AVIF",),
                   "heic": ("HEIF",)}
# What decoding needs: Pillow's four bytes, and the decoder's own planes or, in a progressive JPEG, coefficients.
_BYTES_A_PIXEL = {"jpeg": 6, "png": 4, "gif": 4, "webp": 12, "avif": 12, "heic": 12}

_HEAD = 4096
_MAGIC = (
    (b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"GIF87a", "gif"), (b"GIF89a", "gif"),
    (b"II*\0", "tiff"), (b"MM\0*", "tiff"), (b"II+\0", "tiff"), (b"MM\0+", "tiff"), (b"BM", "bmp"),
    (b"\0\0\1\0", "ico"), (b"8BPS", "psd"), (b"%PDF", "pdf"), (b"%!PS", "eps"), (b"\xc5\xd0\xd3\xc6", "eps"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"), (b"\xffO\xffQ", "jp2"), (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"), (b"\x1aE\xdf\xa3", "webm"), (b"qoif", "qoi"), (b"gimp xcf", "xcf"),
    (b"#?RADIANCE", "hdr"), (b"FLV", "flv"), (b"DDS ", "dds"),
)
# Brands of ISO base media files (ISO/IEC 23008-12, annex B; AVIF 1.1).
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_SVG = re.compile(rb"(?is)^(\xef\xbb\xbf)?\s*(<\?xml.*?\?>\s*)?(<!--.*?-->\s*|<!doctype\s+svg.*?>\s*)*<(\w+:)?svg\b")


@dataclass(frozen=True)
class Picture:
    """What the bytes turned out to be."""

    extension: str
    width: int
    height: int


class PixelBudget:
    """Bounds the memory of pictures that are being decoded at the same time, over all threads.

    Args:
        most: bytes of decoded pixels at once; a single larger picture is decoded alone.
    """

    def __init__(self, most: int = 128 << 20):
        self._most, self._used = most, 0
        self._changed = threading.Condition()

    @contextmanager
    def spend(self, amount: int) -> Iterator[None]:
        """Wait until ``amount`` bytes fit, and hold them for the length of the block."""
        with self._changed:
            self._changed.wait_for(lambda: self._used == 0 or self._used + amount <= self._most)
            self._used += amount
        try:
            yield
        finally:
            with self._changed:
                self._used -= amount
                self._changed.notify_all()


def sniff(head: bytes) -> str:
    """Return the format that the first bytes of a file show, in lower case, or an empty text."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"AVI ": "avi"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        length = min(int.from_bytes(head[:4], "big"), len(head))
        brands = [head[8:12], *(head[n:n + 4] for n in range(16, length - 3, 4))]
        if not _AVIF_BRANDS.isdisjoint(brands):
            return "avif"
        return "heic" if not _HEIF_BRANDS.isdisjoint(brands) else "mp4"
    return "svg" if _SVG.match(head) else ""


def verify(file: BinaryIO, size: int, max_pixels: int, budget: PixelBudget) -> Picture:
    """Return what picture ``file`` holds, after reading all of it through its decoder (an animation's first frame).

    Args:
        file: at its beginning; ``size`` bytes long.
        max_pixels: width times height that is decoded at most.
        budget: shared by all threads that decode.

    Raises:
        FetchError: ``empty``, ``not_an_image``, ``format_…``, ``too_many_pixels``, ``truncated``, ``damaged``.
    """
    if size == 0:
        raise FetchError("empty")
    head = file.read(_HEAD)
    file.seek(0)
    name = sniff(head)
    if not name:
        raise FetchError("not_an_image", repr(head[:40]))
    if name not in _PILLOW_FORMATS:
        raise FetchError(f"format_{name}")
    if _ends_early(file, name, head, size):
        raise FetchError("truncated", "the container announces more bytes")
    file.seek(0)
    try:
        with Image.open(file, formats=_PILLOW_FORMATS[name]) as image:
            if image.width * image.height > max_pixels:
                raise FetchError("too_many_pixels", f"{image.width}x{image.height}", rule=f"max_pixels={max_pixels}")
            picture = Picture(EXTENSIONS[image.format or ""], *image.size)
            # For JPEG: all of the file is read and entropy-decoded at every scale, and that is where libjpeg finds
            # what is wrong; the transforms after it cannot fail, so they are done at an eighth: half the time.
            image.draft(None, (1, 1))
            with budget.spend(picture.width * picture.height * _BYTES_A_PIXEL[name]):
                image.load()
            return picture
    except FetchError:
        raise
    except Image.DecompressionBombError as error:
        raise FetchError("too_many_pixels", str(error), rule=f"max_pixels={max_pixels}") from error
    except Exception as error:  # on hostile bytes, decoders raise whatever the first surprise is
        cut = "truncated" in str(error) or isinstance(error, EOFError)
        raise FetchError("truncated" if cut else "damaged", f"{name}: {error!r}") from error


def _ends_early(file: BinaryIO, name: str, head: bytes, size: int) -> bool:
    """Return whether the container announces more bytes than there are; JPEG and GIF announce nothing."""
    if name == "webp":
        return int.from_bytes(head[4:8], "little") + 8 > size
    if name == "png":
        return _png_ends_early(file)
    return _boxes_end_early(file, size) if name in ("avif", "heic") else False


def _png_ends_early(file: BinaryIO) -> bool:
    """Walk the chunks; without this, Pillow takes a file whose pixels are all there and whose end is not."""
    file.seek(8)
    while len(chunk := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", chunk)
        if kind == b"IEND":
            return len(file.read(4)) < 4
        file.seek(length + 4, 1)
    return True


def _boxes_end_early(file: BinaryIO, size: int) -> bool:
    """Walk the boxes at the top of an ISO base media file (ISO/IEC 14496-12, 4.2)."""
    position = 0
    while position < size:
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            return True
        length = int.from_bytes(header[:4], "big")
        if length == 0:  # to the end of the file
            return False
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if length < 8:
            return False  # damaged rather than short; the decoder will say so
        position += length
    return position > size
