"""Do features that look alike lie alike? Asked of all pairs of pictures at once, before any is looked at alone.

As in weak geometric consistency (Jégou, Douze and Schmid, Hamming Embedding and Weak Geometric Consistency, 2008):
each match says by its place, size and direction how one picture would lie on the other, and matches that come from
one photograph say about the same. Those of two cars before the same kind of wall contradict each other.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.local_search import Matches

REACH = 0.06  # of the longer side: by how much a match may miss the place that another one predicts
RATIO = float(np.log(1.6))  # by how much the logarithms of their scales may differ
TURN = float(np.radians(30))  # by how much their rotations may differ
AGREEING = 4  # matches that must say about the same
COMPARED = 2_000_000  # pairs of matches at a time: bounds the memory

Integers = npt.NDArray[np.int64]


def find_consistent(matches: Matches, features: npt.NDArray[np.void], rows: Integers,
                    least: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the pictures (a, b, mirrored) of which ``least`` features look alike and AGREEING of them lie alike.

    Args:
        matches: as :func:`curate.local_search.find_matches` returns them.
        features: rows of :data:`curate.geometry.ROW`.
        rows: of each picture that the matches name, its row of ``features``.
        least: matches that two pictures must have, all as they are or all mirrored.
    """
    begins = np.zeros(len(matches.picture_a), bool)
    for column in (matches.picture_a, matches.picture_b, matches.mirrored.astype(np.int64)):
        begins |= np.diff(column, prepend=-1) != 0
    starts = np.flatnonzero(begins)
    sizes = np.diff(np.append(starts, len(begins)))
    starts, sizes = starts[sizes >= least], sizes[sizes >= least]
    ends = np.cumsum(sizes * sizes)
    begin = 0
    while begin < len(starts):
        done = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, done + COMPARED, "right")))
        most = _most_agreeing(matches, features, rows, starts[begin:end], sizes[begin:end])
        for n in starts[begin:end][most >= AGREEING].tolist():
            yield int(matches.picture_a[n]), int(matches.picture_b[n]), bool(matches.mirrored[n])
        begin = end


def _most_agreeing(matches: Matches, features: npt.NDArray[np.void], rows: Integers, starts: Integers,
                   sizes: Integers) -> Integers:
    """Return of each run of matches the greatest number that agree with one of them, itself included."""
    firsts = np.cumsum(sizes) - sizes  # of the runs, among the matches of all runs
    chosen = np.repeat(starts - firsts, sizes) + np.arange(sizes.sum())
    ratio, turn, places_a, places_b, reach = _describe(matches, features, rows, chosen)
    counts = np.repeat(sizes, sizes)
    one = np.repeat(np.arange(len(chosen)), counts)
    other = np.repeat(np.repeat(firsts, sizes) - np.cumsum(counts) + counts, counts) + np.arange(len(one))
    good = np.abs(ratio[one] - ratio[other]) < RATIO
    good &= np.abs((turn[one] - turn[other] + np.pi) % (2 * np.pi) - np.pi) < TURN
    one, other = one[good], other[good]
    linear = np.exp(ratio + 1j * turn)
    missed = places_a[one] + linear[one] * (places_b[other] - places_b[one]) - places_a[other]
    return np.maximum.reduceat(np.bincount(one[np.abs(missed) < reach[one]], minlength=len(chosen)), firsts)


def _describe(matches: Matches, features: npt.NDArray[np.void], rows: Integers,
              chosen: Integers) -> tuple[npt.NDArray[Any], ...]:
    """Return of each match the logarithm of its scale, its rotation, its places as complex px and the reach in px.

    Places and directions of b are those in its mirror image where the match is mirrored.
    """
    mirrored = matches.mirrored[chosen]
    a, b = rows[matches.picture_a[chosen]], rows[matches.picture_b[chosen]]
    of_a, of_b = (a, matches.feature_a[chosen]), (b, matches.feature_b[chosen])
    points_a, points_b = features["points"][of_a].astype(float), features["points"][of_b].astype(float)
    x = np.where(mirrored, features["width"][b] - points_b[:, 0], points_b[:, 0])
    angle = np.where(mirrored, np.pi - features["angles"][of_b], features["angles"][of_b])
    ratio = np.log(np.maximum(features["sizes"][of_a], 1e-6) / np.maximum(features["sizes"][of_b], 1e-6))
    side = np.maximum(features["width"][a], features["height"][a])
    return (ratio.astype(float), (features["angles"][of_a] - angle).astype(float),
            points_a[:, 0] + 1j * points_a[:, 1], x + 1j * points_b[:, 1], REACH * side)
