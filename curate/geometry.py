"""How one picture lies on another: local features, matches, and the affine transform that they agree on.

Coordinates are continuous px of the thumbnail: the first pixel spans 0 to 1, so that scaling a picture scales them.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from curate.preview import PREVIEW, make_preview

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

FEATURE_SIDE = 240  # longer side on which features are found, px
COUNT = 256  # features a picture
DOUBLED = 0.25  # px by which OpenCV says SIFT features too far right and below: it finds them at twice the size
UNIT = 512.0  # a descriptor of unit length is kept as bytes of this scale
TOLERANCE = 0.0125  # of the longer side: by how much a feature may miss its place when one match sets the transform
FIT = 0.008  # of the longer side: the same once many features set the transform
WIDEST = 2.5 * FIT  # of the longer side: the same in between
ALIKE = 0.8  # cosine of two descriptors that guided matching accepts
DISTINCT = 0.85  # Lowe's ratio test (Distinctive Image Features from Scale-Invariant Keypoints, 2004)
FEW = 5  # features that must agree on a transform
MOST_STRETCH = 2.0  # ratio of the axes beyond which a transform is no edit of a photograph
# The mirror image's descriptor: rows of cells change sides and directions turn the other way.
MIRRORED = np.arange(128).reshape(4, 4, 8)[::-1][:, :, [0, 7, 6, 5, 4, 3, 2, 1]].ravel()

# The features of one picture and its small copy in a file of fixed rows.
ROW = np.dtype([("count", "<u2"), ("width", "<u2"), ("height", "<u2"), ("points", "<f4", (COUNT, 2)),
                ("sizes", "<f4", (COUNT,)), ("angles", "<f4", (COUNT,)), ("descriptors", "u1", (COUNT, 128)),
                ("preview", "u1", (PREVIEW, PREVIEW))])


@dataclass(frozen=True)
class Features:
    """Local features of one picture."""

    points: Floats  # (n, 2) x, y
    sizes: Floats  # (n,) px
    angles: Floats  # (n,) radians
    descriptors: Pixels  # (n, 128) RootSIFT in steps of 1 / UNIT
    width: int
    height: int

    def packed(self) -> npt.NDArray[np.void]:
        """Return the features as one row of :data:`ROW`."""
        row = np.zeros((), ROW)
        row["count"], row["width"], row["height"] = len(self.points), self.width, self.height
        for name in ("points", "sizes", "angles", "descriptors"):
            row[name][:len(self.points)] = getattr(self, name)
        return row

    @classmethod
    def unpacked(cls, row: npt.NDArray[np.void]) -> "Features":
        """Return the features of one row of :data:`ROW`."""
        count = int(row["count"])
        points, sizes, angles, descriptors = (np.array(row[name][:count]) for name in (
            "points", "sizes", "angles", "descriptors"))
        return cls(points, sizes, angles, descriptors, int(row["width"]), int(row["height"]))

    @cached_property
    def mirrored(self) -> "Features":
        """The features that the mirror image has."""
        points = self.points.copy()
        points[:, 0] = self.width - points[:, 0]
        return Features(points, self.sizes, (np.pi - self.angles).astype(np.float32),
                        np.ascontiguousarray(self.descriptors[:, MIRRORED]), self.width, self.height)

    @cached_property
    def unit(self) -> Floats:
        """The descriptors as float32 of about unit length."""
        return self.descriptors.astype(np.float32) / np.float32(UNIT)


@dataclass(frozen=True)
class Alignment:
    """The transform that lays picture b on picture a."""

    matrix: Matrix  # (2, 3): a point of b (of its mirror image where mirrored) → the point of a
    mirrored: bool
    inliers: int  # features that agree
    error: float  # median miss of the features that agree, share of a's longer side

    @property
    def scale(self) -> float:
        """The length in a of one px of b."""
        return scale_of(self.matrix)


def scale_of(matrix: Matrix) -> float:
    """Return the mean scale of an affine (2, 3)."""
    return float(np.sqrt(abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])))


def find_features(grey: Pixels, count: int = COUNT) -> Features:
    """Return the ``count`` strongest SIFT features of a grey picture, strongest first.

    Their descriptors are RootSIFT (Arandjelović and Zisserman, Three things everyone should know, 2012).
    """
    height, width = grey.shape
    scale = min(1.0, FEATURE_SIDE / max(height, width))
    small = cv2.resize(grey, (max(1, round(width * scale)), max(1, round(height * scale))),
                       interpolation=cv2.INTER_AREA) if scale < 1 else grey
    keypoints, descriptors = cv2.SIFT.create(nfeatures=count, contrastThreshold=0.02).detectAndCompute(small, None)
    if descriptors is None or not len(keypoints):
        empty = np.zeros(0, np.float32)
        return Features(np.zeros((0, 2), np.float32), empty, empty, np.zeros((0, 128), np.uint8), width, height)
    strongest = np.lexsort(([k.pt[1] for k in keypoints], [k.pt[0] for k in keypoints],
                            [-k.response for k in keypoints]))[:count]
    keypoints, descriptors = [keypoints[n] for n in strongest], descriptors[strongest]
    back = np.array([width / small.shape[1], height / small.shape[0]], np.float32)
    points = (np.array([k.pt for k in keypoints], np.float32) + np.float32(0.5 - DOUBLED)) * back
    root = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9))
    return Features(points.astype(np.float32), np.array([k.size for k in keypoints], np.float32) * back[0],
                    np.radians(np.array([k.angle for k in keypoints], np.float32)),
                    np.clip(np.rint(root * UNIT), 0, 255).astype(np.uint8), width, height)


def describe(grey: Pixels) -> npt.NDArray[np.void]:
    """Return the features and the small copy of a grey picture as one row of :data:`ROW`."""
    row, preview = find_features(grey).packed(), make_preview(grey)
    row["preview"][:preview.shape[0], :preview.shape[1]] = preview
    return row


def match(likeness: Floats) -> npt.NDArray[np.int64]:
    """Return mutual nearest descriptors that pass the ratio test, int64 (n, 2): rows of a and of b.

    Args:
        likeness: cosines (features of a, features of b).
    """
    if min(likeness.shape) < 2:
        return np.zeros((0, 2), np.int64)
    rows = np.arange(len(likeness))
    nearest = likeness.argmax(axis=1)
    best = likeness[rows, nearest]
    likeness[rows, nearest] = -1
    second = likeness.max(axis=1)
    likeness[rows, nearest] = best
    apart = np.sqrt(np.maximum(2 - 2 * np.stack([best, second]), 0))
    good = apart[0] < DISTINCT * apart[1]
    good[good] = (likeness[:, nearest[good]] <= best[good]).all(axis=0)
    return np.stack([rows[good], nearest[good]], axis=1)


def similarities(a: Features, b: Features, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the similarity transform that each single match sets by place, size and direction; float64 (n, 2, 3)."""
    i, j = pairs[:, 0], pairs[:, 1]
    ratio = (a.sizes[i] / np.maximum(b.sizes[j], 1e-6)).astype(float)
    turn = (a.angles[i] - b.angles[j]).astype(float)
    cosine, sine = ratio * np.cos(turn), ratio * np.sin(turn)
    linear = np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], 1)
    shift = a.points[i] - np.einsum("nij,nj->ni", linear, b.points[j].astype(float))
    return np.concatenate([linear, shift[:, :, None]], axis=2)


