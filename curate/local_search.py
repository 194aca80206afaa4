"""Pictures that share local features: an inverted index of descriptors finds them, however they are cropped.

A descriptor and its mirror image are turned to one canonical form first (as in MI-SIFT, Ma et al., 2010), so that one
search finds mirrored pictures too. The cells are those of an inverted file (Sivic and Zisserman, Video Google, 2003).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from curate.geometry import MIRRORED

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]  # of descriptors: there are many

CENTRES = 8192  # cells
CODEBOOK = Path(__file__).parent / "models" / "codebook.npz"
FEW = 8192  # descriptors among which all are looked at
# In how many cells, the nearest, a descriptor looks: in fewer where each holds more, so that it meets as many others.
LEAST_ASKED, MOST_ASKED, LOOKED_AT = 2, 8, 2000
NEAREST = 8  # matches that one feature may have
ALIKE = 0.93  # cosine from which two descriptors may be of one spot
LIKELY = 0.9  # the same in two pictures that are likely to be alike
# A descriptor that many others of a cell look like says as little as a word that every text has (the stop list of
# Video Google): it looks for none of them, and a cell that holds so many times the usual number is not looked at.
COMMON, CROWDED, MOST_IN_CELL = 128, 10, 1000
QUERIES = 65536
COMPARED = 500_000  # pairs of descriptors at a time: bounds the memory


@dataclass(frozen=True)
class Matches:
    """Features of two pictures that look alike, an entry each; arrays of one length, sorted by pictures, mirrored."""

    picture_a: Integers  # < picture_b
    picture_b: Integers
    feature_a: Integers  # which of the picture's features
    feature_b: Integers
    mirrored: npt.NDArray[np.bool_]


def canonical(descriptors: Bytes) -> tuple[Bytes, npt.NDArray[np.bool_]]:
    """Return the descriptors (n, 128) turned so that their first half is the stronger, and which were mirrored."""
    turned = descriptors[:, :64].sum(axis=1, dtype=np.int64) < descriptors[:, 64:].sum(axis=1, dtype=np.int64)
    out = descriptors.copy()
    out[turned] = descriptors[turned][:, MIRRORED]
    return out, turned


def find_matches(descriptors: Sequence[Bytes], threads: int = 1) -> Matches:
    """Return the features that look alike in different pictures.

    Args:
        descriptors: of each picture, uint8 (n, 128), n at most 256, see :class:`curate.geometry.Features`.
        threads: that compare.
    """
    owner = np.repeat(np.arange(len(descriptors)), [len(d) for d in descriptors])
    if len(owner) < 2:
        return _unpack(np.zeros(0, np.int64), 1)
    codes, turned = canonical(np.concatenate(descriptors))
    rows, others = _keep_nearest(*_search(codes, owner, find_cells(codes), threads))
    a, b = np.minimum(rows, others), np.maximum(rows, others)
    number = np.arange(len(owner)) - np.searchsorted(owner, owner)  # of a feature in its picture
    packed = _pack(owner[a] * len(descriptors) + owner[b], number[a], number[b], turned[a] != turned[b])
    return _unpack(np.unique(packed), len(descriptors))


def match_pairs(pairs: Sequence[tuple[int, int]], descriptors: Sequence[Bytes]) -> Matches:
    """Return the features that look most alike in both pictures of each pair, each in the other's eyes.

    Args:
        pairs: sorted, of places in ``descriptors``, the lower one first.
        descriptors: as for :func:`find_matches`.
    """
    found = [np.zeros(0, np.int64)]
    with threadpool_limits(1, user_api="blas"):  # the products are too small to be shared out
        for a, b in pairs:
            if min(len(descriptors[a]), len(descriptors[b])):
                of_a, of_b, mirrored = _match_pair(descriptors[a], descriptors[b])
                found.append(_pack(a * len(descriptors) + b, of_a, of_b, mirrored))
    return _unpack(np.sort(np.concatenate(found)), max(len(descriptors), 1))


def _match_pair(a: Bytes, b: Bytes) -> tuple[Integers, Integers, npt.NDArray[np.bool_]]:
    (codes_a, turned_a), (codes_b, turned_b) = canonical(a), canonical(b)
    cosines = _unit(codes_a) @ _unit(codes_b).T
    of_a, of_b = np.arange(len(codes_a)), cosines.argmax(axis=1)
    good = (cosines[of_a, of_b] >= LIKELY) & (cosines.argmax(axis=0)[of_b] == of_a)
    of_a, of_b = of_a[good], of_b[good]
    return of_a, of_b, turned_a[of_a] != turned_b[of_b]


def _unit(codes: Bytes) -> Floats:
    """Return descriptors (n, 128) at a length of one."""
    values = codes.astype(np.float32)
    return values / np.sqrt(np.einsum("ij,ij->i", values, values)).clip(1)[:, None]


def _pack(pair: Integers | int, of_a: Integers, of_b: Integers, mirrored: npt.NDArray[np.bool_]) -> Integers:
    """Return each match as one number, by which it is sorted as :class:`Matches` are: one sorts faster than five."""
    return ((pair * 2 + mirrored) * 256 + of_a) * 256 + of_b


def _unpack(packed: Integers, pictures: int) -> Matches:
    """Return sorted matches that :func:`_pack` packed."""
    pair, features = packed >> 17, packed & 0xFFFF
    return Matches(pair // pictures, pair % pictures, features >> 8, features & 0xFF, (packed >> 16 & 1).astype(bool))


def find_cells(codes: Bytes) -> npt.NDArray[np.int32]:
    """Return the cells (n, some) nearest to each descriptor, the nearest first; a single one where there are few."""
    if len(codes) <= FEW:
        return np.zeros((len(codes), 1), np.int32)
    quantizer, asked = _quantizer(), int(np.clip(LOOKED_AT * CENTRES / len(codes), LEAST_ASKED, MOST_ASKED))
    cells = np.empty((len(codes), asked), np.int32)
    for start in range(0, len(codes), QUERIES):
        block = codes[start:start + QUERIES].astype(np.float32)
        cells[start:start + QUERIES] = quantizer.search(block, asked)[1]
    return cells


def _quantizer() -> faiss.IndexHNSWFlat:
    """Return what finds the cells nearest to a descriptor."""
    centres = np.load(CODEBOOK)["centres"].astype(np.float32)
    quantizer = faiss.IndexHNSWFlat(centres.shape[1], 16)
    quantizer.hnsw.efSearch = MOST_ASKED
    quantizer.add(centres)
    return quantizer


def _search(codes: Bytes, owner: Integers, cells: npt.NDArray[np.int32],
            threads: int) -> tuple[Rows, Rows, Floats]:
    """Return descriptors, others in other pictures that look like them, and the cosines of the two.

    One product of matrices a cell: those that look there with those whose nearest cell it is.
    """
    held, looking = _by_cell(cells[:, 0]), _by_cell(cells.ravel())
    most = max(CROWDED * len(codes) / len(held), MOST_IN_CELL) if cells.shape[1] > 1 else len(codes)

    def compare(cell: int) -> list[tuple[Rows, Rows, Floats]]:
        members, asking = held[cell], looking[cell] // cells.shape[1]
        if len(members) > most:
            return []
        there, step = _unit(codes[members]), max(1, COMPARED // len(members))
        return [_compare(asking[n:n + step], _unit(codes[asking[n:n + step]]), members, there, owner)
                for n in range(0, len(asking), step)]

    with ThreadPoolExecutor(threads) as pool, threadpool_limits(1, user_api="blas"):
        found = [part for parts in pool.map(compare, held) for part in parts]
    found.append((np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32)))
    rows, others, cosines = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, others, cosines


def _by_cell(cells: npt.NDArray[np.int32]) -> dict[int, Integers]:
    """Return the places of each cell."""
    order = np.argsort(cells, kind="stable")
    there, starts = np.unique(cells[order], return_index=True)
    return dict(zip(there.tolist(), np.split(order, starts[1:]), strict=True))


def _compare(rows: Integers, codes: Floats, members: Integers, there: Floats,
             owner: Integers) -> tuple[Rows, Rows, Floats]:
    """Return which of ``rows`` and of ``members`` look alike, of each row the nearest, and their cosines."""
    cosines = codes @ there.T
    alike = cosines >= ALIKE
    count = np.count_nonzero(alike, axis=1)
    many = np.flatnonzero((count > NEAREST) & (count <= COMMON))
    if len(many):
        alike[many] = cosines[many] >= np.partition(cosines[many], -NEAREST, axis=1)[:, -NEAREST, None]
    telling = np.flatnonzero((count > 0) & (count <= COMMON))
    row, member = np.nonzero(alike[telling])
    row = telling[row]
    apart = owner[rows[row]] != owner[members[member]]
    row, member = row[apart], member[apart]
    return rows[row].astype(np.int32), members[member].astype(np.int32), cosines[row, member]


def _keep_nearest(rows: Rows, others: Rows, cosines: Floats) -> tuple[Integers, Integers]:
    """Return of each row's matches the NEAREST that are most alike."""
    steps = 4096  # in which the cosines are told apart: one number is sorted much faster than two
    far = ((1 - cosines.clip(ALIKE, 1)) * ((steps - 1) / (1 - ALIKE))).astype(np.int64)
    order = np.argsort(rows * np.int64(steps) + far, kind="stable")
    rows = rows[order]
    nearest = np.arange(len(rows)) - np.searchsorted(rows, rows) < NEAREST
    return rows[nearest].astype(np.int64), others[order[nearest]].astype(np.int64)
