"""One scaled decode of a picture file: what every hash, score, thumbnail and feature is made from."""

import io
import struct
import warnings
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image, UnidentifiedImageError
from pillow_heif import register_heif_opener

from curate.jpeg import Header, cut_first_scan, read_header, read_quality

register_heif_opener()
# Each picture is held against inspect.max_pixels. Once for all, since no thread can turn warnings off for itself alone.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

Pixels = npt.NDArray[np.uint8]

# Orientation tag of EXIF → what shows the picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION_TAG = 0x0112
_PLAIN_COLOURS = ("YCbCr", "Gray")  # what every reader takes a JPEG for that says no more


class DecodeError(ValueError):
    """The bytes are no picture that can be decoded."""


@dataclass(frozen=True)
class Picture:
    """One decoded picture: pixels at working size and the facts of the file."""

    pixels: Pixels  # RGB uint8 (height, width, 3), upright, transparency on white
    format: str
    mode: str
    width: int  # as displayed, px of the file
    height: int
    jpeg_quality: int | None
    jpeg: Header | None = None  # of a JPEG of YCbCr or grey whose every pixel is here, upright


def decode(data: bytes, side: int, max_pixels: int = 100_000_000) -> Picture:
    """Decode a file once, at the smallest scale that leaves ``side`` pixels on the longer side.

    A JPEG is scaled in the DCT domain (libjpeg's 1/2, 1/4, 1/8), then averaged down. Pictures are never enlarged. Both
    readers are libjpeg-turbo: simplejpeg gives the pixels that Pillow gives, in half the time. Pillow is asked for all
    that is no plain JPEG, and for whatever is odd about one: it reads it, or says what is wrong.

    Args:
        data: the file's bytes.
        side: longer side of the result, px.
        max_pixels: a picture of more pixels is refused from its header (decompression bombs).

    Raises:
        DecodeError: the bytes are no picture, are truncated, or hold too many pixels.
    """
    header = read_header(data)
    try:
        if header is not None and not header.several:
            _check_size(header.width, header.height, max_pixels)
            pixels = _read_jpeg(data, header, side)
            if pixels is not None:
                upright, quality = read_upright(data, header), read_quality(data, header)
                plain = _keep_plain(data, header, side) if upright is None else None
                mode = "RGB" if header.components == 3 else "L"
                return _show(pixels, side, upright, "JPEG", mode, header.width, header.height, quality, plain)
        with Image.open(io.BytesIO(data)) as image:
            return _decode_image(image, data, header, side, max_pixels)
    except DecodeError:
        raise
    except UnidentifiedImageError as error:
        raise DecodeError("no picture format that can be read") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError, MemoryError,
            ZeroDivisionError, Image.DecompressionBombError, Image.UnidentifiedImageError) as error:
        raise DecodeError(f"{type(error).__name__}: {error}") from error


