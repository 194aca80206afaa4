import numpy as np
import pytest

from curate.geometry import describe
from curate.preview import PREVIEW, make_preview, shape_preview
from curate.verification import Pictures
from tests.curate.photographs import draw, encode

GREY = np.asarray(draw(1).resize((500, 333)).convert("L"))


@pytest.mark.parametrize(("size", "small"), [((512, 341), (128, 86)), ((500, 333), (125, 84)), ((128, 90), (128, 90)),
                                             ((129, 2), (65, 1)), ((2048, 1000), (128, 63))])
def test_a_picture_is_reduced_by_a_power_of_two(size, small):
    assert shape_preview(size[1], size[0]) == small[::-1]
    assert make_preview(np.zeros(size[::-1], np.uint8)).shape == small[::-1]


def test_each_of_its_pixels_is_the_mean_of_a_square():
    preview = make_preview(GREY)
    assert np.abs(preview[5, 7] - GREY[20:24, 28:32].mean()) <= 1 and max(preview.shape) <= PREVIEW


def test_a_small_look_reads_no_thumbnail():
    kept = describe(GREY)[None]
    read = []
    pictures = Pictures(lambda row: read.append(row) or encode(draw(1).resize((500, 333))), kept)
    assert np.array_equal(pictures.thumbnail(0).grey(0.25), make_preview(GREY)) and read == []
    assert pictures.thumbnail(0).grey(0.3).shape == (167, 250) and read == [0]
    assert pictures.thumbnail(0).grey(1.0).shape == (333, 500) and read == [0]