def agree(a: Features, b: Features, pairs: npt.NDArray[np.int64]) -> tuple[Matrix | None, npt.NDArray[np.bool_]]:
    """Return the similarity of one match that most matches agree with, fitted to those, and which they are.

    Each match is a hypothesis of its own, so that nothing is drawn by lot (as RANSAC does) and the result is always
    the same.
    """
    none = np.zeros(len(pairs), bool)
    if not len(pairs):
        return None, none
    transforms = similarities(a, b, pairs)
    places = b.points[pairs[:, 1]].astype(float)
    targets = a.points[pairs[:, 0]].astype(float)
    missed = (transforms[:, :, :2].reshape(-1, 2) @ places.T).reshape(len(pairs), 2, -1)
    missed += transforms[:, :, 2:] - targets.T
    inside = (missed * missed).sum(axis=1) < (2 * TOLERANCE * max(a.width, a.height)) ** 2
    best = int(inside.sum(axis=1).argmax())
    chosen = inside[best]
    if chosen.sum() < 3:
        return None, none
    return fit_similarity(places[chosen], targets[chosen]), chosen


def fit_similarity(source: npt.NDArray[np.float64], target: npt.NDArray[np.float64]) -> Matrix:
    """Return the least-squares similarity (2, 3) from points (n, 2) to points (n, 2)."""
    mean_s, mean_t = source.mean(axis=0), target.mean(axis=0)
    s, t = source - mean_s, target - mean_t
    power = max(float((s * s).sum()), 1e-9)
    cosine = float((s * t).sum()) / power
    sine = float((s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]).sum()) / power
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([linear, mean_t - linear @ mean_s])


