"""Whether bytes are a whole picture, told from the bytes alone: format, size and a full decode.

Neither the server's Content-Type nor the file's name is looked at. Pixels are counted from the header
before anything is decoded.
"""

import re
import struct
from concurrent.futures import ThreadPoolExecutor
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
_LARGE = 2 << 20

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


class Decoder:
    """Decodes pictures for many threads; large ones one after another, in a thread of its own.

    So the largest picture bounds the memory, not the number of threads; and as malloc keeps heaps for each thread,
    which do not shrink again, the large ones are in one heap.

    Args:
        max_pixels: width times height that is decoded at most.
    """

    def __init__(self, max_pixels: int):
        self._max_pixels = max_pixels
        self._alone = ThreadPoolExecutor(1, "decode")

    def close(self) -> None:
        """Decode none of the large pictures that wait."""
        self._alone.shutdown(wait=False, cancel_futures=True)

    def verify(self, file: BinaryIO, size: int) -> Picture:
        """Return what picture ``file`` holds, after reading all of it through its decoder (an animation's first frame).

        Args:
            file: at its beginning; ``size`` bytes long.
            size: in bytes.

        Raises:
            FetchError: ``empty``, ``not_an_image``, ``format_…``, ``too_many_pixels``, ``truncated``, ``damaged``.
        """
        if size == 0:
            raise FetchError("empty")
        head = file.read(_HEAD)
        name = sniff(head)
        if not name:
            raise FetchError("not_an_image", repr(head[:40]))
        if name not in _PILLOW_FORMATS:
            raise FetchError(f"format_{name}")
        if _ends_early(file, name, head, size):
            raise FetchError("truncated", "the container announces more bytes")
        file.seek(0)
        try:
            if size > _LARGE:  # some decoders read the whole file at once
                return self._alone.submit(self._decode, file, name).result()
            return self._decode(file, name, self._alone)
        except FetchError:
            raise
        except Image.DecompressionBombError as error:
            raise FetchError("too_many_pixels", str(error), rule=f"max_pixels={self._max_pixels}") from error
        except Exception as error:  # on hostile bytes, decoders raise whatever the first surprise is
            cut = "truncated" in str(error) or isinstance(error, EOFError)
            raise FetchError("truncated" if cut else "damaged", f"{name}: {error!r}") from error

    def _decode(self, file: BinaryIO, name: str, alone: ThreadPoolExecutor | None = None) -> Picture:
        """Decode here, or in the thread ``alone`` where the picture is large."""
        with Image.open(file, formats=_PILLOW_FORMATS[name]) as image:
            picture = Picture(EXTENSIONS[image.format or ""], *image.size)
            if picture.width * picture.height > self._max_pixels:
                raise FetchError("too_many_pixels", f"{picture.width}x{picture.height}",
                                 rule=f"max_pixels={self._max_pixels}")
            # For JPEG: all of the file is read and entropy-decoded at every scale, and that is where libjpeg finds
            # what is wrong; the transforms after it cannot fail, so they are done at an eighth: half the time.
            image.draft(None, (1, 1))
            # A progressive JPEG is held whole, as coefficients, whatever the scale.
            whole = name != "jpeg" or image.info.get("progressive")
            if alone is not None and whole and picture.width * picture.height * 4 > _LARGE:
                alone.submit(image.load).result()
            else:
                image.load()
            return picture


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
