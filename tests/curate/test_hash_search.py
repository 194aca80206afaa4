import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate import hash_search
from curate.hash_search import search_hamming, search_words


def collect(found):
    """Return (query row, index row) → distance; each pair comes once."""
    rows = [(int(a), int(b), int(d)) for asked, rows, distances in found
            for a, b, d in zip(asked, rows, distances, strict=True)]
    assert len({row[:2] for row in rows}) == len(rows)
    return {row[:2]: row[2] for row in rows}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 2 ** 16 - 1), min_size=1, max_size=12), st.integers(0, 16))
def test_the_search_finds_exactly_the_codes_within_the_distance(values, distance):
    codes = np.array(values, ">u2").view(np.uint8).reshape(-1, 2)
    expected = {(a, b): (x ^ y).bit_count() for a, x in enumerate(values) for b, y in enumerate(values)}
    assert collect(search_hamming(codes, codes, distance)) == {k: d for k, d in expected.items() if d <= distance}


def near_copies(random, count):
    """Return hashes and others that differ from one of them by 0 to 14 bits, anywhere or all in one word."""
    index = random.integers(0, 2 ** 64, count, dtype=np.uint64)
    queries = []
    for n in range(3 * count):
        bits = random.choice(64 if n % 2 else 22, size=int(random.integers(0, 15)), replace=False)
        queries.append(int(index[n % count]) ^ sum(1 << int(bit) for bit in bits))
    return index, np.array(queries, np.uint64)


@pytest.mark.parametrize("distance", [0, 3, 8, 9, 11, 12])
def test_many_hashes_are_searched_as_exactly_as_few(distance, monkeypatch):
    index, queries = near_copies(np.random.default_rng(distance), 200)
    index = np.concatenate([index, index[:3]])  # equal hashes
    expected = {(a, b): (int(q) ^ int(i)).bit_count() for a, q in enumerate(queries) for b, i in enumerate(index)
                if (int(q) ^ int(i)).bit_count() <= distance}
    assert collect(search_words(index, queries, distance)) == expected
    monkeypatch.setattr(hash_search, "MANY", 0)
    assert collect(search_words(index, queries, distance)) == expected


def test_many_equal_hashes_come_in_parts(monkeypatch):
    monkeypatch.setattr(hash_search, "MANY", 0)
    monkeypatch.setattr(hash_search, "COMPARED", 50)
    index = np.full(30, 7, np.uint64)
    parts = list(search_words(index, index, 8))
    assert len(collect(parts)) == 900 and max(len(asked) for asked, _, _ in parts) <= 60
