import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from curate.inspect import inspect_bytes
from curate.jpeg import read_header, strip
from curate.params import InspectParams
from tests.curate.photographs import draw, encode

SMALL = draw(1).resize((320, 224))
SECRET = b"52.5186 N 13.3762 E"


def with_metadata(orientation=1, **options):
    """Return a JPEG with what cameras and programs leave behind: EXIF with a position, ICC, XMP and a comment."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, SECRET.decode()
    return encode(SMALL, quality=88, exif=exif, icc_profile=b"profile " * 20 + SECRET, comment=SECRET,
                  xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>", **options)


def thumbnail_of(data, side=512):
    return inspect_bytes(data, InspectParams(side=side))[1]


def show(data):
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)



@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"optimize": True}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_the_header_says_what_pillow_says(options, mode):
    data = encode(SMALL.convert(mode), quality=80, **options)
    with Image.open(io.BytesIO(data)) as image:
        header = read_header(data)
        assert (header.width, header.height, header.components) == (*image.size, len(image.getbands()))
        assert header.progressive == bool(image.info.get("progressive")) and not header.exif


def test_an_exif_segment_is_seen_behind_others():
    assert read_header(with_metadata()).exif and not read_header(encode(SMALL)).exif


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"GIF89a", encode(SMALL, "PNG"), encode(SMALL)[:300],
                                  encode(SMALL).replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c")],
                         ids=["empty", "start", "gif", "png", "cut", "12 bit"])
def test_what_has_no_such_header_has_none(data):
    assert read_header(data) is None


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 640), st.binary(min_size=1, max_size=4))
def test_a_damaged_header_is_read_or_refused(place, damage):
    data = bytearray(encode(SMALL))
    data[place:place + len(damage)] = damage
    header = read_header(bytes(data))
    assert header is None or (0 < header.scan < len(data) and header.width > 0)


def test_a_small_jpeg_is_its_own_thumbnail_with_the_very_pixels():
    data = encode(SMALL, quality=88)
    assert np.array_equal(show(thumbnail_of(data)), show(data)) and abs(len(thumbnail_of(data)) - len(data)) < 30


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"orientation": 6}, {"orientation": 3}])
def test_no_metadata_travels_in_a_thumbnail(options):
    data = with_metadata(**options)
    assert SECRET in data
    thumbnail = thumbnail_of(data)
    assert SECRET not in thumbnail and b"Exif" not in thumbnail and b"xmpmeta" not in thumbnail
    upright = {6: cv2.ROTATE_90_CLOCKWISE, 3: cv2.ROTATE_180}.get(options.get("orientation"))
    shown = show(encode(SMALL, quality=88))
    shown = shown if upright is None else cv2.rotate(shown, upright)
    assert np.abs(show(thumbnail).astype(int) - shown).mean() < 3


def test_an_upright_file_with_metadata_is_its_own_thumbnail():
    assert np.array_equal(show(thumbnail_of(with_metadata())), show(encode(SMALL, quality=88)))


@pytest.mark.parametrize(("data", "side"), [
    (encode(SMALL, quality=88), 256), (encode(SMALL, quality=100, subsampling=0), 512),
    (encode(SMALL, quality=88, progressive=True), 512), (encode(SMALL.convert("CMYK"), quality=88), 512),
    (encode(SMALL, quality=88, keep_rgb=True), 512), (encode(SMALL, quality=88) + b"more", 512),
    (encode(SMALL, "PNG"), 512)], ids=["too large", "too many bytes", "progressive", "cmyk", "rgb", "more", "png"])
def test_all_others_have_a_thumbnail_of_three_colours_in_one_pass(data, side):
    thumbnail = thumbnail_of(data, side)
    header = read_header(thumbnail)
    assert header.baseline and header.components == 3 and max(header.width, header.height) == min(side, 320)
    assert thumbnail not in data and b"more" not in thumbnail
    shown = np.asarray(SMALL.resize((header.width, header.height)), int)
    assert np.abs(show(thumbnail).astype(int) - shown).mean() < 6


def test_a_grey_file_stays_one():
    data = encode(SMALL.convert("L"), quality=88)
    assert read_header(thumbnail_of(data)).components == 1 and np.array_equal(show(thumbnail_of(data)), show(data))


def test_what_hides_behind_the_pixels_is_no_part_of_a_thumbnail():
    data = encode(SMALL, quality=88)
    hiding = data[:-2] + b"\xff\xe1" + (2 + len(SECRET)).to_bytes(2, "big") + SECRET + b"\xff\xd9"
    assert strip(hiding, read_header(hiding)) is None and strip(data, read_header(data)) is not None
    assert SECRET not in thumbnail_of(hiding)


def test_a_damaged_small_jpeg_is_not_passed_on():
    data = encode(SMALL, quality=88)
    cut = data[:len(data) // 2]
    with pytest.raises(ValueError, match="truncated"):
        inspect_bytes(cut, InspectParams())