def decode_grey(data: bytes, side: int, max_pixels: int = 100_000_000) -> tuple[Pixels, float, float]:
    """Decode a file once to luma: all that a hash asks for, without the colours of a JPEG.

    Args:
        data: the file's bytes.
        side: px that the shorter side has at least, where the picture has them.
        max_pixels: a picture of more pixels is refused from its header.

    Returns:
        Luma, uint8 (height, width), and how far the picture reaches in it, down and across: a JPEG at an eighth of its
        size ends within its last px.

    Raises:
        DecodeError: as :func:`decode`. A progressive JPEG of which an eighth is enough is read up to its first scan.
    """
    header = read_header(data)
    try:
        if header is not None and header.width * header.height <= max_pixels \
                and header.components in (1, 3) and read_upright(data, header) is None:
            height, width = header.height, header.width
            part = _find_part(height, width, side, side)
            grey = simplejpeg.decode_jpeg((part == 8 and cut_first_scan(data, header)) or data, "GRAY",
                                          min_height=-(-height // part), min_width=-(-width // part))
            return grey[:, :, 0], height / part, width / part
    except ValueError:  # an odd one: decode() reads it, or says what is wrong with it
        pass
    whole = read_grey(decode(data, 6 * side, max_pixels).pixels)
    return whole, *whole.shape


def _decode_image(image: Image.Image, data: bytes, header: Header | None, side: int, max_pixels: int) -> Picture:
    file_format, mode = image.format or "", image.mode
    width, height = image.size
    _check_size(width, height, max_pixels)
    upright = _UPRIGHT.get(image.getexif().get(_ORIENTATION_TAG, 1))
    if file_format == "JPEG":
        image.draft("RGB" if mode in ("RGB", "YCbCr") else mode, _at_least(width, height, side))
    quality = read_quality(data, header) if file_format == "JPEG" and header is not None else None
    return _show(to_rgb(image), side, upright, file_format, mode, width, height, quality, None)


def _show(pixels: Pixels, side: int, upright: Image.Transpose | None, file_format: str, mode: str, width: int,
          height: int, quality: int | None, plain: Header | None) -> Picture:
    """Return the picture of decoded pixels, at working size and upright."""
    pixels = shrink(pixels, side)
    if upright is not None:
        pixels = np.asarray(Image.fromarray(pixels).transpose(upright))
        if upright not in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180,
                           Image.Transpose.FLIP_TOP_BOTTOM):
            width, height = height, width
    return Picture(pixels, file_format, mode, width, height, quality, plain)


def read_upright(data: bytes, header: Header) -> Image.Transpose | None:
    """Return what shows a JPEG upright as its EXIF says; None where it says nothing, or nothing that can be read."""
    if header.exif is None:
        return None
    exif = Image.Exif()
    try:
        exif.load(data[slice(*header.exif)])
        return _UPRIGHT.get(exif.get(_ORIENTATION_TAG, 1))
    except (SyntaxError, ValueError, TypeError, OSError, IndexError, KeyError, OverflowError, struct.error):
        return None


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise DecodeError(f"{width} × {height} px are more than inspect.max_pixels ({max_pixels})")


def _read_jpeg(data: bytes, header: Header, side: int) -> Pixels | None:
    """Return a JPEG of three colours or of grey, uint8 (height, width, 3), at the scale that ``side`` allows.

    None where it has other colours, or anything about it is odd, be it bytes after its end.
    """
    if header.components not in (1, 3):
        return None
    width, height = header.width, header.height
    least_width, least_height = _at_least(width, height, side)
    part = _find_part(height, width, least_height, least_width)
    try:
        return cast(Pixels, simplejpeg.decode_jpeg(data, "RGB", min_width=-(-width // part),
                                                   min_height=-(-height // part)))
    except ValueError:
        return None


def _find_part(height: int, width: int, least_height: int, least_width: int) -> int:
    """Return by how much libjpeg may scale a JPEG down so that it does not become smaller than asked."""
    part = 8
    while part > 1 and (height < part * least_height or width < part * least_width):
        part //= 2
    return part


def _keep_plain(data: bytes, header: Header, side: int) -> Header | None:
    whole = max(header.width, header.height) <= side
    return header if whole and simplejpeg.decode_jpeg_header(data)[2] in _PLAIN_COLOURS else None


def _at_least(width: int, height: int, side: int) -> tuple[int, int]:
    """Return the size that ``draft`` must not go below."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def to_rgb(image: Image.Image) -> Pixels:
    """Return any Pillow picture as RGB uint8 (height, width, 3): alpha on white, 16 bits to 8."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image).astype(np.float32)
        top = 65535.0 if image.mode.startswith("I") else 255.0
        grey = np.clip(values * (255.0 / top), 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layers = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(layers, mask=layers.getchannel("A"))
        return np.asarray(white)
    return np.asarray(image.convert("RGB"))


def shrink(pixels: Pixels, side: int) -> Pixels:
    """Return the pixels averaged down to ``side`` on the longer side; smaller ones as they are.

    OpenCV averages fractions of pixels slowly. Down to three quarters, bilinear samples are as near to what a Lanczos
    filter gives; down to half, so is the mean of four of them, each in its own quarter of the new pixel.
    """
    height, width = pixels.shape[:2]
    if max(height, width) <= side:
        return pixels
    new = _at_least(width, height, side)
    share = side / max(height, width)
    if share >= 0.75:
        return cast(Pixels, cv2.resize(pixels, new, interpolation=cv2.INTER_LINEAR))
    if share > 0.5:
        pixels = cast(Pixels, cv2.resize(pixels, (2 * new[0], 2 * new[1]), interpolation=cv2.INTER_LINEAR))
    return cast(Pixels, cv2.resize(pixels, new, interpolation=cv2.INTER_AREA))


def read_grey(pixels: Pixels) -> Pixels:
    """Return luma (ITU-R BT.601) of RGB pixels, uint8 (height, width)."""
    return cast(Pixels, cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
