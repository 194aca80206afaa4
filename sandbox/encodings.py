"""Pictures as bytes: the usual JPEG, other formats, and files that are broken on purpose."""

import gzip
import io
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageEnhance, ImageFilter

BOMB_SIDE = 30000
EXIF_ORIENTATION, EXIF_MAKE, EXIF_GPS = 0x0112, 0x010F, 0x8825


def jpeg(picture: Image.Image, quality: int = 90, **options: object) -> bytes:
    """Return ``picture`` as a JPEG file."""
    return _save(picture, "JPEG", quality=quality, **options)


def encode(picture: Image.Image, quality: int, fault: str | None) -> tuple[bytes, str]:
    """Return the bytes of a picture and the media type they are served as, as its fault wants them."""
    if fault in _ENCODERS:
        media_type, encoder = _ENCODERS[fault]
        return encoder(picture, quality), media_type
    return jpeg(picture, quality), "image/jpeg"


def _save(picture: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def _exif_rotated(picture: Image.Image, quality: int) -> bytes:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6  # "turn by 90 degrees clockwise to see it upright"
    return jpeg(picture.transpose(Image.Transpose.ROTATE_90), quality, exif=exif)


def _exif_gps(picture: Image.Image, quality: int) -> bytes:
    exif = Image.Exif()
    exif[EXIF_MAKE] = "Sandbox"
    exif.get_ifd(EXIF_GPS).update({1: "N", 2: (48.0, 47.0, 17.0), 3: "E", 4: (9.0, 14.0, 2.0)})
    return jpeg(picture, quality, exif=exif)


def _png_alpha(picture: Image.Image, quality: int) -> bytes:
    """A picture whose background fades into transparency, as cut-out press photographs do."""
    width, height = picture.size
    alpha = Image.new("L", (width, height), 0)
    alpha.paste(255, (width // 40, height // 40, width - width // 40, height - height // 40))
    cut = picture.copy()
    cut.putalpha(alpha.filter(ImageFilter.GaussianBlur(width // 80)))
    return _save(cut, "PNG")


def _svg(picture: Image.Image, quality: int) -> bytes:
    return (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="640" height="480">'
            b'<script>alert(1)</script><path d="M40 300h560v60H40z"/><circle cx="160" cy="370" r="50"/></svg>')


def _heic(picture: Image.Image, quality: int) -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    # x265's usual preset takes more than a second a picture, and its threads wait for each other: on a busy machine,
    # longer than a client waits.
    pillow_heif.from_pillow(picture).save(buffer, quality=quality, enc_params={
        "preset": "ultrafast", "x265:pools": "none", "x265:wpp": "0", "x265:frame-threads": "1"})
    return buffer.getvalue()


def _truncated(picture: Image.Image, quality: int) -> bytes:
    data = jpeg(picture, quality)
    return data[: len(data) * 3 // 5]


def _dark(picture: Image.Image, quality: int) -> bytes:
    return jpeg(ImageEnhance.Brightness(picture).enhance(0.08), quality)


def _blurred(picture: Image.Image, quality: int) -> bytes:
    return jpeg(picture.filter(ImageFilter.GaussianBlur(picture.width / 70)), quality)


def _deflated(block: bytes, times: int) -> bytes:
    """Return ``block``, repeated, as a deflate stream: compressed once, however often it comes."""
    packer = zlib.compressobj(9, wbits=-15)
    # After a full flush nothing before counts, so that the same block is the same bytes again.
    return (packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)) * times + packer.flush()


def _checked(check: Callable[[bytes, int], int], start: int, block: bytes, times: int) -> int:
    for _ in range(times):
        start = check(block, start)
    return start


@lru_cache(maxsize=1)
def bomb_png() -> bytes:
    """A PNG of some hundred kilobytes that decodes to 30,000 × 30,000 pixels."""
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 1, 0, 0, 0, 0)
    rows, times = b"\0" * (BOMB_SIDE // 8 + 1) * 100, BOMB_SIDE // 100
    data = b"\x78\xda" + _deflated(rows, times) + struct.pack(">I", _checked(zlib.adler32, 1, rows, times))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@lru_cache(maxsize=1)
def bomb_gzip() -> bytes:
    """A gzip stream of some hundred kilobytes that unpacks to 200 MB."""
    block, times = b"\xff\xd8\xff\xe0" + b"\0" * (1 << 20), 200
    trailer = struct.pack("<II", _checked(zlib.crc32, 0, block, times), len(block) * times)
    return b"\x1f\x8b\x08\0\0\0\0\0\x02\xff" + _deflated(block, times) + trailer


def gzipped(data: bytes) -> bytes:
    """Return ``data`` as a gzip stream that is the same every time."""
    return gzip.compress(data, compresslevel=1, mtime=0)


# What a fault makes of the picture: the media type it is served as, and the bytes.
_ENCODERS: dict[str, tuple[str, Callable[[Image.Image, int], bytes]]] = {
    "truncated": ("image/jpeg", _truncated),
    "svg": ("image/svg+xml", _svg),
    "tiff": ("image/tiff", lambda picture, quality: _save(picture, "TIFF")),
    "bmp": ("image/bmp", lambda picture, quality: _save(picture, "BMP")),
    "png_named_jpg": ("image/jpeg", lambda picture, quality: _save(picture, "PNG")),
    "webp_named_jpg": ("image/jpeg", lambda picture, quality: _save(picture, "WEBP", quality=quality)),
    "webp_copy": ("image/webp", lambda picture, quality: _save(picture, "WEBP", quality=quality)),
    "exif_rotated": ("image/jpeg", _exif_rotated),
    "exif_gps": ("image/jpeg", _exif_gps),
    "cmyk": ("image/jpeg", lambda picture, quality: jpeg(picture.convert("CMYK"), quality)),
    "progressive": ("image/jpeg", lambda picture, quality: jpeg(picture, quality, progressive=True)),
    "png": ("image/png", lambda picture, quality: _save(picture, "PNG")),
    "png_alpha": ("image/png", _png_alpha),
    "gif": ("image/gif", lambda picture, quality: _save(picture.quantize(200), "GIF")),
    "webp": ("image/webp", lambda picture, quality: _save(picture, "WEBP", quality=quality)),
    "avif": ("image/avif", lambda picture, quality: _save(picture, "AVIF", quality=quality, speed=9, max_threads=1)),
    "heic": ("image/heic", _heic),
    "dark": ("image/jpeg", _dark),
    "blurred": ("image/jpeg", _blurred),
}
