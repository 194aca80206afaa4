"""The files of the data set: upright, sRGB, small, without metadata; each whole or absent."""

import io
from pathlib import Path

from PIL import Image, ImageCms

from curate.decoding import DecodeError, decode
from pipeline.errors import MaterialError
from pipeline.files import write_bytes

_SRGB = ImageCms.createProfile("sRGB")


def render(source: Path, target: Path, max_side: int, jpeg_quality: int) -> tuple[int, int]:
    """Write ``source`` as a JPEG of at most ``max_side`` pixels a side and return its width and height.

    EXIF orientation is applied, and all metadata is left behind: the position where a photograph was
    taken is nobody's business. A colour profile is converted to sRGB, transparency is put on white.

    Raises:
        MaterialError: the picture cannot be decoded; the file is named.
    """
    try:
        image = show(source.read_bytes(), max_side)
    except DecodeError as error:
        raise MaterialError(f"{source}: cannot be decoded ({error}); run whatbenz download again") from error
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=jpeg_quality, optimize=True)
    write_bytes(target, buffer.getvalue())
    return image.size


def show(data: bytes, max_side: int) -> Image.Image:
    """Return the picture as a screen shows it: upright, sRGB, on white, at most ``max_side`` pixels a side.

    Raises:
        DecodeError: the bytes are no picture that can be decoded.
    """
    return _convert_to_srgb(Image.fromarray(decode(data, max_side).pixels), data)


def _convert_to_srgb(image: Image.Image, data: bytes) -> Image.Image:
    """Return ``image`` with the RGB colour profile of the file ``data`` applied, for example Display P3."""
    with Image.open(io.BytesIO(data)) as original:
        profile = original.info.get("icc_profile")
        mode = original.mode
    if not profile or mode not in ("RGB", "RGBA", "P"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError):
        return image  # a damaged profile says nothing; the numbers are taken as sRGB, as browsers do
