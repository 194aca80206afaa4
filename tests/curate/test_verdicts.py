import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tables
from curate.params import DedupeParams
from curate.verdicts import judge, loosen, to_row
from curate.verification import Measurement

PARAMS = DedupeParams()
SAME = {"found_by": "features", "inliers": 120, "miss": 0.001, "residual": 0.05, "structure": 0.02, "shift": 0.1,
        "tone": 2.0, "chroma": 1.0, "blocks": 400, "side": 256, "span": 0.95, "clash": 0.0, "marked": None}
ORDER = ("duplicate", "variant", "review", "different")


@pytest.mark.parametrize(("changed", "verdict"), [
    ({}, "duplicate"),
    ({"tone": None, "chroma": None}, "duplicate"),
    ({"chroma": np.nan, "tone": np.nan}, "duplicate"),
    ({"chroma": 7.0}, "variant"),
    ({"tone": 17.0}, "variant"),
    ({"residual": 0.55}, "variant"),
    ({"residual": 0.55, "miss": 0.004}, "review"),
    ({"residual": 0.65, "miss": 0.004}, "different"),
    ({"structure": 0.3}, "variant"),
    ({"structure": 0.3, "inliers": 20}, "different"),
    ({"structure": 0.5}, "different"),
    ({"shift": 0.6, "miss": 0.004}, "different"),
    ({"span": 0.3}, "different"),  # two cars before one wall
    ({"span": 0.3, "residual": 0.55}, "different"),
    ({"span": 0.3, "found_by": "exact", "residual": 0.0}, "duplicate"),
    ({"clash": 0.2, "residual": 0.4}, "duplicate"),  # the rim of a cut-out
    ({"clash": 0.25, "residual": 0.4}, "variant"),  # another car amidst the same place
    ({"clash": 0.06, "marked": 0.05}, "variant"),  # other wheels
    ({"clash": 0.06, "marked": -0.3}, "duplicate"),  # a watermark
    ({"clash": 0.03, "marked": 0.05}, "duplicate"),
    ({"blocks": 5}, "review"),
    ({"side": 80, "residual": 0.2}, "review"),
    ({"side": 80, "residual": 0.1}, "duplicate"),
    ({"residual": None}, "different"),
    ({"residual": None, "found_by": "exact,phash"}, "duplicate"),
    ({"inliers": 0, "miss": None}, "duplicate")])
def test_the_verdict_follows_from_the_measurements(changed, verdict):
    assert judge(SAME | changed, PARAMS) == verdict


measures = st.fixed_dictionaries({
    "found_by": st.just("features"), "inliers": st.integers(0, 200), "miss": st.none() | st.floats(0, 0.02),
    "residual": st.none() | st.floats(0, 1), "structure": st.floats(0, 1.5), "shift": st.floats(0, 3),
    "tone": st.none() | st.floats(0, 60), "chroma": st.none() | st.floats(0, 40), "blocks": st.integers(0, 600),
    "side": st.integers(16, 256), "span": st.floats(0, 1), "clash": st.floats(0, 1),
    "marked": st.none() | st.floats(-1, 1)})


@given(measures)
def test_looser_thresholds_let_nothing_through_that_stricter_ones_hold(row):
    if judge(row, PARAMS) != "different":
        assert judge(row, loosen(PARAMS)) != "different"


@given(measures)
def test_every_measurement_has_one_of_four_verdicts(row):
    assert judge(row, PARAMS) in tables.VERDICTS


@given(measures, st.floats(0, 1))
def test_less_residual_never_makes_two_pictures_less_alike(row, share):
    if row["residual"] is not None and row["tone"] is None and row["chroma"] is None:
        better = row | {"residual": row["residual"] * share}
        assert judge(better, PARAMS) == "duplicate" or judge(row, PARAMS) != "duplicate"


def test_pictures_that_could_not_be_laid_on_each_other_have_no_measures():
    assert to_row(Measurement(3)) == {"inliers": 3, "miss": None, "scale": None, "mirrored": None}
