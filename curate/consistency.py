"""Do features that look alike lie alike? Asked of all pairs of pictures at once, before any is looked at alone.

As in weak geometric consistency (Jégou, Douze and Schmid, Hamming Embedding and Weak Geometric Consistency, 2008):
each match says by its place, size and direction how one picture would lie on the other, and matches that come from
one photograph say about the same. Those of two cars before the same kind of wall contradict each other.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from curate.local_search import Matches

REACH = 0.06  # of the longer side: by how much a match may miss the place that another one predicts
RATIO = float(np.log(1.6))  # by how much the logarithms of their scales may differ
TURN = float(np.radians(30))  # by how much their rotations may differ
AGREEING = 3  # features of each picture, matches of which must say about the same
CLOSER = (0.5, 0.25)  # of REACH: by how much they may miss the place that they predict together, round by round
MOST_FEATURES = 256  # of a picture
LEAST_SCALE = 1e-3  # of a fit to places that all but coincide
COMPARED = 2_000_000  # pairs of matches at a time: bounds the memory

Integers = npt.NDArray[np.int64]
Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True)
class Alikeness:
    """Pairs of pictures whose local features look and lie alike; arrays of one length, a pair once as it is and once
    mirrored at most.

    A point z = x + iy of b (of its mirror image), px of the thumbnail, lies at about ``turn`` · z + ``shift`` in a.
    """

    picture_a: Integers
    picture_b: Integers
    mirrored: npt.NDArray[np.bool_]
    agreeing: Integers  # features of each picture whose matches say the same
    turn: Complexes
    shift: Complexes

    def __len__(self) -> int:
        return len(self.picture_a)

    def __getitem__(self, chosen: Any) -> "Alikeness":
        return Alikeness(*(getattr(self, field.name)[chosen] for field in fields(self)))


def find_consistent(matches: Matches, features: npt.NDArray[np.void], rows: Integers, least: int) -> Alikeness:
    """Return the pictures of which ``least`` features look alike and AGREEING of them lie alike.

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
    found = [Alikeness(*(np.zeros(0, kind) for kind in (np.int64, np.int64, bool, np.int64, complex, complex)))]
    begin = 0
    while begin < len(starts):
        done = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, done + COMPARED, "right")))
        part = _agree(matches, features, rows, starts[begin:end], sizes[begin:end])
        found.append(part[part.agreeing >= AGREEING])
        begin = end
    return Alikeness(*(np.concatenate([getattr(part, field.name) for part in found]) for field in fields(Alikeness)))


def _agree(matches: Matches, features: npt.NDArray[np.void], rows: Integers, starts: Integers,
           sizes: Integers) -> Alikeness:
    """Return of each run of matches how many features agree with that one with which most do, and their similarity."""
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
    near = np.abs(missed) < reach[one]
    one, other = one[near], other[near]
    agreeing = np.bincount(one, minlength=len(chosen))
    run = np.repeat(np.arange(len(sizes)), sizes)
    best = np.lexsort((np.arange(len(chosen)), -agreeing, run))[firsts]  # of each run the first with most
    member = other[best[run[one]] == one]
    for closer in CLOSER:
        turns, shifts = _fit(places_a[member], places_b[member], run[member], len(sizes))
        missed = np.abs(turns[run[member]] * places_b[member] + shifts[run[member]] - places_a[member])
        member = member[missed < closer * reach[member]]
    distinct = [_count_distinct(run[member], feature[chosen[member]], len(sizes))
                for feature in (matches.feature_a, matches.feature_b)]
    return Alikeness(matches.picture_a[starts], matches.picture_b[starts], matches.mirrored[starts],
                     np.minimum(*distinct), turns, shifts)


def _count_distinct(run: Integers, feature: Integers, count: int) -> Integers:
    """Return of each run how many features there are; one that looks like many others counts once."""
    return np.bincount(np.unique(run * MOST_FEATURES + feature) // MOST_FEATURES, minlength=count)


def _fit(places_a: Complexes, places_b: Complexes, run: Integers, count: int) -> tuple[Complexes, Complexes]:
    """Return of each run the least-squares similarity from its places in b to those in a, as turn and shift."""
    number = np.maximum(np.bincount(run, minlength=count), 1)
    mean_a, mean_b = (_sum(places, run, count) / number for places in (places_a, places_b))
    a, b = places_a - mean_a[run], places_b - mean_b[run]
    power = np.bincount(run, np.abs(b) ** 2, count)
    turn = _sum(a * b.conj(), run, count) / np.maximum(power, 1e-9)
    turn = np.where(np.abs(turn) < LEAST_SCALE, LEAST_SCALE, turn)
    return turn, mean_a - turn * mean_b


def _sum(values: Complexes, run: Integers, count: int) -> Complexes:
    return np.bincount(run, values.real, count) + 1j * np.bincount(run, values.imag, count)


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
