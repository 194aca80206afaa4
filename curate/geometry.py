"""How one picture lies on another: local features, matches, and the transform that most of them agree on."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

RATIO = 0.8  # Lowe's ratio test (Distinctive Image Features from Scale-Invariant Keypoints, 2004)
TOLERANCE = 3.0  # px by which a feature may miss its place and still agree
ROUNDS = 2000
# Mirroring a picture left to right turns each SIFT histogram over: rows of cells and directions change sides.
_MIRROR = np.arange(128).reshape(4, 4, 8)[::-1][:, :, [0, 7, 6, 5, 4, 3, 2, 1]].ravel()


@dataclass(frozen=True)
class Features:
    """Local features of one picture."""

    points: Floats  # (n, 2) x, y in px
    descriptors: Floats  # (n, 128), of unit length (RootSIFT)
    width: int
    height: int

    def mirrored(self) -> "Features":
        """Return the features that the mirror image would have."""
        points = self.points.copy()
        points[:, 0] = self.width - 1 - points[:, 0]
        return Features(points, self.descriptors[:, _MIRROR], self.width, self.height)


@dataclass(frozen=True)
class Alignment:
    """The affine transform that lays picture b on picture a."""

    matrix: npt.NDArray[np.float64]  # (2, 3): point of b (mirrored first where mirrored) → point of a
    inliers: int
    mirrored: bool

    @property
    def scale(self) -> float:
        """The length in a of one px of b."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))


def find_features(grey: Pixels, count: int) -> Features:
    """Return up to ``count`` SIFT features of a grey picture as RootSIFT (Arandjelović and Zisserman, 2012)."""
    detector = cv2.SIFT_create(nfeatures=count, contrastThreshold=0.02)
    keypoints, descriptors = detector.detectAndCompute(grey, None)
    height, width = grey.shape
    if descriptors is None or not len(keypoints):
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32), width, height)
    points = np.float32([k.pt for k in keypoints])[:count]
    descriptors = descriptors[:count]
    descriptors = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9))
    return Features(points, descriptors, width, height)


def match(a: Features, b: Features) -> npt.NDArray[np.int64]:
    """Return mutual nearest descriptors that pass the ratio test, int64 (n, 2) rows of a and of b."""
    if len(a.points) < 2 or len(b.points) < 2:
        return np.zeros((0, 2), np.int64)
    likeness = a.descriptors @ b.descriptors.T
    best_two = np.partition(likeness, -2, axis=1)[:, -2:]
    nearest = likeness.argmax(axis=1)
    back = likeness.argmax(axis=0)
    distance = np.sqrt(np.maximum(2 - 2 * best_two, 0))
    good = (distance[:, 1] < RATIO * distance[:, 0]) & (back[nearest] == np.arange(len(nearest)))
    rows = np.flatnonzero(good)
    return np.stack([rows, nearest[rows]], axis=1)


def align(a: Features, b: Features) -> Alignment | None:
    """Return the similarity or mirrored similarity that most features agree on, or None where fewer than 4 do."""
    best: Alignment | None = None
    for mirrored in (False, True):
        other = b.mirrored() if mirrored else b
        pairs = match(a, other)
        if len(pairs) < 4:
            continue
        matrix, agree = cv2.estimateAffinePartial2D(
            other.points[pairs[:, 1]], a.points[pairs[:, 0]], method=cv2.RANSAC, ransacReprojThreshold=TOLERANCE,
            maxIters=ROUNDS, confidence=0.999)
        inliers = int(agree.sum()) if matrix is not None else 0
        if inliers >= 4 and (best is None or inliers > best.inliers):
            best = Alignment(matrix, inliers, mirrored)
    return best
