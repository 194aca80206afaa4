import numpy as np
import pytest

from curate import consistency
from curate.consistency import find_consistent
from curate.geometry import ROW
from curate.local_search import Matches

RANDOM = np.random.default_rng(3)


def features(*pictures):
    """Return rows of features from lists of (x, y, size, angle)."""
    rows = np.zeros(len(pictures), ROW)
    for row, spots in zip(rows, pictures, strict=True):
        row["count"], row["width"], row["height"] = len(spots), 640, 480
        for n, (x, y, size, angle) in enumerate(spots):
            row["points"][n], row["sizes"][n], row["angles"][n] = (x, y), size, angle
    return rows


def matches(*rows):
    """Return matches of (picture a, picture b, feature of both, mirrored)."""
    a, b, feature, mirrored = (np.array(column) for column in zip(*sorted(rows, key=lambda r: (r[0], r[1], r[3])),
                                                                    strict=True))
    return Matches(a, b, feature, feature, mirrored.astype(bool))


SPOTS = [(float(x), float(y), 8.0, float(angle)) for x, y, angle in
         zip(RANDOM.integers(0, 640, 8), RANDOM.integers(0, 480, 8), RANDOM.uniform(-3, 3, 8), strict=True)]
WINDOW = [((x - 100) * 1.5, (y - 80) * 1.5, size * 1.5, angle) for x, y, size, angle in SPOTS]
TURNED = [(480 - y, x, size, angle + np.pi / 2) for x, y, size, angle in SPOTS]
MIRRORED = [(640 - x, y, size, np.pi - angle) for x, y, size, angle in SPOTS]
SCATTERED = [(*SPOTS[n - 3][:2], size, angle) for n, (_, _, size, angle) in enumerate(SPOTS)]


def pairs(alike):
    return list(zip(alike.picture_a.tolist(), alike.picture_b.tolist(), alike.mirrored.tolist(), strict=True))


def find(spots, mirrored=False, count=8, least=4):
    rows = matches(*((0, 1, n, mirrored) for n in range(count)))
    return find_consistent(rows, features(SPOTS, spots), np.arange(2), least)


def found(spots, mirrored=False, count=8, least=4):
    return pairs(find(spots, mirrored, count, least))


@pytest.mark.parametrize("spots", [SPOTS, WINDOW, TURNED], ids=["copy", "window", "turned"])
def test_features_that_lie_alike_are_of_one_photograph(spots):
    assert found(spots) == [(0, 1, False)]


def test_features_that_lie_elsewhere_are_not():
    assert found(SCATTERED) == []


@pytest.mark.parametrize("change", [(2.5, 0), (1, 1.5)], ids=["size", "angle"])
def test_sizes_and_directions_must_agree_too(change):
    larger, turned = change
    odd = [(x, y, size * larger, angle + turned) if n % 2 else (x, y, size, angle)
           for n, (x, y, size, angle) in enumerate(SPOTS)]
    assert found(odd) == [(0, 1, False)] and found(odd, count=5) == [(0, 1, False)] and found(odd, count=4) == []


def test_a_mirror_image_lies_alike_as_such_only():
    assert found(MIRRORED, mirrored=True) == [(0, 1, True)]
    assert found(MIRRORED) == []


@pytest.mark.parametrize(("spots", "mirrored", "turn", "shift"), [
    (SPOTS, False, 1, 0), (WINDOW, False, 1 / 1.5, 100 + 80j), (TURNED, False, -1j, 480j), (MIRRORED, True, 1, 0)],
    ids=["copy", "window", "turned", "mirrored"])
def test_they_say_how_one_picture_lies_on_the_other(spots, mirrored, turn, shift):
    alike = find(spots, mirrored)
    assert alike.agreeing.tolist() == [8]
    assert abs(alike.turn[0] - turn) < 1e-6 and abs(alike.shift[0] - shift) < 1e-4


def test_a_match_that_is_a_little_off_is_left_out_of_how_it_lies():
    off = [(x + 30 * (n == 0), y, size, angle) for n, (x, y, size, angle) in enumerate(SPOTS)]
    alike = find(off)
    assert alike.agreeing.tolist() == [7] and abs(alike.turn[0] - 1) < 1e-6 and abs(alike.shift[0]) < 1e-4


def test_a_feature_that_looks_like_many_counts_once():
    near = [(320.0 + n, 240.0, 8.0, 0.0) for n in range(8)]
    rows = Matches(*(np.zeros(8, np.int64), np.ones(8, np.int64), np.zeros(8, np.int64), np.arange(8)),
                   np.zeros(8, bool))
    assert pairs(find_consistent(rows, features([near[0]], near), np.arange(2), 4)) == []


def test_too_few_matches_are_not_asked():
    assert found(SPOTS, count=4, least=5) == [] and found(SPOTS, count=4) == [(0, 1, False)]


def test_pictures_are_told_apart_and_chunks_change_nothing(monkeypatch):
    rows = matches(*((0, 1, n, False) for n in range(8)), *((0, 2, n, False) for n in range(8)),
                   *((0, 3, n, True) for n in range(8)), *((1, 2, n, False) for n in range(3)))
    kept = features(WINDOW, SCATTERED, SPOTS, MIRRORED)
    places = np.array([2, 0, 1, 3])
    expected = [(0, 1, False), (0, 3, True)]
    assert pairs(find_consistent(rows, kept, places, 5)) == expected
    monkeypatch.setattr(consistency, "COMPARED", 10)
    assert pairs(find_consistent(rows, kept, places, 5)) == expected


def test_nothing_matches_nothing():
    empty = np.zeros(0, np.int64)
    assert pairs(find_consistent(Matches(empty, empty, empty, empty, empty.astype(bool)), features(SPOTS),
                                 np.arange(1), 5)) == []
