import random

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.corpus import text_overlay, watermark
from curate.residual import compose, find_frame, invert, measure_residual, mirror, warp
from curate.verification import Thumbnail
from tests.curate.photographs import draw, encode

SAME = np.eye(2, 3)


def thumbnail(image):
    return Thumbnail(lambda: encode(image, quality=92), image.size)


def measure(first, second, matrix=SAME, mirrored=False):
    return measure_residual(thumbnail(first), thumbnail(second), matrix, mirrored)


def test_a_picture_leaves_nothing_against_itself():
    left = measure(draw(1), draw(1))
    assert left.agreement == 1 and left.blank == 0 and left.structure < 0.001 and left.shift < 0.01
    assert left.tone < 0.1 and left.chroma < 0.1 and left.overlap == 1 and left.extent == pytest.approx(1)
    assert left.marked is None


@pytest.mark.parametrize(("dx", "dy", "zoom"), [(2.0, 0.0, 1.0), (-1.5, 2.0, 1.0), (1.0, 1.0, 1.01)])
def test_an_alignment_that_is_a_little_off_is_improved(dx, dy, zoom):
    left = measure(draw(1), draw(1), np.array([[zoom, 0, dx], [0, zoom, dy]]))
    assert np.allclose(left.matrix, SAME, atol=[[0.002, 0.002, 0.4], [0.002, 0.002, 0.4]])
    assert left.agreement > 0.98


def test_another_picture_leaves_its_structure():
    left = measure(draw(1), draw(2))
    assert left.agreement < 0.2 and left.structure > 0.5 and left.tone is None and left.chroma is None


@pytest.mark.parametrize(("sceptical", "side"), [(True, 64), (False, 128)])
def test_a_look_at_few_pixels_is_enough_for_most_other_pictures(sceptical, side):
    for seed in (1, 11, 21):
        one, other = thumbnail(draw(seed)), thumbnail(draw(seed + 1))
        assert measure_residual(one, other, SAME, False, sceptical=sceptical).side == side


class NoColours:
    """A picture of which only luma may be read."""

    def __init__(self, picture):
        self.grey, self.size = picture.grey, picture.size


def test_a_comparison_that_ends_early_asks_for_no_colours():
    other = draw(2).copy()
    other.paste(draw(1).crop((0, 0, 260, 448)), (0, 0))
    left = measure_residual(thumbnail(draw(1)), NoColours(thumbnail(other)), SAME, False, sceptical=True)
    assert 0.25 < left.agreement < 0.4 and left.side == 128 and left.tone is None and left.chroma is None


def test_scepticism_changes_nothing_for_one_photograph():
    one, other = thumbnail(draw(1)), thumbnail(draw(1).convert("L"))
    looked = [measure_residual(one, other, SAME, False, sceptical=sceptical) for sceptical in (True, False)]
    assert np.array_equal(looked[0].matrix, looked[1].matrix) and looked[0].agreement == looked[1].agreement > 0.98


def test_another_trim_leaves_structure_where_a_repaint_leaves_tone_or_colour():
    trim = measure(draw(1, white=True, trim=1), draw(1, white=True, trim=2))
    paint = measure(draw(6, paint=(200, 20, 20)), draw(6, paint=(20, 60, 190)))
    assert trim.structure > 0.3
    assert paint.structure < 0.05 and max(paint.tone, paint.chroma) > 10


def test_a_crop_shows_less_and_lies_in_the_larger():
    box = (100, 60, 500, 360)
    left = measure(draw(1), draw(1).crop(box), np.array([[1.0, 0, box[0]], [0, 1, box[1]]]))
    assert left.overlap == pytest.approx(1, abs=0.02)
    assert left.extent == pytest.approx(400 * 300 / (640 * 448), abs=0.01)


def test_two_windows_overlap_by_what_they_share():
    one, other = draw(1).crop((0, 0, 400, 400)), draw(1).crop((200, 0, 600, 400))
    left = measure(one, other, np.array([[1.0, 0, 200], [0, 1, 0]]))
    assert left.overlap == pytest.approx(0.5, abs=0.03) and left.agreement > 0.98


def test_pictures_that_hardly_meet_leave_no_residual():
    assert measure(draw(1), draw(1), np.array([[1.0, 0, 635], [0, 1, 0]])) is None


def test_a_mirrored_picture_is_laid_on_its_other_side():
    flipped = draw(1).transpose(0)
    assert measure(draw(1), flipped, SAME, mirrored=True).agreement > 0.98


@pytest.mark.parametrize("mark", [watermark, text_overlay])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_was_written_on_a_picture_is_on_its_side(mark, seed):
    plain, marked = draw(seed), mark(draw(seed), random.Random(0))
    assert measure(plain, marked).marked > 0.1 and measure(marked, plain).marked < -0.1


def test_a_removed_background_is_no_mark():
    car = draw(3, white=True)
    left = measure(draw(3), car)
    assert left.blank > 0.2 and left.marked is None


def test_a_coarser_picture_is_compared_at_its_resolution():
    left = measure(draw(1), draw(1).resize((96, 67)), np.array([[640 / 96, 0, 0], [0, 448 / 67, 0]]))
    assert left.side <= 96 and left.agreement > 0.9


@settings(deadline=None)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-90, 90), st.floats(-90, 90))
def test_transforms_compose_and_invert(p, q, x, y):
    matrix = np.array([[2.5 + p, q, x], [-q, 2.5 + p, y]])
    assert np.allclose(compose(invert(matrix), matrix), SAME, atol=1e-9)
    assert np.allclose(compose(mirror(640), mirror(640)), SAME)


def test_the_frame_holds_the_overlap_at_the_coarser_resolution():
    frame = find_frame((400, 300), (200, 150), np.array([[2.0, 0, 0], [0, 2, 0]]))
    assert (frame.width, frame.height) == (200, 152)
    assert np.allclose(compose(frame.from_a, np.array([[2.0, 0, 0], [0, 2, 0]])), frame.from_b)
    assert frame.area_b == pytest.approx(frame.area_a)


def test_a_picture_warped_by_a_half_is_the_average_of_its_pixels():
    pixels = np.asarray(draw(1).convert("L"))
    half = warp(pixels, np.array([[0.5, 0, 0], [0, 0.5, 0]]), 320, 224, (640, 448))
    assert np.abs(half.astype(int) - cv2.resize(pixels, (320, 224), interpolation=cv2.INTER_AREA)).mean() < 0.5
