"""One scaled decode of a picture file: what every hash, score, thumbnail and feature is made from."""

import io
import warnings
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image, UnidentifiedImageError
from pillow_heif import register_heif_opener

register_heif_opener()

Pixels = npt.NDArray[np.uint8]

# Orientation tag of EXIF → what shows the picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION_TAG = 0x0112
_EXIF, _EXIF_WITHIN = b"Exif\0\0", 1 << 16  # a JPEG may say how to hold it; where, of a file's first bytes

# Luminance table of quality 50 in zigzag order (ITU-T T.81, table K.1); libjpeg scales it by the quality.
_LUMINANCE_50 = np.array([
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51,
    61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77,
    113, 121, 112, 100, 120, 92, 101, 103, 99], float)


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


def decode(data: bytes, side: int, max_pixels: int = 100_000_000) -> Picture:
    """Decode a file once, at the smallest scale that leaves ``side`` pixels on the longer side.

    A JPEG is scaled in the DCT domain (libjpeg's 1/2, 1/4, 1/8), then averaged down. Pictures are never enlarged. Both
    readers are libjpeg-turbo: simplejpeg gives the pixels that Pillow gives, in half the time.

    Args:
        data: the file's bytes.
        side: longer side of the result, px.
        max_pixels: a picture of more pixels is refused from its header (decompression bombs).

    Raises:
        DecodeError: the bytes are no picture, are truncated, or hold too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                return _decode_image(image, data, side, max_pixels)
    except DecodeError:
        raise
    except UnidentifiedImageError as error:
        raise DecodeError("no picture format that can be read") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError, MemoryError,
            ZeroDivisionError, Image.DecompressionBombError, Image.UnidentifiedImageError) as error:
        raise DecodeError(f"{type(error).__name__}: {error}") from error


def decode_grey(data: bytes, side: int, max_pixels: int = 100_000_000) -> Pixels:
    """Decode a file once to luma, uint8 (height, width): all that a hash asks for, without the colours of a JPEG.

    Args:
        data: the file's bytes.
        side: px that the shorter side has at least, where the picture has them.
        max_pixels: a picture of more pixels is refused from its header.

    Raises:
        DecodeError: as :func:`decode`.
    """
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
        if colours in ("YCbCr", "Gray") and height * width <= max_pixels and _EXIF not in data[:_EXIF_WITHIN]:
            part = next(part for part in (8, 4, 2, 1) if part == 1 or min(height, width) >= part * side)
            return cast(Pixels, simplejpeg.decode_jpeg(data, "GRAY", min_height=-(-height // part),
                                                       min_width=-(-width // part))[:, :, 0])
    except ValueError:  # no JPEG, or an odd one: decode() reads it, or says what is wrong with it
        pass
    return read_grey(decode(data, 4 * side, max_pixels).pixels)


def _decode_image(image: Image.Image, data: bytes, side: int, max_pixels: int) -> Picture:
    file_format, mode = image.format or "", image.mode
    width, height = image.size
    if width * height > max_pixels:
        raise DecodeError(f"{width} × {height} px are more than inspect.max_pixels ({max_pixels})")
    quality = estimate_jpeg_quality(image)
    upright = _UPRIGHT.get(image.getexif().get(_ORIENTATION_TAG, 1))
    pixels = _read_plain_jpeg(image, data, side, "RGB")
    if pixels is None:
        if file_format == "JPEG":
            image.draft("RGB" if mode in ("RGB", "YCbCr") else mode, _at_least(width, height, side))
        pixels = to_rgb(image)
    pixels = shrink(pixels, side)
    if upright is not None:
        pixels = np.asarray(Image.fromarray(pixels).transpose(upright))
        if upright not in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180,
                           Image.Transpose.FLIP_TOP_BOTTOM):
            width, height = height, width
    return Picture(pixels, file_format, mode, width, height, quality)


def _read_plain_jpeg(image: Image.Image, data: bytes, side: int, colours: str) -> Pixels | None:
    """Return a JPEG of three colours or of grey, uint8 (height, width, 3 or 1), at the scale that ``side`` allows.

    None where it is another file, or anything about it is odd: Pillow reads such files, or says what is wrong.
    """
    if image.format != "JPEG" or image.mode not in ("RGB", "L"):
        return None
    least_width, least_height = _at_least(*image.size, side)
    part = next(part for part in (8, 4, 2, 1)
                if part == 1 or (image.width // part >= least_width and image.height // part >= least_height))
    try:
        return cast(Pixels, simplejpeg.decode_jpeg(data, colours, min_width=-(-image.width // part),
                                                   min_height=-(-image.height // part)))
    except ValueError:  # also for what Pillow lets pass with a warning, such as bytes after the end
        return None


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
    """Return the pixels averaged down to ``side`` on the longer side; smaller ones as they are."""
    height, width = pixels.shape[:2]
    if max(height, width) <= side:
        return pixels
    new_width, new_height = _at_least(width, height, side)
    return cast(Pixels, cv2.resize(pixels, (new_width, new_height), interpolation=cv2.INTER_AREA))


def estimate_jpeg_quality(image: Image.Image) -> int | None:
    """Return the quality that libjpeg would have been given for this luminance table; None for other formats."""
    table = getattr(image, "quantization", {}).get(0)
    if image.format != "JPEG" or table is None:
        return None
    scale = float(np.mean(np.asarray(table, float)) / _LUMINANCE_50.mean() * 100)
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return int(np.clip(round(quality), 1, 100))


def read_grey(pixels: Pixels) -> Pixels:
    """Return luma (ITU-R BT.601) of RGB pixels, uint8 (height, width)."""
    return cast(Pixels, cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
