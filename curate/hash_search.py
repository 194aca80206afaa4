"""All hashes within a Hamming distance of others, exactly: faiss for some, multi-index hashing for many."""

from collections.abc import Iterator
from itertools import combinations

import faiss
import numpy as np
import numpy.typing as npt

QUERIES = 8192  # hashes asked at a time: bounds the memory of one answer
MANY = 40_000  # 64-bit hashes from which not every one is compared with every other
# Distance up to which hashes are cut into so many words; one of them then differs by at most FLIPS bits.
WORDS = {8: 3, 11: 4}
FLIPS = 2
COMPARED = 4_000_000  # pairs compared at a time

Rows = npt.NDArray[np.int64]
Found = tuple[Rows, Rows, Rows]
Words = npt.NDArray[np.uint64]


def search_hamming(index_codes: npt.NDArray[np.uint8], query_codes: npt.NDArray[np.uint8],
                   distance: int) -> Iterator[Found]:
    """Yield query rows, index rows and distances of all codes at most ``distance`` bits apart.

    Args:
        index_codes: uint8 (n, bytes). query_codes: uint8 (m, bytes).
        distance: the greatest Hamming distance, included (faiss' own radius is strict).
    """
    index = faiss.IndexBinaryFlat(index_codes.shape[1] * 8)
    index.add(np.ascontiguousarray(index_codes))
    for start in range(0, len(query_codes), QUERIES):
        block = np.ascontiguousarray(query_codes[start:start + QUERIES])
        limits, distances, rows = index.range_search(block, distance + 1)
        asked = np.repeat(np.arange(start, start + len(block)), np.diff(limits.astype(np.int64)))
        yield asked, rows, distances.astype(np.int64)


def search_words(index: Words, queries: Words, distance: int) -> Iterator[Found]:
    """Yield query rows, index rows and distances of all 64-bit hashes at most ``distance`` bits apart.

    Many are found by multi-index hashing (Norouzi, Punjani and Fleet, Fast Search in Hamming Space with Multi-Index
    Hashing, 2012): of the words into which a hash is cut one differs by a few bits only, and its values are looked up.
    The time grows with the number of queries, not with its square.
    """
    count = next((words for most, words in WORDS.items() if distance <= most), None)
    if len(index) < MANY or count is None:
        yield from search_hamming(_octets(index), _octets(queries), distance)
        return
    width = -(-64 // count)
    shifts = [np.uint64(width * n) for n in range(count)]
    mask = np.uint64((1 << width) - 1)
    for n, shift in enumerate(shifts):
        keys = ((index >> shift) & mask).astype(np.int64)
        order = np.argsort(keys, kind="stable")
        starts = np.searchsorted(keys[order], np.arange((1 << width) + 1)).astype(np.int64)
        for flip in _flips(width):
            for asked, rows in _look_up(((queries >> shift) & mask).astype(np.int64) ^ flip, order, starts):
                differ = queries[asked] ^ index[rows]
                apart = np.bitwise_count(differ)
                good = apart <= distance
                for earlier in shifts[:n]:  # found by that word already
                    good &= np.bitwise_count((differ >> earlier) & mask) > FLIPS
                if good.any():
                    yield asked[good], rows[good], apart[good].astype(np.int64)


def _flips(width: int) -> list[int]:
    """Return the words of ``width`` bits with at most FLIPS bits set."""
    return [sum(1 << bit for bit in bits) for count in range(FLIPS + 1) for bits in combinations(range(width), count)]


def _look_up(keys: Rows, order: Rows, starts: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Yield rows of ``keys`` and rows of the index that have the key, some millions at a time."""
    first = starts[keys]
    sizes = starts[keys + 1] - first
    asked = np.flatnonzero(sizes)
    ends = np.cumsum(sizes[asked])
    begin = 0
    while begin < len(asked):
        done = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, done + COMPARED, "right")))
        part = asked[begin:end]
        counts = sizes[part]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        yield np.repeat(part, counts), order[np.repeat(first[part], counts) + within]
        begin = end


def _octets(words: Words) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(words).astype(">u8").view(np.uint8).reshape(len(words), 8)
