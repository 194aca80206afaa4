from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from curate import local_search
from curate.geometry import MIRRORED, find_features
from curate.local_search import canonical, find_matches, match_pairs
from tests.curate.photographs import draw


def descriptors(image):
    return find_features(np.asarray(image.convert("L"))).descriptors


def count(matches, a, b):
    """Return how many features of two pictures look alike, as they are and mirrored."""
    here = (matches.picture_a == a) & (matches.picture_b == b)
    return int((here & ~matches.mirrored).sum()), int((here & matches.mirrored).sum())


PICTURES = [descriptors(image) for image in (
    draw(1), draw(1).crop((200, 120, 500, 380)), draw(1).transpose(Image.Transpose.FLIP_LEFT_RIGHT), draw(2),
    draw(3), draw(1).transpose(Image.Transpose.ROTATE_90))]


@pytest.fixture(scope="module", params=["all descriptors", "cells", "likely pairs"])
def matches(request):
    """Return the matches by a look at all descriptors, by the cells that many pictures need, and of given pairs."""
    if request.param == "likely pairs":
        return match_pairs(list(combinations(range(len(PICTURES)), 2)), PICTURES)
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "cells":
            patch.setattr(local_search, "FEW", 0)
        return find_matches(PICTURES)


def test_a_window_of_a_picture_finds_it(matches):
    as_is, mirrored = count(matches, 0, 1)
    assert as_is > 3 * mirrored and as_is > 30


def test_a_mirror_image_finds_it(matches):
    as_is, mirrored = count(matches, 0, 2)
    assert mirrored > 3 * as_is and mirrored > 60


def test_a_turned_picture_finds_it(matches):
    assert count(matches, 0, 5)[0] > 60


def test_a_mirrored_window_finds_the_window(matches):
    assert count(matches, 1, 2)[1] > 30


def test_other_pictures_share_much_less_than_copies_do(matches):
    assert 3 * max(max(count(matches, 0, 3)), max(count(matches, 3, 4))) < count(matches, 0, 2)[1]


def test_matches_are_sorted_and_never_within_a_picture(matches):
    pairs = list(zip(matches.picture_a, matches.picture_b, matches.mirrored, strict=True))
    assert pairs == sorted(pairs) and (matches.picture_a < matches.picture_b).all()


def test_matches_name_the_features_that_look_alike(matches):
    def take(pictures, numbers):
        return np.stack([PICTURES[picture][n] for picture, n in zip(pictures, numbers, strict=True)]).astype(float)

    a, b = take(matches.picture_a, matches.feature_a), take(matches.picture_b, matches.feature_b)
    b = np.where(matches.mirrored[:, None], b[:, MIRRORED], b)
    assert ((a * b).sum(1) > 0.9 * np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)).all()


def test_a_descriptor_and_its_mirror_image_have_one_canonical_form():
    plain = PICTURES[0]
    one, turned = canonical(plain)
    other, turned_other = canonical(np.ascontiguousarray(plain[:, MIRRORED]))
    decided = plain[:, :64].sum(1, dtype=int) != plain[:, 64:].sum(1, dtype=int)
    assert np.array_equal(one[decided], other[decided]) and (turned[decided] != turned_other[decided]).all()


@pytest.mark.parametrize("pictures", [[], [np.zeros((0, 128), np.uint8)] * 3, [PICTURES[0][:1]]],
                         ids=["none", "flat ones", "one feature"])
def test_without_features_nothing_matches(pictures):
    assert len(find_matches(pictures).picture_a) == 0
    assert len(match_pairs([(0, 1)] if len(pictures) > 1 else [], pictures).picture_a) == 0


def test_threads_and_blocks_change_nothing(monkeypatch):
    monkeypatch.setattr(local_search, "FEW", 0)
    whole = find_matches(PICTURES)
    monkeypatch.setattr(local_search, "COMPARED", 50)
    for name in ("picture_a", "picture_b", "feature_a", "feature_b", "mirrored"):
        assert np.array_equal(getattr(find_matches(PICTURES, threads=3), name), getattr(whole, name)), name


def test_a_descriptor_finds_the_nearest_of_those_it_looks_like():
    copies = [PICTURES[0][:1]] * (local_search.NEAREST + 4)
    found = find_matches([*copies, PICTURES[0][1:2]])
    assert (found.picture_b < len(copies)).all()
    assert np.bincount(np.concatenate([found.picture_a, found.picture_b])).min() >= local_search.NEAREST


def test_a_descriptor_that_many_others_look_like_finds_none(monkeypatch):
    copies = [PICTURES[0][:1]] * (local_search.COMMON + 1)
    assert len(find_matches(copies[:-1]).picture_a) > 0
    assert len(find_matches(copies).picture_a) == 0
    monkeypatch.setattr(local_search, "FEW", 0)  # and a cell that holds so many is not looked at
    monkeypatch.setattr(local_search, "MOST_IN_CELL", 4)
    monkeypatch.setattr(local_search, "CROWDED", 0)
    assert len(find_matches(copies[:9]).picture_a) == 0
