import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scrape.decode import Decoder, sniff
from scrape.transport import FetchError
from tests.scrape.pictures import encode, image, jpeg

TAKEN = {
    "jpg": jpeg(),
    "progressive.jpg": jpeg(progressive=True),
    "cmyk.jpg": encode(image(mode="CMYK"), "JPEG"),
    "grey.jpg": encode(image(mode="L"), "JPEG"),
    "mpo.jpg": encode(image(), "MPO", save_all=True, append_images=[image(1)]),
    "png": encode(image(), "PNG"),
    "palette.png": encode(image(mode="P"), "PNG"),
    "alpha.png": encode(image(mode="RGBA"), "PNG"),
    "webp": encode(image(), "WEBP"),
    "lossless.webp": encode(image(), "WEBP", lossless=True),
    "animated.webp": encode(image(), "WEBP", save_all=True, append_images=[image(1)], duration=100),
    "gif": encode(image(), "GIF"),
    "animated.gif": encode(image(), "GIF", save_all=True, append_images=[image(1)]),
    "avif": encode(image(), "AVIF"),
    "heic": encode(image(), "HEIF"),
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
REFUSED = {
    "format_svg": SVG, "format_tiff": encode(image(), "TIFF"), "format_bmp": encode(image(), "BMP"),
    "format_ico": encode(image(), "ICO"), "format_jp2": encode(image(), "JPEG2000"), "format_pdf": b"%PDF-1.7\n",
    "format_psd": b"8BPS\0\1", "format_jxl": b"\xff\x0a\0\0", "format_mp4": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2",
    "not_an_image": b"<!DOCTYPE html><html><svg></svg></html>", "empty": b"",
}


def judge(content: bytes, max_pixels: int = 10**6) -> str:
    try:
        return Decoder(max_pixels).verify(io.BytesIO(content), len(content)).extension
    except FetchError as error:
        return error.reason


@pytest.mark.parametrize("name", TAKEN)
def test_a_whole_picture_is_taken_and_its_extension_told_from_its_bytes(name):
    assert judge(TAKEN[name]) == name.rpartition(".")[2]


@pytest.mark.parametrize("reason", REFUSED)
def test_another_format_is_refused_by_its_name(reason):
    assert judge(REFUSED[reason]) == reason


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf", b"\n  ", b'<?xml version="1.0"?>\n<!-- drawn -->\n',
                                    b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">'])
def test_svg_is_known_behind_a_prologue(prefix):
    assert sniff(prefix + SVG) == "svg"


@pytest.mark.parametrize("name", [name for name in TAKEN if not name.startswith(("animated", "mpo"))])
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_picture_cut_off_anywhere_is_refused(name, data):
    content = TAKEN[name]
    # JPEG's end marker and GIF's trailer carry no pixels: a file without them shows the whole picture.
    length = data.draw(st.integers(1, len(content) - 4))
    assert judge(content[:length]) in ("truncated", "damaged", "not_an_image")


@pytest.mark.parametrize("name", ["jpg", "progressive.jpg", "cmyk.jpg", "png", "webp", "gif", "avif", "heic"])
def test_a_picture_cut_in_the_middle_is_called_truncated(name):
    assert judge(TAKEN[name][:len(TAKEN[name]) * 2 // 3]) == "truncated"


def full_decode(content: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
            picture.load()
        return True
    except Exception:
        return False


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_decode_at_an_eighth_refuses_what_a_decode_at_full_size_refuses(data):
    options = data.draw(st.sampled_from([{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 2}]))
    mode = data.draw(st.sampled_from(["RGB", "L", "CMYK"]))
    content = bytearray(encode(image(mode=mode), "JPEG", **options))
    places = st.tuples(st.integers(2, len(content) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, max_size=9)):
        content[place] = value
    content = bytes(content[:data.draw(st.integers(len(content) // 2, len(content)))])
    if sniff(content) == "jpeg":
        assert (judge(content) == "jpg") == full_decode(content)


def test_more_pixels_than_allowed_are_refused():
    assert judge(jpeg(), max_pixels=64 * 48) == "jpg"
    assert judge(jpeg(), max_pixels=64 * 48 - 1) == "too_many_pixels"


def png_bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def webp_bomb() -> bytes:
    header = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (16383).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", 4 + len(header)) + b"WEBP" + header


@pytest.mark.parametrize("content", [png_bomb(10_000, 10_000), png_bomb(60_000, 60_000), webp_bomb(),
                                     b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\0\0\0,\0\0\0\0"
                                     + struct.pack("<HH", 65535, 65535) + b"\0\2\0;"])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_refused_from_its_header(content):
    assert judge(content) == "too_many_pixels"


def test_what_the_limit_was_is_told_with_the_refusal():
    with pytest.raises(FetchError) as caught:
        Decoder(100).verify(io.BytesIO(jpeg()), len(jpeg()))
    assert caught.value.rule == "max_pixels=100"


@pytest.mark.parametrize("format, options", [
    ("PNG", {}), ("JPEG", {"progressive": True}), ("BMP", {}), ("WEBP", {"method": 0}), ("JPEG", {}),
    ("PNG", {"compress_level": 0})])
def test_a_large_picture_ends_as_a_small_one_does(format, options):
    content = encode(image(width=1200, height=900), format, **options)
    small = encode(image(), format, **options)
    assert judge(content, 10**7) == judge(small)
    assert judge(content, 10**6) in ("too_many_pixels", "format_bmp")
    assert judge(content[:len(content) * 2 // 3], 10**7) == judge(small[:len(small) * 2 // 3])


def test_a_large_file_is_decoded_whole():
    noise = np.random.default_rng(0).integers(0, 256, (1200, 1200, 3), dtype=np.uint8)
    content = encode(Image.fromarray(noise), "JPEG", quality=98, subsampling=0)
    assert len(content) > 2 << 20
    assert judge(content, 10**7) == "jpg"
    assert judge(content[:-5000], 10**7) == "truncated"


def test_a_closed_decoder_decodes_no_large_picture_any_more():
    content = encode(image(width=1200, height=900), "PNG")
    decoder = Decoder(10**7)
    decoder.close()
    with pytest.raises(FetchError):
        decoder.verify(io.BytesIO(content), len(content))
