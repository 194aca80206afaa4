import numpy as np
import pandas as pd
import pytest

from curate.candidates import (
    Candidates,
    add_exact,
    find_by_fine_hash,
    find_by_views,
    find_candidates,
    find_neighbours,
)
from curate.hashes import VIEW_NAMES, pack_bits, turn_fine, turn_words
from curate.params import DedupeParams
from tests.curate.rows import make_images

RANDOM = np.random.default_rng(5)
CARRIES = np.ones(4, bool)


def views(**changed):
    """Return the hashes of four pictures that have nothing in common, with some changed: net name → (row, hash)."""
    hashes = np.random.default_rng(1).integers(0, 2 ** 63, (4, len(VIEW_NAMES)), dtype=np.uint64)
    hashes[:, VIEW_NAMES.index("trim")] = hashes[:, VIEW_NAMES.index("whole")]
    for name, (row, value) in changed.items():
        hashes[row, VIEW_NAMES.index(name)] = value
    return hashes


def found(hashes, distance=8, carries=CARRIES):
    """Return the pairs of rows, each with its nets and their distances."""
    nets = {}
    for net, a, b, apart in find_by_views(hashes, carries, distance):
        for x, y, d in zip(a.tolist(), b.tolist(), apart.tolist(), strict=True):
            nets.setdefault((min(x, y), max(x, y)), {})[net] = d
    return nets


def flip_bits(word, count):
    return np.uint64(int(word) ^ ((1 << count) - 1) << 10)


@pytest.mark.parametrize("bits", [0, 3, 8])
def test_whole_pictures_that_hash_alike_are_found(bits):
    hashes = views()
    hashes[2, 0] = hashes[2, 4] = flip_bits(hashes[0, 0], bits)
    assert found(hashes)[0, 2]["phash"] == bits


def test_hashes_further_apart_are_not_found():
    hashes = views()
    hashes[2, 0] = hashes[2, 4] = flip_bits(hashes[0, 0], 9)
    assert (0, 2) not in found(hashes)


@pytest.mark.parametrize("turn", ["mirror", "turn90", "turn180", "turn270", "flip"])
def test_a_turned_picture_is_found_by_its_hash(turn):
    hashes = views()
    hashes[3, 0] = hashes[3, 4] = turn_words(hashes[1, :1], turn)[0]
    back = {"turn90": "turn270", "turn270": "turn90"}.get(turn, turn)
    assert {turn, back} & set(found(hashes)[1, 3])


@pytest.mark.parametrize("view", ["crop10", "crop20", "crop30", "trim"])
def test_a_crop_is_found_by_the_view_of_its_original(view):
    hashes = views()
    hashes[0, VIEW_NAMES.index(view)] = hashes[1, 0]
    assert view in found(hashes)[0, 1]


def test_a_mirrored_crop_is_found():
    hashes = views()
    hashes[0, VIEW_NAMES.index("crop20")] = turn_words(hashes[1, :1], "mirror")[0]
    assert "crop20+mirror" in found(hashes)[0, 1]


def test_a_flat_picture_finds_nothing_and_is_not_found():
    hashes = views()
    hashes[:] = hashes[0]
    assert not any(1 in pair for pair in found(hashes, carries=np.array([True, False, True, True])))
    assert found(hashes, carries=np.zeros(4, bool)) == {}


@pytest.mark.parametrize("many", [2, 50_000])
def test_fine_hashes_find_pictures_and_their_mirror_images(many, monkeypatch):
    monkeypatch.setattr("curate.candidates.MANY", many)
    monkeypatch.setattr("curate.hash_search.MANY", many)
    fine = RANDOM.integers(0, 256, (4, 32), dtype=np.uint8)
    fine[1] = fine[0]
    fine[1, 20:25] ^= 255  # 40 bits of high frequencies
    fine[3] = turn_fine(fine[2:3], "mirror")[0]
    bits = np.unpackbits(fine, axis=1).reshape(-1, 16, 16)[:, :8, :8].reshape(-1, 64).astype(bool)
    coarse = pack_bits(bits)
    nets = {(net, int(x), int(y)) for net, a, b, _ in find_by_fine_hash(fine, coarse, CARRIES, 60)
            for x, y in zip(a, b, strict=True)}
    assert nets == {("phash256", 0, 1), ("phash256+mirror", 2, 3)}


def test_neighbours_are_the_nearest_above_the_bar():
    features = np.float16([[1, 0, 0], [0.9, 0.43, 0], [0, 1, 0], [0, 0.05, 1]])
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    assert find_neighbours(features, 1, 0.4) == [(0, 1), (1, 2)]
    assert find_neighbours(features, 0, 0.4) == []


def test_one_picture_has_no_neighbour():
    assert find_neighbours(np.ones((1, 3), np.float16), 3, 0) == []


def test_equal_pixels_are_exact():
    candidates = Candidates()
    add_exact(candidates, pd.Series(["x", "y", "x", "x"]))
    assert dict(candidates.nets) == {(0, 2): {"exact": 0}, (0, 3): {"exact": 0}}


def test_of_several_distances_the_least_is_told():
    candidates = Candidates()
    candidates.add(4, 2, "phash", 7)
    candidates.add(2, 4, "phash", 3)
    candidates.add(2, 4, "neighbour")
    candidates.add(2, 4, "crop10", 5)
    assert candidates.hash_distance((2, 4)) == 3 and candidates.pair((2, 4)).nets == ("crop10", "neighbour", "phash")


def test_look_alikes_do_not_grow_squarely():
    images = make_images(*(f"n{n:02}" for n in range(40)))
    images["views"] = [[7] * len(VIEW_NAMES)] * 40  # all alike
    images["phash256"], images["hash_bits"] = [bytes(32)] * 40, 60
    images["pixels"] = [str(n) for n in range(40)]
    pairs = find_candidates(images, [], DedupeParams(most_per_net=3, phash_distance=0)).nets
    assert len(pairs) < 40 * 3 * 3


def test_pictures_whose_features_lie_alike_are_candidates_both_ways():
    images = make_images("n0", "n1", "n2")
    images["views"], images["phash256"], images["hash_bits"] = [[0] * len(VIEW_NAMES)] * 3, [bytes(32)] * 3, 0
    images["pixels"] = ["0", "1", "2"]
    alike = [(0, 1, "features"), (0, 1, "neighbour+mirror"), (1, 2, "features+mirror")]
    nets = find_candidates(images, alike, DedupeParams()).nets
    assert {key: list(found) for key, found in nets.items()} == {
        (0, 1): ["features", "neighbour+mirror"], (1, 2): ["features+mirror"]}
