import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from curate.decoding import DecodeError
from curate.hashes import (
    CENTRE_VIEWS,
    ORIENTATIONS,
    VIEW_NAMES,
    carrying_bits,
    hash64,
    hash256,
    hash_file,
    pack_bits,
    transform,
    turn_fine,
    turn_words,
    unpack_words,
    view_hashes,
)
from curate.inspect import inspect_bytes
from curate.params import InspectParams
from tests.curate.photographs import draw, encode

PILLOW = {"mirror": Image.Transpose.FLIP_LEFT_RIGHT, "flip": Image.Transpose.FLIP_TOP_BOTTOM,
          "turn180": Image.Transpose.ROTATE_180, "turn90": Image.Transpose.ROTATE_270,  # Pillow counts the other way
          "turn270": Image.Transpose.ROTATE_90, "transpose": Image.Transpose.TRANSPOSE,
          "transverse": Image.Transpose.TRANSVERSE}
words = st.lists(st.integers(0, 2 ** 64 - 1), min_size=1, max_size=9)


def turned_by_exif(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def grey(image):
    return np.asarray(image.convert("L"))


def test_the_transform_is_the_dct():
    small = cv2.resize(grey(draw(1)), (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    assert np.allclose(transform(grey(draw(1))), cv2.dct(small)[:16, :16] / 64, atol=1e-3)


@pytest.mark.parametrize("turn", PILLOW)
def test_the_hash_of_a_turned_picture_follows_from_the_hash(turn):
    whole = transform(grey(draw(1).resize((448, 448))))
    turned = transform(grey(draw(1).resize((448, 448)).transpose(PILLOW[turn])))
    assert turn_words(np.array([hash64(whole)], np.uint64), turn)[0] == hash64(turned)
    fine = turn_fine(np.frombuffer(hash256(whole), np.uint8)[None], turn)
    assert np.unpackbits(fine ^ np.frombuffer(hash256(turned), np.uint8)).sum() <= 4  # bits next to nothing


@settings(deadline=None)
@given(words, st.sampled_from(sorted(ORIENTATIONS)))
def test_four_turns_bring_every_hash_back(values, turn):
    hashes = turn_words(np.array(values, np.uint64), "")
    again = hashes
    for _ in range(4):
        again = turn_words(again, turn)
    assert np.array_equal(again, hashes)


@settings(deadline=None)
@given(words)
def test_bits_packed_and_unpacked_are_the_same_hashes(values):
    hashes = np.array(values, np.uint64)
    assert np.array_equal(pack_bits(unpack_words(hashes)), hashes)


def test_the_first_bit_is_the_highest():
    assert unpack_words(np.array([1 << 63], np.uint64))[0].tolist() == [True] + [False] * 63


@pytest.mark.parametrize("size", [(320, 224), (1280, 896), (200, 140)])
def test_another_size_has_about_the_same_hash(size):
    other = hash64(transform(grey(draw(1).resize(size, Image.Resampling.LANCZOS))))
    assert (hash64(transform(grey(draw(1)))) ^ other).bit_count() <= 2


@pytest.mark.parametrize("options", [{"quality": 90}, {"quality": 90, "progressive": True}, {"kind": "PNG"},
                                     {"kind": "WEBP"}, {"quality": 90, "exif": turned_by_exif(6)}])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_file_has_about_the_hash_that_inspect_keeps(options, seed):
    data = encode(draw(seed), **options)
    assert (hash_file(data) ^ inspect_bytes(data, InspectParams())[0]["phash"]).bit_count() <= 4


def test_a_file_that_is_no_picture_has_no_hash():
    with pytest.raises(DecodeError, match="no picture"):
        hash_file(b"<html>not found</html>")


def test_other_pictures_have_other_hashes():
    hashes = [hash64(transform(grey(draw(seed)))) for seed in range(12)]
    assert min((a ^ b).bit_count() for n, a in enumerate(hashes) for b in hashes[:n]) > 10


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_picture_is_known_as_such(level):
    assert carrying_bits(transform(np.full((90, 120), level, np.uint8))) == 0
    assert carrying_bits(transform(grey(draw(1)))) > 40


def test_noise_of_one_grey_level_carries_nothing():
    noise = np.random.default_rng(0).integers(127, 129, (300, 400)).astype(np.uint8)
    assert carrying_bits(transform(noise)) < 5


@pytest.mark.parametrize("view", CENTRE_VIEWS, ids=lambda view: view.name)
def test_a_centre_view_has_the_hash_of_that_crop(view):
    image = grey(draw(1))
    height, width = image.shape
    box = [round(v) for v in (view.inset * width, view.inset * height, (1 - view.inset) * width,
                              (1 - view.inset) * height)]
    crop = image[box[1]:box[3], box[0]:box[2]]
    hashes = view_hashes(image, (0, 0, width, height), transform(image))
    assert hashes[VIEW_NAMES.index(view.name)] == hash64(transform(np.ascontiguousarray(crop)))


def test_the_trimmed_view_of_a_framed_picture_is_the_picture():
    framed = cv2.copyMakeBorder(grey(draw(1)), 40, 40, 60, 60, cv2.BORDER_CONSTANT, value=20)
    height, width = framed.shape
    hashes = view_hashes(framed, (60, 40, width - 60, height - 40), transform(framed))
    assert hashes[VIEW_NAMES.index("trim")] == hash64(transform(grey(draw(1))))
