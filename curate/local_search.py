"""Pictures that share local features: an inverted index of descriptors finds them, however they are cropped.

A descriptor and its mirror image are turned to one canonical form first (as in MI-SIFT, Ma et al., 2010), so that one
search finds mirrored pictures too. The cells are those of an inverted file (Sivic and Zisserman, Video Google, 2003).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from curate.geometry import MIRRORED, UNIT

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]

CENTRES = 8192  # cells
CODEBOOK = Path(__file__).parent / "models" / "codebook.npz"
SCANNED = 2000  # descriptors that a query looks at, about
FEW = 20_000  # descriptors among which all are looked at
NEAREST = 8  # matches that one feature may have
ALIKE = 0.93  # cosine from which two descriptors may be of one spot
QUERIES = 65536


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


def find_matches(descriptors: Sequence[Bytes]) -> Matches:
    """Return the features that look alike in different pictures.

    Args:
        descriptors: of each picture, uint8 (n, 128), see :class:`curate.geometry.Features`.
    """
    owner = np.repeat(np.arange(len(descriptors)), [len(d) for d in descriptors])
    if len(owner) < 2:
        empty = np.zeros(0, np.int64)
        return Matches(empty, empty, empty, empty, empty.astype(bool))
    first = np.searchsorted(owner, np.arange(len(descriptors)))
    codes, turned = canonical(np.concatenate(descriptors))
    found = [(rows, others) for rows, others in _search(codes, owner)]
    rows, others = (np.concatenate(part) for part in zip(*found, strict=True))
    swap = owner[rows] > owner[others]
    a, b = np.where(swap, others, rows), np.where(swap, rows, others)
    once = np.unique(a * len(owner) + b)
    a, b = once // len(owner), once % len(owner)
    order = np.lexsort((turned[a] != turned[b], owner[b], owner[a]))
    a, b = a[order], b[order]
    return Matches(owner[a], owner[b], a - first[owner[a]], b - first[owner[b]], turned[a] != turned[b])


def _search(codes: Bytes, owner: Integers) -> Iterator[tuple[Integers, Integers]]:
    """Yield rows of descriptors and of others, in other pictures, that look like them."""
    quantizer = _quantizer()  # held here: the index only points to it
    index = faiss.IndexFlatL2(codes.shape[1]) if len(codes) <= FEW else _inverted_index(quantizer, len(codes))
    for start in range(0, len(codes), QUERIES):
        index.add(codes[start:start + QUERIES].astype(np.float32))
    limit = (2 - 2 * ALIKE) * UNIT * UNIT
    for start in range(0, len(codes), QUERIES):
        distances, found = index.search(codes[start:start + QUERIES].astype(np.float32), NEAREST + 1)
        rows = np.arange(start, start + len(found))[:, None]
        good = (distances <= limit) & (found >= 0)
        good &= owner[np.maximum(found, 0)] != owner[rows]
        yield np.broadcast_to(rows, found.shape)[good], found[good]


def _quantizer() -> faiss.IndexHNSWFlat:
    """Return what finds the cells nearest to a descriptor."""
    centres = np.load(CODEBOOK)["centres"].astype(np.float32)
    quantizer = faiss.IndexHNSWFlat(centres.shape[1], 16)
    quantizer.hnsw.efSearch = 32
    quantizer.add(centres)
    return quantizer


def _inverted_index(quantizer: faiss.Index, count: int) -> faiss.Index:
    """Return an empty index over the quantizer's cells, asked in as many as hold about SCANNED descriptors."""
    index = faiss.IndexIVFScalarQuantizer(quantizer, quantizer.d, quantizer.ntotal,
                                          faiss.ScalarQuantizer.QT_8bit_direct, faiss.METRIC_L2, False)
    index.quantizer_trains_alone = 1  # type: ignore[assignment]  # a char in C++, which faiss takes as an int
    index.is_trained = True
    index.nprobe = int(np.clip(SCANNED * quantizer.ntotal / count, 4, 64))
    return index
