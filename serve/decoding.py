"""The bytes of an upload → pixels of the model's size. Size and structure are judged before anything is decoded.

Everything here runs on bytes from strangers: only four formats' decoders are ever reached, the number of pixels is
taken from the header, and large pictures are decoded one after another, so that the largest picture bounds the memory
and not the number of clients.
"""

import contextlib
import io
import threading
import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image
from pillow_heif import register_heif_opener

register_heif_opener(thumbnails=False)

Pixels = npt.NDArray[np.uint8]

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
_LARGE = 6_000_000  # pixels from which a picture is decoded alone
# A progressive JPEG of a few kilobytes may hold thousands of scans over the whole picture, and each costs a pass over
# all blocks. Cameras and editors write about ten.
_MOST_SCANS = 64
# How much larger than the model's input a picture is left by the cheap first reduction (libjpeg's DCT scaling, box
# averages); the filter that follows then gives what it would give on the whole picture, but for rounding.
_GAP = 3.0

# Orientation tag of EXIF → what shows the picture upright.
_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = (Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE,
                Image.Transpose.ROTATE_90)

_alone = threading.Lock()


class PictureError(Exception):
    """The bytes are no picture that can be answered."""


class UnknownFormatError(PictureError):
    """The bytes are of none of the four formats."""


class TooManyPixelsError(PictureError):
    """The header announces more pixels than are allowed."""


class DamagedError(PictureError):
    """The picture cannot be decoded to its end."""


def decode(data: bytes, size: tuple[int, int], max_pixels: int) -> Pixels:
    """Return a picture upright, on white where it is transparent, squished to the model's size.

    Args:
        data: the bytes of a JPEG, PNG, WebP or HEIC file.
        size: height and width of the result, px.
        max_pixels: width times height that is decoded at most, told from the header.

    Returns:
        RGB uint8 (height, width, 3).

    Raises:
        UnknownFormatError, TooManyPixelsError, DamagedError: the picture cannot be answered.
    """
    side = round(max(size) * _GAP)
    return np.asarray(_read(data, max_pixels, side, lambda image, on_its_side: size[::-1]))


def reencode(data: bytes, side: int, quality: int, max_pixels: int) -> bytes:
    """Return a picture as JPEG of at most ``side`` pixels, upright and without any metadata.

    Raises:
        UnknownFormatError, TooManyPixelsError, DamagedError: as :func:`decode`.
    """
    def fit(image: Image.Image, on_its_side: bool) -> tuple[int, int]:
        scale = min(1.0, side / max(image.size))
        width, height = (max(1, round(length * scale)) for length in image.size)
        return (height, width) if on_its_side else (width, height)

    picture, file = _read(data, max_pixels, side, fit), io.BytesIO()
    picture.info.clear()  # Pillow would write comment, profile and XMP of the original again
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


def _read(data: bytes, max_pixels: int, side: int,
          choose_size: Callable[[Image.Image, bool], tuple[int, int]]) -> Image.Image:
    """Return the picture as RGB at the width and height that ``choose_size`` gives for it upright."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures and odd metadata; the limits are ours
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check(image, data, max_pixels)
                large = image.width * image.height > _LARGE
                if image.format in ("JPEG", "MPO"):
                    image.draft(None, (side, side))
                with _alone if large else contextlib.nullcontext():
                    return _load(image, choose_size)
    except PictureError:
        raise
    except Image.UnidentifiedImageError as error:
        raise UnknownFormatError("These bytes are no JPEG, PNG, WebP or HEIC picture.") from error
    except Image.DecompressionBombError as error:
        raise TooManyPixelsError(f"The picture has more than {max_pixels} pixels.") from error
    except Exception as error:  # on hostile bytes, decoders raise whatever the first surprise is
        raise DamagedError("The picture is damaged and cannot be decoded.") from error


def _check(image: Image.Image, data: bytes, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise TooManyPixelsError(f"The picture has {width} × {height} pixels; at most {max_pixels} are decoded.")
    if image.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > _MOST_SCANS:
        raise DamagedError(f"The JPEG has more than {_MOST_SCANS} scans.")


def _load(image: Image.Image, choose_size: Callable[[Image.Image, bool], tuple[int, int]]) -> Image.Image:
    image.load()
    upright = _UPRIGHT.get(_orientation(image))
    on_its_side = upright in _ON_ITS_SIDE
    width, height = choose_size(image, on_its_side)
    # Squished lying and turned after: the same pixels in a fraction of the memory.
    small = _squish(image, (height, width) if on_its_side else (width, height))
    return small if upright is None else small.transpose(upright)


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # metadata is read by code that trusts it; a picture is whole without
        return 1


def _squish(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture as RGB of ``size`` (width, height); what is transparent on white, 16 bits as 8."""
    if image.mode.startswith("I"):
        grey = np.asarray(image.resize(size, Image.Resampling.BILINEAR), np.float32) / 257
        return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.mode == "PA" or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode not in ("L", "LA", "RGB", "RGBA"):
        image = image.convert("RGB")
    small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=_GAP)
    if small.mode in ("LA", "RGBA"):
        paper = Image.new("RGBA", size, "white")
        paper.alpha_composite(small.convert("RGBA"))
        small = paper
    return small.convert("RGB")
