"""Which pictures are worth comparing: nets of hashes, local features and neighbours find pairs of pictures."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import faiss
import numpy as np
import numpy.typing as npt
import pandas as pd

from curate.hash_search import search_hamming, search_words
from curate.hashes import ORIENTATIONS, VIEW_NAMES, turn_fine, turn_words
from curate.params import DedupeParams
from curate.verification import Pair

QUERIES = 8192  # embeddings asked at a time: bounds the memory of one answer
MANY = 50_000  # pictures from which only 256-bit hashes whose 64 coarse bits are alike are compared
COARSE_DISTANCE = 11  # bits of the 64 by which those may differ

Rows = npt.NDArray[np.int64]
Key = tuple[int, int]


@dataclass
class Candidates:
    """Pairs of rows (a < b): the nets that found each, and the least distance of the hashes of each net."""

    nets: dict[Key, dict[str, int | None]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, a: int, b: int, net: str, distance: int | None = None) -> None:
        """Note that ``net`` found the pair; of several distances of one net the least counts."""
        found = self.nets[(a, b) if a < b else (b, a)]
        before = found.get(net)
        if net not in found or (distance is not None and before is not None and distance < before):
            found[net] = distance

    def pair(self, key: Key) -> Pair:
        """Return what verification needs of one pair."""
        return Pair(*key, tuple(sorted(self.nets[key])))

    def hash_distance(self, key: Key) -> int | None:
        """Return the least distance of the hashes that found the pair, or None."""
        return min((d for d in self.nets[key].values() if d is not None), default=None)


def find_candidates(images: pd.DataFrame, alike: Iterable[tuple[int, int, str]], params: DedupeParams) -> Candidates:
    """Return the pairs of rows of ``images`` that are worth comparing.

    Args:
        images: tables.IMAGES of decodable pictures.
        alike: rows whose local features look and lie alike, and the name of the net that found them.
        params: the section dedupe.
    """
    candidates = Candidates()
    if images.empty:
        return candidates
    add_exact(candidates, images["pixels"])
    views = np.array(images["views"].tolist(), np.uint64).reshape(len(images), -1)
    carries = images["hash_bits"].to_numpy(dtype=np.int64) >= params.hash_bits
    for net, a, b, distance in find_by_views(views, carries, params.phash_distance):
        _add_nearest(candidates, net, a, b, distance, params.most_per_net)
    fine = np.frombuffer(b"".join(images["phash256"]), np.uint8).reshape(len(images), -1)
    for net, a, b, distance in find_by_fine_hash(fine, views[:, 0], carries, params.phash256_distance):
        _add_nearest(candidates, net, a, b, distance, params.most_per_net)
    for row, other, net in alike:
        candidates.add(row, other, net)
    return candidates


def add_exact(candidates: Candidates, pixels: pd.Series) -> None:
    """Add the pictures whose decoded pixels are equal, whatever file is around them."""
    for rows in pixels.reset_index(drop=True).groupby(pixels.to_numpy()).indices.values():
        for n in range(1, len(rows)):
            candidates.add(int(rows[0]), int(rows[n]), "exact", 0)


def _add_nearest(candidates: Candidates, net: str, a: Rows, b: Rows, distance: Rows, most: int) -> None:
    """Add a net's pairs, of each picture a only the ``most`` of least distance: look-alikes must not grow squarely."""
    order = np.lexsort((b, distance, a))
    a, b, distance = a[order], b[order], distance[order]
    place = np.arange(len(a)) - np.searchsorted(a, a)
    for n in np.flatnonzero(place < most).tolist():
        candidates.add(int(a[n]), int(b[n]), net, int(distance[n]))


