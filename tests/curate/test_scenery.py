import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from curate.scenery import find_box, measure_clash, measure_span


def blocks(*boxes, shape=(20, 30)):
    """Return blocks (rows, columns) that are set within boxes of (top, left, bottom, right)."""
    mask = np.zeros(shape, bool)
    for top, left, bottom, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


def span(same, both, unseen=0.0):
    return measure_span(same, both, 8, 8, unseen)


EVERYWHERE = blocks((0, 0, 20, 30))
CAR = (5, 8, 15, 22)


def test_agreement_everywhere_spans_all():
    assert span(EVERYWHERE, EVERYWHERE) == 1


def test_a_wall_above_two_cars_spans_a_part():
    assert span(blocks((0, 0, 5, 30)), EVERYWHERE) == pytest.approx(0.25)


def test_a_car_in_an_empty_studio_spans_all_that_is_shown():
    assert span(blocks(CAR), blocks(CAR)) == 1


def test_what_lies_outside_of_the_other_picture_counts():
    assert span(EVERYWHERE, EVERYWHERE, unseen=4 * 20 * 30 * 64) == pytest.approx(0.2)


def test_a_block_that_agrees_by_chance_far_away_does_not_count():
    strip = blocks((0, 0, 5, 30))
    strip[19, 29] = True
    assert span(strip, EVERYWHERE) < 0.3


def test_nothing_that_agrees_spans_nothing_and_clashes():
    assert span(EVERYWHERE & False, EVERYWHERE) == 0 and measure_clash(EVERYWHERE & False, EVERYWHERE, EVERYWHERE) == 1


def test_another_car_amidst_one_place_clashes():
    car = blocks(CAR)
    assert measure_clash(EVERYWHERE & ~car, EVERYWHERE, car) == pytest.approx(140 / 600)


def test_what_lies_beyond_a_panel_does_not_clash():
    panel = blocks((0, 0, 20, 15))
    assert measure_clash(panel, EVERYWHERE, EVERYWHERE & ~panel) == 0


@given(of_numpy.arrays(bool, (6, 9)).filter(np.any))
def test_nearly_all_blocks_lie_in_their_box(mask):
    assert mask[find_box(mask)].sum() >= 0.9 * mask.sum()


@given(of_numpy.arrays(bool, (6, 9)), of_numpy.arrays(bool, (6, 9)), of_numpy.arrays(bool, (6, 9)), st.floats(0, 1e6))
def test_span_and_clash_are_shares(both, same, other, unseen):
    same = same & both
    assert 0 <= span(same, both, unseen) <= 1 and 0 <= measure_clash(same, both, other & ~same) <= 1
