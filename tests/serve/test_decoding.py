import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from curate.decoding import to_rgb
from serve.decoding import DamagedError, TooManyPixelsError, UnknownFormatError, decode, reencode
from tests.scrape.pictures import encode, image

SIZE = (48, 64)
LIMIT = 50_000_000


def halves(width=80, height=60):
    """Return a picture that is red on the left and blue on the right, with a green top edge."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = (255, 0, 0)
    pixels[:, width // 2:] = (0, 0, 255)
    pixels[: height // 4] = (0, 255, 0)
    return Image.fromarray(pixels)


def turned(orientation, kind="JPEG"):
    """Return :func:`halves` stored as a camera on its side stores it, with the EXIF tag that says so."""
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270,
            5: Image.Transpose.TRANSPOSE, 2: Image.Transpose.FLIP_LEFT_RIGHT}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(halves().transpose(back), kind, exif=exif.tobytes(), quality=95)


def squish(picture):
    """Return what fastai's squish gives: the whole picture, filtered to the size in one step."""
    return np.asarray(picture.convert("RGB").resize(SIZE[::-1], Image.Resampling.BILINEAR))


@pytest.mark.parametrize("orientation", [2, 3, 5, 6, 8])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_taken_sideways_stands_upright(orientation, kind):
    pixels = decode(turned(orientation, kind), SIZE, LIMIT).astype(int)
    assert pixels.shape == (*SIZE, 3)
    assert pixels[3, 32].argmax() == 1 and pixels[40, 5].argmax() == 0 and pixels[40, 60].argmax() == 2


def test_broken_metadata_does_not_spoil_a_picture():
    whole = encode(halves(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert decode(whole, SIZE, LIMIT)[40, 5].argmax() == 0


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_as_small_as_those_of_the_data_set_is_filtered_in_one_step(kind):
    data = encode(image(width=640, height=480), kind)
    with Image.open(io.BytesIO(data)) as picture:
        expected = squish(picture)
    pixels = decode(data, (224, 224), LIMIT)
    whole = np.asarray(Image.open(io.BytesIO(data)).resize((224, 224), Image.Resampling.BILINEAR))
    assert np.array_equal(pixels, whole) and expected.shape == (*SIZE, 3)


def test_a_large_picture_is_what_one_step_would_give_but_for_rounding():
    picture = image(3, 2400, 1800)
    pixels = decode(encode(picture, "JPEG", quality=95), SIZE, LIMIT).astype(int)
    assert np.abs(pixels - squish(picture)).max() <= 6


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "CMYK", "I;16"])
def test_every_mode_becomes_what_the_pipeline_makes_of_it(mode):
    if mode == "I;16":
        values = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
        picture = Image.fromarray(values)
    else:
        picture = image(2).convert(mode)
        if mode in ("RGBA", "LA"):
            picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    data = encode(picture, "JPEG" if mode == "CMYK" else "PNG")
    with Image.open(io.BytesIO(data)) as read:
        expected = to_rgb(read)
    assert np.abs(decode(data, SIZE, LIMIT).astype(int) - expected).max() <= 2


def test_a_transparent_palette_lies_on_white():
    picture = Image.new("P", (64, 48), 0)
    picture.putpalette([10, 20, 30] * 256)
    assert (decode(encode(picture, "PNG", transparency=0), SIZE, LIMIT) == 255).all()


@pytest.mark.parametrize("data", [b"", b"\xff", b"hello" * 100, b"\x89PNG\r\n\x1a\n", encode(image(), "GIF"),
                                  encode(image(), "AVIF"), encode(image(), "TIFF"), b"RIFF\0\0\0\0WEBP"])
def test_other_bytes_are_of_no_format(data):
    with pytest.raises((UnknownFormatError, DamagedError)):
        decode(data, SIZE, LIMIT)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_picture_that_was_cut_off_is_damaged(kind):
    data = encode(image(width=320, height=240), kind)
    with pytest.raises((DamagedError, UnknownFormatError)):
        decode(data[: len(data) * 2 // 3], SIZE, LIMIT)


def png_bomb(width, height):
    """Return a PNG of a few kilobytes that announces width × height pixels and holds rows of zeros."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    rows = zlib.compress(b"\0" * 100_000, 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


@pytest.mark.parametrize(("width", "height"), [(10_000, 5_001), (50_000, 50_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_from_its_header_without_memory(width, height):
    tracemalloc.start()
    with pytest.raises(TooManyPixelsError):
        decode(png_bomb(width, height), SIZE, LIMIT)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_jpeg_of_endless_scans_is_refused():
    data = encode(image(width=256, height=256), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    scan = data[start:-2]
    with pytest.raises(DamagedError, match="scans"):
        decode(data[:-2] + scan * 200 + data[-2:], SIZE, LIMIT)


def test_a_kept_picture_has_no_metadata_and_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Anns-Phone"
    exif.get_ifd(0x8825)[1] = "N"
    data = encode(halves(2000, 1500).transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif.tobytes(), comment=b"Ann")
    kept = reencode(data, 1280, 92, LIMIT)
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.size == (1280, 960) and not picture.getexif()
        assert np.asarray(picture)[900, 100].argmax() == 0
    assert b"Ann" not in kept
