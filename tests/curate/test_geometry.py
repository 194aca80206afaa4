import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from curate.geometry import (
    COUNT,
    Features,
    agree,
    align,
    find_features,
    fit_affine,
    fit_similarity,
    is_edit,
    match,
    scale_of,
)
from curate.residual import compose, invert
from tests.curate.photographs import draw

angles, scales, shifts = st.floats(-3.1, 3.1), st.floats(0.2, 4), st.floats(-300, 300)


def grey(image):
    return np.asarray(image.convert("L"))


def similarity(angle, scale, x, y):
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cosine, -sine, x], [sine, cosine, y]])


def apply(matrix, points):
    return points @ matrix[:, :2].T + matrix[:, 2]


POINTS = np.random.default_rng(0).uniform(0, 500, (20, 2))


@settings(deadline=None)
@given(angles, scales, shifts, shifts)
def test_a_similarity_is_found_from_its_points(angle, scale, x, y):
    matrix = similarity(angle, scale, x, y)
    assert np.allclose(fit_similarity(POINTS, apply(matrix, POINTS)), matrix, atol=1e-5)
    assert scale_of(matrix) == pytest.approx(scale)


@settings(deadline=None)
@given(angles, scales, shifts, shifts, st.floats(0.6, 1.6))
def test_an_affine_transform_is_found_from_its_points_and_undone_by_its_inverse(angle, scale, x, y, stretch):
    matrix = compose(similarity(angle, scale, x, y), np.array([[stretch, 0, 0], [0, 1, 0]]))
    assert np.allclose(fit_affine(POINTS, apply(matrix, POINTS)), matrix, atol=1e-4)
    assert np.allclose(compose(invert(matrix), matrix), np.eye(2, 3), atol=1e-6)


def test_points_on_one_line_give_a_transform_without_an_error():
    line = np.column_stack([np.arange(9.0), np.arange(9.0)])
    assert np.isfinite(fit_affine(line, line + 5)).all()


@pytest.mark.parametrize(("linear", "good"), [
    ([[1, 0], [0, 1]], True), ([[0, -2], [2, 0]], True), ([[1.5, 0], [0, 1]], True), ([[2.5, 0], [0, 1]], False),
    ([[-1, 0], [0, 1]], False), ([[1, 1], [1, 1]], False), ([[0.01, 0], [0, 0.01]], False)])
def test_a_torn_or_collapsed_transform_is_no_edit(linear, good):
    assert is_edit(np.column_stack([np.array(linear, float), [3.0, 4.0]])) is good


def test_features_survive_the_way_to_the_file_and_back():
    found = find_features(grey(draw(1)))
    again = Features.unpacked(found.packed())
    for name in ("points", "sizes", "angles", "descriptors"):
        assert np.array_equal(getattr(found, name), getattr(again, name))
    assert (again.width, again.height) == (640, 448) and 200 < len(again.points) == len(found.points) <= COUNT


def test_a_flat_picture_has_no_features():
    found = find_features(np.full((200, 300), 80, np.uint8))
    assert len(found.points) == 0 and len(Features.unpacked(found.packed()).points) == 0
    assert align(found, find_features(grey(draw(1))), False) is None


def test_features_stand_where_they_are_at_any_size():
    large = grey(draw(1).resize((1280, 896), Image.Resampling.BICUBIC))
    alignment = align(find_features(large), find_features(grey(draw(1))), False)
    assert np.allclose(alignment.matrix, [[2, 0, 0], [0, 2, 0]], atol=[[0.02, 0.02, 2], [0.02, 0.02, 2]])


def test_the_features_of_the_mirror_image_follow_from_the_features():
    mirrored = find_features(np.ascontiguousarray(grey(draw(1))[:, ::-1]))
    alignment = align(mirrored, find_features(grey(draw(1))).mirrored, True)
    assert alignment.inliers > 0.7 * len(mirrored.points) and alignment.mirrored
    assert np.allclose(alignment.matrix, np.eye(2, 3), atol=[[0.01, 0.01, 0.1], [0.01, 0.01, 0.1]])


@pytest.mark.parametrize("degrees", [7, 90, 180, -60])
def test_a_turn_is_found(degrees):
    image = grey(draw(1))
    height, width = image.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.6)
    turned = cv2.warpAffine(image, turn, (width, height), borderValue=255, flags=cv2.INTER_AREA)
    alignment = align(find_features(turned), find_features(image), False)
    assert alignment.scale == pytest.approx(0.6, abs=0.02)
    assert np.abs(alignment.matrix[:, :2] - turn[:, :2]).max() < 0.02


def test_a_stretched_picture_is_followed_by_an_affine_transform():
    stretched = find_features(grey(draw(1).resize((640, 340))))
    alignment = align(find_features(grey(draw(1))), stretched, False)
    assert np.allclose(alignment.matrix[:, :2], [[1, 0], [0, 448 / 340]], atol=0.03)


def test_different_pictures_agree_on_a_few_features_at_most():
    found = [find_features(grey(draw(seed))) for seed in range(20, 26)]
    inliers = [alignment.inliers if alignment else 0 for n, a in enumerate(found) for b in found[:n]
               for alignment in (align(a, b, False), align(a, b.mirrored, True))]
    assert max(inliers) < 0.1 * COUNT


def test_a_match_is_the_nearest_of_both_and_distinctly_so():
    likeness = np.float32([[0.99, 0.2, 0.1], [0.98, 0.5, 0.1], [0.1, 0.9, 0.89]])
    before = likeness.copy()
    assert match(likeness).tolist() == [[0, 0]]  # row 1 likes column 0 less than row 0 does, row 2 likes two alike
    assert np.array_equal(likeness, before)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2 ** 32 - 1))
def test_matches_are_mutual_and_pass_the_ratio_test(seed):
    units = np.random.default_rng(seed).normal(size=(30, 6)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    likeness = units[:18] @ units[18:].T
    for row, column in match(likeness):
        assert likeness[row].argmax() == column and likeness[:, column].argmax() == row
        best, second = np.sort(likeness[row])[::-1][:2]
        assert np.sqrt(2 - 2 * best) < 0.85 * np.sqrt(2 - 2 * second) + 1e-6


def test_matches_that_agree_outvote_the_others():
    a = find_features(grey(draw(1)))
    right = np.stack([np.arange(40), np.arange(40)], 1)
    wrong = np.stack([np.arange(40, 60), np.arange(120, 100, -1)], 1)
    matrix, agreeing = agree(a, a, np.concatenate([right, wrong]))
    assert np.allclose(matrix, np.eye(2, 3), atol=1e-3) and agreeing[:40].all() and agreeing[40:].sum() <= 2


def test_no_match_agrees_with_nothing():
    a = find_features(grey(draw(1)))
    assert agree(a, a, np.zeros((0, 2), np.int64))[0] is None
