import cv2
import numpy as np
import pytest
from PIL import Image, ImageEnhance

from curate.quality import find_margin, measure_colourfulness, measure_sharpness, score
from tests.curate.photographs import draw


def grey(image):
    return np.asarray(image.convert("L"))


def scores(image):
    return score(np.asarray(image.convert("RGB")), grey(image))


def test_flat_pictures_have_the_extreme_scores():
    black, white = scores(Image.new("RGB", (80, 60))), scores(Image.new("RGB", (80, 60), "white"))
    assert (black["brightness"], white["brightness"]) == (0, pytest.approx(1))
    for flat in (black, white):
        assert flat["contrast"] == pytest.approx(0, abs=1e-6) and flat["entropy"] == 0
        assert flat["sharpness"] == 0 and flat["colourfulness"] == 0


@pytest.mark.parametrize(("name", "edit"), [
    ("brightness", lambda image: ImageEnhance.Brightness(image).enhance(0.5)),
    ("contrast", lambda image: ImageEnhance.Contrast(image).enhance(0.4)),
    ("colourfulness", lambda image: ImageEnhance.Color(image).enhance(0.3)),
    ("entropy", lambda image: image.quantize(4).convert("RGB"))])
def test_an_edit_lowers_its_score(name, edit):
    assert scores(edit(draw(1)))[name] < 0.8 * scores(draw(1))[name]


def test_sharpness_falls_with_every_blur():
    image = grey(draw(1))
    found = [measure_sharpness(cv2.GaussianBlur(image, (0, 0), sigma) if sigma else image) for sigma in (0, 1, 3, 6)]
    assert found == sorted(found, reverse=True) and found[0] - found[-1] > 0.2


def test_motion_in_one_direction_is_a_blur_too():
    image = grey(draw(1))
    assert measure_sharpness(cv2.blur(image, (25, 1))) < measure_sharpness(image) - 0.2


def test_two_opposite_colours_are_as_colourful_as_hasler_and_suesstrunk_say():
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0], pixels[1] = (255, 0, 0), (0, 255, 0)
    # rg is ±255, yb is 127.5 everywhere: spread 255, offset 127.5
    assert measure_colourfulness(pixels) == pytest.approx(255 + 0.3 * 127.5)


def test_aspect_is_width_by_height():
    assert scores(Image.new("RGB", (300, 100)))["aspect"] == 3


def test_a_frame_is_a_border_and_its_inside_the_box():
    framed = cv2.copyMakeBorder(grey(draw(1)), 20, 20, 30, 30, cv2.BORDER_CONSTANT, value=10)
    margin = find_margin(framed)
    height, width = framed.shape
    assert margin.box == (30, 20, width - 30, height - 20)
    assert margin.border == pytest.approx(1 - 640 * 448 / (width * height), abs=0.01)


def test_a_letterbox_is_a_border():
    margin = find_margin(cv2.copyMakeBorder(grey(draw(1)), 60, 60, 0, 0, cv2.BORDER_CONSTANT, value=0))
    assert margin.border == pytest.approx(120 / 568, abs=0.01)


def test_the_white_around_a_car_in_a_studio_is_no_border():
    margin = find_margin(grey(draw(1, white=True)))
    assert margin.border == 0
    left, top, right, bottom = margin.box
    assert left > 30 and top > 30 and right < 610 and bottom < 448


def test_a_street_has_neither():
    assert find_margin(grey(draw(1))).border == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 2)])
def test_the_smallest_pictures_have_scores(size):
    found = scores(Image.new("RGB", size, (10, 200, 30)))
    assert all(np.isfinite(value) for value in found.values())
    assert find_margin(grey(Image.new("RGB", size))).border == 0
