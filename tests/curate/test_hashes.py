import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from curate import hashes
from curate.decoding import DecodeError
from curate.hashes import (
    CENTRE_VIEWS,
    ORIENTATIONS,
    VIEW_NAMES,
    carrying_bits,
    hash64,
    hash256,
    hash_file,
    hash_files,
    hash_views,
    pack_bits,
    reduce,
    transform,
    turn_fine,
    turn_words,
    unpack_words,
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
    image = grey(draw(1))
    whole = cv2.dct(image.astype(np.float32))[:16, :16] / np.sqrt(image.size)
    assert np.abs(transform(image) - whole).max() < 0.03 * np.abs(whole[whole < whole.max()]).max()
    assert transform(image)[0, 0] == pytest.approx(image.mean(), abs=0.6)


@pytest.mark.parametrize("size", [(640, 448), (641, 449), (499, 333), (90, 61), (17, 23), (1, 1)])
@pytest.mark.parametrize("level", [7, 200])
def test_no_frequency_sees_the_mean_whatever_the_size(size, level):
    flat = transform(np.full(size, level, np.uint8))
    assert flat[0, 0] == pytest.approx(level, rel=1e-5)
    flat[0, 0] = 0
    assert np.abs(flat).max() < 1e-3


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
                                     {"keep_rgb": True}, {"kind": "WEBP"}, {"quality": 90, "exif": turned_by_exif(6)}])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_file_has_about_the_hash_that_inspect_keeps(options, seed):
    data = encode(draw(seed), **options)
    assert (hash_file(data) ^ inspect_bytes(data, InspectParams())[0]["phash"]).bit_count() <= 2


@pytest.mark.parametrize("width", range(497, 505))
def test_a_jpeg_that_ends_within_a_block_has_the_hash_of_its_pixels(width):
    picture = draw(1).resize((width, 333))
    jpeg, png = encode(picture, quality=95), encode(picture, "PNG")
    assert (hash_file(jpeg) ^ hash_file(png)).bit_count() <= 2


def test_files_are_hashed_in_their_order_and_what_is_no_picture_has_none(tmp_path):
    data = [encode(draw(seed).resize((160, 112))) for seed in range(40)]
    data[7] = b"<html>not found</html>"
    paths = [tmp_path / f"{n}.jpg" for n in range(len(data))]
    for path, octets in zip(paths, data, strict=True):
        path.write_bytes(octets)
    found = hash_files(paths)
    assert found == hash_files([str(path) for path in paths], jobs=1)
    assert found == [None if n == 7 else hash_file(octets) for n, octets in enumerate(data)]
    assert hash_files([]) == []


def test_a_large_file_is_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(hashes, "MOST_READ", 1000)
    path = tmp_path / "large.jpg"
    path.write_bytes(encode(draw(1)))
    assert hash_files([path]) == [hash_file(path.read_bytes())]


def test_a_file_that_is_gone_is_an_error_that_names_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="gone.jpg"):
        hash_files([tmp_path / "gone.jpg"])


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
    _, hashes = hash_views(reduce(image), (0, 0, width, height))
    alone = hash64(transform(np.ascontiguousarray(crop)))
    assert (int(hashes[VIEW_NAMES.index(view.name)]) ^ alone).bit_count() <= 1


def test_the_trimmed_view_of_a_framed_picture_is_the_picture():
    framed = cv2.copyMakeBorder(grey(draw(1)), 40, 40, 60, 60, cv2.BORDER_CONSTANT, value=20)
    height, width = framed.shape
    _, hashes = hash_views(reduce(framed), (60, 40, width - 60, height - 40))
    assert (int(hashes[VIEW_NAMES.index("trim")]) ^ hash64(transform(grey(draw(1))))).bit_count() <= 1
