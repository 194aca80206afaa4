import io

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from curate import decoding
from curate.decoding import DecodeError, decode, decode_grey, shrink
from curate.hashes import hash_file
from curate.inspect import inspect_bytes
from curate.params import InspectParams
from tests.curate.photographs import draw, encode

SIDE = 256


def bits_apart(first: bytes, second: bytes) -> int:
    """Return by how many of 64 bits the hashes of two files differ."""
    one, other = (inspect_bytes(data, InspectParams(side=SIDE))[0]["phash"] for data in (first, second))
    return (one ^ other).bit_count()


def rotated_by_exif(image: Image.Image, orientation: int) -> bytes:
    """Return a JPEG whose EXIF says that it must be turned to look like ``image``."""
    back = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
            7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(image.transpose(back) if back is not None else image, quality=95, exif=exif)


PLAIN = encode(draw(1), quality=95)
FEW_COLOURS = draw(1).convert("P", palette=Image.Palette.ADAPTIVE, colors=256)
GREY_TWIN = encode(draw(1).convert("L").convert("RGB"), quality=95)


@pytest.mark.parametrize(("form", "twin"), [
    (encode(draw(1), quality=95, progressive=True), PLAIN),
    (encode(draw(1), quality=95, subsampling=0), PLAIN),
    (encode(draw(1).convert("CMYK"), quality=95), PLAIN),
    (encode(draw(1), "PNG"), PLAIN),
    (encode(FEW_COLOURS, "PNG"), encode(FEW_COLOURS.convert("RGB"), "PNG")),
    (encode(FEW_COLOURS, "GIF"), encode(FEW_COLOURS.convert("RGB"), "PNG")),
    (encode(draw(1).convert("RGBA"), "PNG"), PLAIN),
    (encode(draw(1), "WEBP", quality=90), PLAIN),
    (encode(draw(1), "TIFF"), PLAIN),
    (encode(draw(1), "BMP"), PLAIN),
    (encode(draw(1).convert("L"), quality=95), GREY_TWIN),
    (encode(draw(1).convert("L"), "PNG"), GREY_TWIN),
    (encode(draw(1).convert("LA"), "PNG"), GREY_TWIN),
    (encode(Image.fromarray(np.asarray(draw(1).convert("L")).astype(np.uint16) * 257), "PNG"), GREY_TWIN),
    *((rotated_by_exif(draw(1), n), PLAIN) for n in range(1, 9)),
], ids=["progressive", "444", "cmyk", "png", "palette", "gif", "alpha", "webp", "tiff", "bmp", "grey", "grey png",
        "grey alpha", "16 bit", *(f"exif {n}" for n in range(1, 9))])
def test_every_format_has_the_hash_of_its_plain_twin(form, twin):
    assert bits_apart(form, twin) == 0


@pytest.mark.parametrize("hidden", ["black", "white", "red"])
def test_what_is_transparent_is_white_whatever_colour_hides_below(hidden):
    mask = Image.new("L", draw(2).size, 0)
    mask.paste(255, (100, 80, 540, 400))
    below = Image.new("RGB", draw(2).size, hidden)
    below.paste(draw(2), mask=mask)
    below.putalpha(mask)
    flat = Image.new("RGB", draw(2).size, "white")
    flat.paste(draw(2), mask=mask)
    assert np.array_equal(decode(encode(below, "PNG"), 1024).pixels, np.asarray(flat))


def test_a_palette_with_a_transparent_colour_is_laid_on_white():
    image = Image.new("P", (40, 30), 0)
    image.putpalette([0, 0, 0, 200, 0, 0] + [0] * 762)
    image.paste(1, (10, 10, 20, 20))
    pixels = decode(encode(image, "PNG", transparency=0), 64).pixels
    assert pixels[0, 0].tolist() == [255, 255, 255] and pixels[15, 15].tolist() == [200, 0, 0]


def test_width_and_height_are_as_displayed():
    picture = decode(rotated_by_exif(draw(1), 6), 128)
    assert (picture.width, picture.height) == draw(1).size
    assert picture.pixels.shape == (90, 128, 3)


