import numpy as np
import pytest
from PIL import Image, ImageOps

from curate import glance
from curate.consistency import Alikeness
from curate.geometry import describe
from curate.glance import compare, look
from tests.curate.photographs import draw

WINDOW = (200, 120, 520, 344)


def row(image):
    return describe(np.asarray(image.convert("L")))


FEATURES = np.stack([row(image) for image in (
    draw(1), draw(1).crop(WINDOW), ImageOps.mirror(draw(1)), draw(2), Image.new("RGB", (640, 448), (90, 120, 200)),
    draw(1).resize((1000, 700)).transpose(Image.Transpose.ROTATE_90))])


def alike(a, b, turn=1, shift=0, mirrored=False, agreeing=3):
    return Alikeness(np.array([a]), np.array([b]), np.array([mirrored]), np.array([agreeing]),
                     np.array([turn], complex), np.array([shift], complex))


def seen(*how, worth=2.0, **more):
    return look(alike(*how, **more), FEATURES, np.arange(len(FEATURES)), worth).tolist() == [True]


@pytest.mark.parametrize("how", [
    {"a": 0, "b": 0}, {"a": 0, "b": 1, "shift": 200 + 120j}, {"a": 1, "b": 0, "shift": -200 - 120j},
    {"a": 0, "b": 2, "mirrored": True}, {"a": 0, "b": 5, "turn": 0.64j, "shift": 640}],
    ids=["copy", "window", "whole on its window", "mirrored", "turned and larger"])
def test_a_photograph_is_seen_where_it_lies(how):
    assert seen(**how)


@pytest.mark.parametrize("how", [
    {"a": 0, "b": 3}, {"a": 0, "b": 1, "shift": 260 + 120j}, {"a": 0, "b": 2}, {"a": 0, "b": 5, "turn": 0.64}],
    ids=["another picture", "elsewhere", "not mirrored", "not turned"])
def test_what_shows_something_else_is_not(how):
    assert not seen(**how)


def test_a_weak_likeness_needs_more_features_that_agree():
    share = compare(*glance._read(alike(0, 1, shift=208 + 122j), FEATURES, np.arange(6)))[0][0]
    assert 0.02 < share < 0.9
    assert seen(0, 1, shift=208 + 122j, agreeing=int(np.ceil(2 / share)))
    assert not seen(0, 1, shift=208 + 122j, agreeing=int(np.ceil(2 / share)) - 1)


def test_without_structure_the_features_tell():
    assert seen(4, 4, agreeing=4) and not seen(4, 4, agreeing=3)


def test_pairs_are_seen_alone_and_together(monkeypatch):
    pairs = [alike(0, 0), alike(0, 3), alike(0, 1, shift=200 + 120j), alike(3, 3), alike(2, 3)]
    together = Alikeness(*(np.concatenate([getattr(pair, name) for pair in pairs]) for name in (
        "picture_a", "picture_b", "mirrored", "agreeing", "turn", "shift")))
    rows = np.arange(len(FEATURES))
    expected = [True, False, True, True, False]
    assert look(together, FEATURES, rows, 2.0).tolist() == expected
    monkeypatch.setattr(glance, "BATCH", 2)
    assert look(together, FEATURES, rows, 2.0).tolist() == expected
    assert look(together[np.array([1, 2])], FEATURES, rows, 2.0).tolist() == expected[1:3]


def test_rows_say_where_a_picture_is_kept():
    assert look(alike(0, 1, shift=200 + 120j), FEATURES, np.array([0, 1]), 2.0).all()
    assert look(alike(1, 0, shift=200 + 120j), FEATURES, np.array([1, 0]), 2.0).all()