def find_by_views(views: npt.NDArray[np.uint64], carries: npt.NDArray[np.bool_],
                  distance: int) -> Iterator[tuple[str, Rows, Rows, Rows]]:
    """Yield (net, rows, rows, distances): a view of one picture looks like the whole or the trimmed other.

    Args:
        views: uint64 (n, len(VIEW_NAMES)).
        carries: bool (n,), whether the hash of the picture carries enough to be asked for.
        distance: the greatest Hamming distance.
    """
    rows = np.flatnonzero(carries)
    if len(rows) < 2:
        return
    whole, trim = views[rows, VIEW_NAMES.index("whole")], views[rows, VIEW_NAMES.index("trim")]
    trimmed = np.flatnonzero(whole != trim)
    indexed = np.concatenate([rows, rows[trimmed]])
    index = np.concatenate([whole, trim[trimmed]])
    for view, name in enumerate(VIEW_NAMES):
        turns = ORIENTATIONS if name == "whole" else ("", "mirror")
        for turn in turns:
            net = "+".join(filter(None, ("" if name == "whole" else name, turn))) or "phash"
            queries = turn_words(views[rows, view], turn)
            for asked, found, distances in search_words(index, queries, distance):
                a, b = rows[asked], indexed[found]
                other = a != b
                yield net, a[other], b[other], distances[other]


def find_by_fine_hash(fine: npt.NDArray[np.uint8], coarse: npt.NDArray[np.uint64], carries: npt.NDArray[np.bool_],
                      distance: int) -> Iterator[tuple[str, Rows, Rows, Rows]]:
    """Yield (net, rows, rows, distances) of 256-bit hashes at most ``distance`` bits apart, as is and mirrored.

    Args:
        fine: uint8 (n, 32). coarse: uint64 (n,), the same pictures' 64-bit hashes: the lowest frequencies of ``fine``.
        carries: bool (n,), whether the hash of the picture carries enough to be asked for.
        distance: the greatest Hamming distance.
    """
    rows = np.flatnonzero(carries)
    if len(rows) < 2:
        return
    for turn in ("", "mirror"):
        net, turned = "phash256+mirror" if turn else "phash256", turn_fine(fine[rows], turn)
        for asked, found, distances in (search_hamming(fine[rows], turned, distance) if len(rows) < MANY else
                                        _search_alike(fine[rows], turned, coarse[rows], turn)):
            a, b = rows[asked], rows[found]
            other = (a < b) & (distances <= distance)
            yield net, a[other], b[other], distances[other]


def _search_alike(fine: npt.NDArray[np.uint8], turned: npt.NDArray[np.uint8], coarse: npt.NDArray[np.uint64],
                  turn: str) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Yield query rows, index rows and distances of the 256-bit hashes whose coarse bits are alike."""
    for asked, found, _ in search_words(coarse, turn_words(coarse, turn), COARSE_DISTANCE):
        distances = np.bitwise_count(turned[asked].view(np.uint64) ^ fine[found].view(np.uint64)).sum(axis=1)
        yield asked, found, distances.astype(np.int64)


def find_neighbours(embeddings: npt.NDArray[np.float16], count: int, similarity: float) -> list[tuple[int, int]]:
    """Return rows (a < b) of which one is among the other's ``count`` nearest of at least this cosine similarity.

    Args:
        embeddings: float16 (n, size), of unit length.
    """
    if len(embeddings) < 2 or not count:
        return []
    index = faiss.IndexFlatIP(embeddings.shape[1])
    for start in range(0, len(embeddings), QUERIES):
        index.add(embeddings[start:start + QUERIES].astype(np.float32))
    pairs: set[Key] = set()
    for start in range(0, len(embeddings), QUERIES):
        block = embeddings[start:start + QUERIES].astype(np.float32)
        similarities, rows = index.search(block, count + 1)
        asked = np.repeat(np.arange(start, start + len(block)), rows.shape[1]).reshape(rows.shape)
        good = (similarities >= similarity) & (rows != asked) & (rows >= 0)
        pairs.update((min(pair), max(pair)) for pair in zip(asked[good].tolist(), rows[good].tolist(), strict=True))
    return sorted(pairs)
