from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.body import Body
from sandbox.cars import OPEN_SHARE, choose_camera, choose_car, draw_car
from sandbox.classes import read_classes
from sandbox.paint import PAINTS, choose_paint
from sandbox.shapes import SHAPES, default_shape

ROOT = Path(__file__).parents[2]
SMALL = (240, 160)


def pixels(class_id: str, seed: int, size: tuple[int, int] = SMALL, repaint: bool = False) -> np.ndarray:
    return np.asarray(draw_car(class_id, seed, size, repaint)).astype(int)


def roof_at(class_id: str, behind: float) -> float:
    """Return the height of the roof so many metres before the rear end."""
    body = Body(SHAPES[class_id])
    return float(np.interp(SHAPES[class_id].length - behind, body.stations,
                           np.maximum(body.roof_line, body.shoulder_line)))


def test_there_is_a_shape_for_each_of_the_33_classes() -> None:
    assert {known.class_id for known in read_classes(ROOT / "classes.csv")} == set(SHAPES)


@pytest.mark.parametrize("class_id", sorted(SHAPES))
def test_every_class_can_be_drawn(class_id: str) -> None:
    picture = draw_car(class_id, 5, SMALL)
    assert (picture.mode, picture.size) == ("RGB", SMALL)
    assert np.asarray(picture).std() > 10


def test_a_slug_that_is_none_of_the_33_gets_one_of_their_shapes() -> None:
    assert default_shape("my-own-class") in SHAPES.values()
    assert default_shape("my-own-class") == default_shape("my-own-class")


@settings(max_examples=15, deadline=None)
@given(class_id=st.sampled_from(sorted(SHAPES)), seed=st.integers(0, 2**64 - 1),
       size=st.sampled_from([(200, 140), (150, 190), (333, 111)]))
def test_class_seed_and_size_determine_every_pixel(class_id: str, seed: int, size: tuple[int, int]) -> None:
    first, second = draw_car(class_id, seed, size), draw_car(class_id, seed, size)
    assert first.tobytes() == second.tobytes() and first.size == size


def test_threads_change_no_pixel() -> None:
    jobs = [(class_id, seed) for class_id in ("c-sedan", "sl-roadster", "x-pickup", "g-suv") for seed in range(3)]
    alone = [draw_car(*job, SMALL).tobytes() for job in jobs]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda job: draw_car(*job, SMALL).tobytes(), jobs)) == alone


def test_another_seed_draws_another_photograph() -> None:
    assert np.abs(pixels("c-sedan", 1) - pixels("c-sedan", 2)).mean() > 20


def test_another_class_at_the_same_seed_is_another_car_in_the_same_place() -> None:
    difference = np.abs(pixels("v-van", 3) - pixels("slc-roadster", 3)).mean(axis=2)
    assert (difference > 25).mean() > 0.05


@pytest.mark.parametrize("seed", range(6))
def test_a_repaint_changes_the_car_and_nothing_around_it(seed: int) -> None:
    difference = np.abs(pixels("e-estate", seed) - pixels("e-estate", seed, repaint=True)).mean(axis=2)
    assert (difference > 8).mean() > 0.03
    assert (difference[:3] == 0).all()


@pytest.mark.parametrize("number", range(len(PAINTS)))
def test_a_repaint_has_another_hue_and_never_is_one_grey_for_another(number: int) -> None:
    old = np.array(PAINTS[number][0], dtype=float)
    for seed in range(20):
        new = np.array(PAINTS[choose_paint(np.random.default_rng(seed), other_than=number)[0]][0], dtype=float)
        assert np.linalg.norm((new - new.mean()) - (old - old.mean())) > 70


def test_an_estate_keeps_its_roof_where_a_sedan_has_a_boot() -> None:
    assert roof_at("e-estate", 0.6) > roof_at("e-sedan", 0.6) + 0.25


def test_a_coupe_of_an_off_road_car_falls_behind_the_roof_of_its_sibling() -> None:
    assert roof_at("glc-suv", 0.9) > roof_at("glc-coupe", 0.9) + 0.1


def test_a_pickup_has_a_bed_and_a_van_has_none() -> None:
    assert roof_at("x-pickup", 0.8) < SHAPES["x-pickup"].height - 0.4
    assert roof_at("v-van", 0.8) > SHAPES["v-van"].height - 0.1


@pytest.mark.parametrize("class_id", sorted(SHAPES))
def test_a_body_has_the_size_of_the_real_car(class_id: str) -> None:
    shape = SHAPES[class_id]
    body = Body(shape)
    points = np.concatenate([body.hull.quads, body.cabin.quads]).reshape(-1, 3)
    extent = np.ptp(points, axis=0)
    assert extent[0] == pytest.approx(shape.length, abs=0.12)
    assert extent[1] == pytest.approx(shape.width, abs=0.06)
    assert points[:, 2].max() == pytest.approx(shape.height, abs=0.10)


def test_convertibles_stand_open_or_closed_and_nothing_else_does() -> None:
    tops = [choose_car(SHAPES["c-cabriolet"], np.random.default_rng(seed)).body.top for seed in range(200)]
    assert set(tops) == {"open", "soft"}
    assert tops.count("open") / 200 == pytest.approx(OPEN_SHARE, abs=0.12)
    assert {choose_car(SHAPES["c-sedan"], np.random.default_rng(seed)).body.top for seed in range(20)} == {"roof"}


@settings(max_examples=60, deadline=None)
@given(class_id=st.sampled_from(sorted(SHAPES)), seed=st.integers(0, 2**32),
       size=st.sampled_from([(960, 640), (640, 800)]))
def test_the_camera_has_the_whole_car_in_view(class_id: str, seed: int, size: tuple[int, int]) -> None:
    box = Body(SHAPES[class_id]).box
    seen = choose_camera(box, size, np.random.default_rng(seed)).project(box)
    assert (seen > -1).all() and (seen < np.array(size) + 1).all()
    assert np.ptp(seen[:, 0]) > 0.2 * size[0]


def test_photographs_of_different_cars_differ_to_a_perceptual_hash() -> None:
    import imagehash

    classes, seeds = sorted(SHAPES)[::4], range(8)
    hashes = np.array([imagehash.phash(draw_car(class_id, 1000 * n + seed, (320, 213))).hash.ravel()
                       for n, class_id in enumerate(classes) for seed in seeds])
    distance = (hashes[:, None] != hashes[None]).sum(axis=2)[np.triu_indices(len(hashes), 1)]
    assert distance.min() > 6
    assert (distance <= 10).mean() < 0.001