@pytest.fixture
def scales(monkeypatch):
    """The sizes that either reader of JPEGs was asked for, (height, width)."""
    sizes = []
    draft, plain = JpegImagePlugin.JpegImageFile.draft, simplejpeg.decode_jpeg

    def note_draft(self, mode, size):
        result = draft(self, mode, size)
        sizes.append(self.size[::-1])
        return result

    def note_plain(*arguments, **named):
        pixels = plain(*arguments, **named)
        sizes.append(pixels.shape[:2])
        return pixels

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "draft", note_draft)
    monkeypatch.setattr(simplejpeg, "decode_jpeg", note_plain)
    return sizes


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_is_decoded_at_a_part_of_its_size(scales, mode):
    assert decode(encode(draw(1).resize((2560, 1792)).convert(mode)), SIDE).pixels.shape == (179, 256, 3)
    assert scales == [(224, 320)]


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 30}])
@pytest.mark.parametrize("size", [(640, 448), (641, 449), (317, 211)])
def test_both_readers_of_jpegs_give_the_same_pixels(monkeypatch, options, size):
    data = encode(draw(1).resize(size), **options)
    ours = [decode(data, side).pixels for side in (1000, 310)]
    monkeypatch.setattr(decoding, "_read_jpeg", lambda *_: None)
    for pixels, side in zip(ours, (1000, 310), strict=True):
        assert np.array_equal(pixels, decode(data, side).pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_with_exif_hashes_as_it_is_displayed(orientation):
    assert (hash_file(rotated_by_exif(draw(1), orientation)) ^ hash_file(PLAIN)).bit_count() <= 2


def test_exif_that_says_upright_costs_no_reader_of_its_own(monkeypatch):
    data = rotated_by_exif(draw(1), 1)
    monkeypatch.setattr(Image, "open", lambda *_: pytest.fail("Pillow was asked"))
    assert decode(data, SIDE).pixels.shape == (179, 256, 3) and hash_file(data)


@pytest.mark.parametrize("broken", [b"Exif\0\0no TIFF", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0",
                                    b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x04up\0\0"])
def test_exif_that_cannot_be_read_leaves_the_picture_as_it_is_stored(broken):
    data = encode(draw(1), quality=95, exif=broken)
    assert np.array_equal(decode(data, SIDE).pixels, decode(PLAIN, SIDE).pixels)
    assert hash_file(data) == hash_file(PLAIN)


def test_a_jpeg_with_bytes_after_its_end_is_read():
    assert np.array_equal(decode(PLAIN + b"more", SIDE).pixels, decode(PLAIN, SIDE).pixels)


def test_a_scaled_decode_shows_what_a_full_one_does():
    large = draw(1).resize((2400, 1680), Image.Resampling.BICUBIC)
    scaled = decode(encode(large, quality=95), 300).pixels.astype(int)
    full = shrink(np.asarray(large), 300).astype(int)
    assert np.abs(scaled - full).mean() < 2


def test_a_small_picture_is_not_enlarged():
    assert decode(encode(draw(1).resize((60, 40))), SIDE).pixels.shape == (40, 60, 3)


@pytest.mark.parametrize("share", [0.9, 0.76, 0.74, 0.6, 0.51, 0.5, 0.3])
def test_a_shrunk_picture_is_as_near_to_the_ideal_as_the_mean_of_areas(share):
    large = draw(1).resize((1000, 700), Image.Resampling.BICUBIC)
    side = round(1000 * share)
    ours = shrink(np.asarray(large), side)
    assert ours.shape == (round(700 * share), side, 3)
    ideal = np.asarray(large.resize(ours.shape[1::-1], Image.Resampling.LANCZOS)).astype(int)
    areas = np.asarray(large.resize(ours.shape[1::-1], Image.Resampling.BOX)).astype(int)
    assert np.square(ours - ideal).mean() < 1.1 * np.square(areas - ideal).mean() + 0.1


@pytest.mark.parametrize("options", [{"progressive": True}, {"progressive": True, "subsampling": 0}])
def test_a_progressive_file_is_read_up_to_its_first_scan_where_an_eighth_is_enough(monkeypatch, options):
    asked = []
    plain = simplejpeg.decode_jpeg
    monkeypatch.setattr(simplejpeg, "decode_jpeg", lambda data, *rest, **named: (
        asked.append(len(data)), plain(data, *rest, **named))[1])
    data = encode(draw(1), quality=90, **options)
    few, whole = decode_grey(data, 24)[0], decode_grey(encode(draw(1), quality=90, subsampling=0), 24)[0]
    assert few.shape == (56, 80) and np.abs(few.astype(int) - whole).mean() < 4  # libjpeg smooths
    assert asked[0] < len(data) / 4 and decode_grey(data, 100)[0].shape == (112, 160) and asked[-1] == len(data)


def test_a_progressive_file_that_was_cut_off_is_a_decode_error_though_its_first_scan_is_there():
    data = encode(draw(1), quality=90, progressive=True)
    with pytest.raises(DecodeError, match="truncated"):
        decode_grey(data[:len(data) // 2], 24)


def test_a_progressive_file_whose_first_scan_says_nothing_is_a_decode_error():
    data = encode(draw(1), progressive=True)
    scan = data.index(b"\xff\xda")
    with pytest.raises(DecodeError):
        decode_grey(data[:scan + 2] + b"\0\2" + data[scan + 4:], 24)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<html>not found</html>", encode(draw(1))[:3000],
                                  encode(draw(1), "PNG")[:2000], encode(draw(1), "WEBP", quality=80)[:900],
                                  b"\xff\xd8\xff\xe0" + bytes(400)],
                         ids=["empty", "head", "html", "cut jpeg", "cut png", "cut webp", "no jpeg"])
def test_what_is_no_whole_picture_is_a_decode_error(data):
    with pytest.raises(DecodeError):
        decode(data, SIDE)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3), st.integers(0, 4000), st.integers(0, 255))
def test_a_damaged_file_gives_pixels_or_a_decode_error_and_nothing_else(which, place, value):
    data = bytearray((encode(draw(1).resize((90, 60))), encode(draw(1).resize((90, 60)), "PNG"),
                      encode(draw(1).resize((90, 60)), "WEBP"), encode(draw(1).resize((90, 60)), "GIF"))[which])
    data[place % len(data)] = value
    try:
        picture = decode(bytes(data), SIDE, 10_000_000)
    except DecodeError as error:
        assert str(error)
    else:
        assert picture.pixels.dtype == np.uint8 and picture.pixels.shape[2] == 3


def test_a_bomb_is_refused_from_its_header():
    bomb = encode(Image.new("1", (8_000, 8_000)), "PNG")
    with pytest.raises(DecodeError, match="inspect.max_pixels"):
        decode(bomb, SIDE, 50_000_000)


@pytest.mark.parametrize("quality", [20, 30, 60, 75, 90, 95, 100])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_the_jpeg_quality_is_read_from_the_tables(quality, mode):
    assert abs(decode(encode(draw(1).convert(mode), quality=quality), SIDE).jpeg_quality - quality) <= 1


def test_other_formats_have_no_jpeg_quality():
    assert decode(encode(draw(1), "PNG"), SIDE).jpeg_quality is None


def test_an_animation_is_its_first_picture():
    frames = [draw(1).convert("P"), draw(2).convert("P")]
    data = io.BytesIO()
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:])
    assert bits_apart(data.getvalue(), PLAIN) <= 2