def fit_affine(source: npt.NDArray[np.float64], target: npt.NDArray[np.float64]) -> Matrix:
    """Return the least-squares affine (2, 3) from points (n, 2) to points (n, 2)."""
    mean_s, mean_t = source.mean(axis=0), target.mean(axis=0)
    s, t = source - mean_s, target - mean_t
    power = s.T @ s
    power += np.eye(2) * (1e-9 * np.trace(power) + 1e-9)  # points on one line
    linear = np.linalg.solve(power, s.T @ t).T
    return np.column_stack([linear, mean_t - linear @ mean_s])


def is_edit(matrix: Matrix) -> bool:
    """Return whether an edit of a photograph could be this transform: not torn, stretched or collapsed."""
    (p, q), (r, t) = matrix[:, :2]
    area, power = p * t - q * r, (p * p + q * q + r * r + t * t) / 2
    root = np.sqrt(max(power * power - area * area, 0.0))
    great, small = np.sqrt(power + root), np.sqrt(max(power - root, 0.0))  # the singular values
    return bool(area > 0 and small > 0.05 and great < 20 and great < MOST_STRETCH * small)


def grow(a: Features, b: Features, likeness: Floats, matrix: Matrix,
         rounds: int = 4) -> tuple[Matrix, int, float] | None:
    """Match again near the places that ``matrix`` predicts and fit an affine transform; return it, inliers, error.

    The search narrows from round to round while the model goes from a similarity to an affine transform, so that a
    stretched picture is followed from the part in which a similarity fits.
    """
    side = max(a.width, a.height)
    rows, columns = np.nonzero(likeness > ALIKE)
    missed = _missed(matrix, b.points[columns], a.points[rows])
    near = np.flatnonzero(missed < (2 * WIDEST * side) ** 2)  # the others stay out of reach in every round
    near = near[np.argsort(-likeness[rows[near], columns[near]], kind="stable")]
    rows, columns = rows[near], columns[near]
    source, target = b.points[columns].astype(float), a.points[rows].astype(float)
    inliers, error = 0, 0.0
    for reach in np.geomspace(WIDEST, FIT, rounds) * side:
        near = np.flatnonzero(_missed(matrix, source, target) < reach * reach)
        near = _first_of_each(_first_of_each(near, rows, len(a.points)), columns, len(b.points))
        if len(near) < FEW:
            return None
        fit = fit_affine if len(near) >= 8 else fit_similarity
        matrix = fit(source[near], target[near])
        if not is_edit(matrix):
            return None
        inliers, error = len(near), float(np.sqrt(np.median(_missed(matrix, source[near], target[near])))) / side
    return matrix, inliers, error


def _missed(matrix: Matrix, source: npt.NDArray[Any], target: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return by how much ``matrix`` misses each target (n, 2), squared."""
    missed = source @ matrix[:, :2].T + matrix[:, 2] - target
    return (missed * missed).sum(axis=1)


def _first_of_each(places: npt.NDArray[np.int64], kind: npt.NDArray[np.int64],
                   count: int) -> npt.NDArray[np.int64]:
    """Return those of the sorted ``places`` that are the first of their kind (of ``count`` kinds), sorted."""
    first = np.full(count, -1)
    first[kind[places[::-1]]] = places[::-1]
    return np.sort(first[first >= 0])


def align(a: Features, b: Features, mirrored: bool) -> Alignment | None:
    """Return the transform on which most features agree, or None where hardly any do.

    Args:
        a, b: features of the two pictures; b's are those of the mirror image where ``mirrored``.
        mirrored: noted in the result.
    """
    if min(len(a.points), len(b.points)) < FEW:
        return None
    likeness = a.unit @ b.unit.T
    pairs = match(likeness)
    matrix, agreeing = agree(a, b, pairs)
    if matrix is None or agreeing.sum() < FEW or not is_edit(matrix):
        return None
    grown = grow(a, b, likeness, matrix)
    return Alignment(grown[0], mirrored, grown[1], grown[2]) if grown is not None else None
