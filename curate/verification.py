"""Lays two pictures on each other, by their features or by the hash that found them, and measures what is left.

Measuring only: what the numbers mean is said in :mod:`curate.verdicts`.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from curate.geometry import Alignment, Features, Matrix, agree, align
from curate.hashes import CENTRE_VIEWS, ORIENTATIONS
from curate.quality import find_margin
from curate.residual import Residual, compose, invert, measure_residual

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]

LEAST_INLIERS = 5  # features that must agree for a look at the pixels
ENOUGH = 0.8  # agreement at which no other way to lay the pictures is tried
COARSE_SIDE = 96  # px of the frame in which the ways that hashes suggest are compared
KEPT_PICTURES = 96  # pictures that a worker holds


@dataclass(frozen=True)
class Measurement:
    """What was measured of two pictures; None throughout where they could not be laid on each other."""

    inliers: int = 0
    miss: float | None = None  # median miss of the agreeing features, share of the longer side
    scale: float | None = None
    mirrored: bool | None = None
    matrix: Matrix | None = None
    residual: Residual | None = None


@dataclass(frozen=True)
class Pair:
    """Two pictures to compare: their rows, the nets that found them, and the features that looked alike."""

    a: int
    b: int
    nets: tuple[str, ...]
    matches: npt.NDArray[np.int64]  # (n, 2) numbers of features in a and b
    mirrored: npt.NDArray[np.bool_]  # (n,) whether the two look alike as mirror images


class Pictures:
    """Pixels and features by row; the pixels of the last few are kept."""

    def __init__(self, read_pixels: Callable[[int], Pixels], features: npt.NDArray[np.void]):
        self._read, self._features = read_pixels, features
        self._pixels: OrderedDict[int, Pixels] = OrderedDict()

    def pixels(self, row: int) -> Pixels:
        """Return RGB uint8 (height, width, 3)."""
        if row not in self._pixels:
            self._pixels[row] = self._read(row)
            if len(self._pixels) > KEPT_PICTURES:
                self._pixels.popitem(last=False)
        self._pixels.move_to_end(row)
        return self._pixels[row]

    def features(self, row: int) -> Features:
        """Return the local features."""
        return Features.unpacked(self._features[row])


def verify(pair: Pair, pictures: Pictures) -> Measurement:
    """Return what is measured of the pair in the best way to lay picture b on picture a."""
    best = Measurement()
    for mirrored in find_orientations(pair, pictures):
        alignment = align(pictures.features(pair.a), pictures.features(pair.b), (mirrored,))
        if alignment is not None and alignment.inliers > best.inliers:
            best = _measure(alignment, pair, pictures)
    if any(net != "neighbour" and not net.startswith("features") for net in pair.nets) and not _settled(best):
        best = _try_hashes(best, pair, pictures)
    return best


def find_orientations(pair: Pair, pictures: Pictures) -> list[bool]:
    """Return whether b is to be tried as it is (False), mirrored (True), both or not at all.

    Hashes say it themselves; features that look alike must agree on a transform; a neighbour in feature space may be
    either.
    """
    tried = set()
    for net in pair.nets:
        if net == "neighbour":
            return [False, True]
        if not net.startswith("features"):
            tried.add(sum(ORIENTATIONS[split_net(net)[1]]) % 2 == 1)
    for mirrored in {False, True} - tried:
        chosen = pair.matches[pair.mirrored == mirrored]
        if len(chosen) >= 3:
            a, b = pictures.features(pair.a), pictures.features(pair.b)
            if agree(a, b.mirrored() if mirrored else b, chosen)[1].sum() >= min(4, len(chosen)):
                tried.add(mirrored)
    return sorted(tried)


def _measure(alignment: Alignment, pair: Pair, pictures: Pictures) -> Measurement:
    if alignment.inliers < LEAST_INLIERS:
        return Measurement(alignment.inliers)
    residual = measure_residual(pictures.pixels(pair.a), pictures.pixels(pair.b), alignment.matrix,
                                alignment.mirrored)
    matrix = residual.matrix if residual is not None else alignment.matrix
    return Measurement(alignment.inliers, alignment.error, alignment.scale, alignment.mirrored, matrix, residual)


def _settled(measured: Measurement) -> bool:
    return measured.residual is not None and measured.residual.agreement >= ENOUGH


def _try_hashes(best: Measurement, pair: Pair, pictures: Pictures) -> Measurement:
    """Lay the pictures on each other as the hashes that found them suggest: small or blurred ones have few features."""
    a, b = pictures.pixels(pair.a), pictures.pixels(pair.b)
    ways = list(suggest(pair.nets, a, b))
    coarse = [(measure_residual(a, b, matrix, mirrored, COARSE_SIDE, rounds=1), mirrored) for matrix, mirrored in ways]
    found = [(left, mirrored) for left, mirrored in coarse if left is not None]
    if not found:
        return best
    left, mirrored = max(found, key=lambda way: (way[0].agreement, -way[0].structure))
    residual = measure_residual(a, b, left.matrix, mirrored)
    if residual is None or (best.residual is not None and residual.agreement <= best.residual.agreement):
        return best
    scale = float(np.sqrt(abs(np.linalg.det(residual.matrix[:, :2]))))
    return Measurement(best.inliers, None, scale, mirrored, residual.matrix, residual)


def suggest(nets: tuple[str, ...], a: Pixels, b: Pixels) -> list[tuple[Matrix, bool]]:
    """Return the transforms, and whether b is mirrored first, under which views that hash alike lie on each other."""
    boxes_a, boxes_b = find_boxes(a), find_boxes(b)
    ways = []
    for net in nets:
        view, turn = split_net(net)
        if view not in boxes_a:
            continue
        for target in ("whole", "trim"):
            ways.append(_lay_box(boxes_a[target], boxes_b[view], turn))
            if view != target or turn:
                back = _lay_box(boxes_b[target], boxes_a[view], turn)
                ways.append(invert(back))
    mirror = np.array([[-1.0, 0.0, b.shape[1]], [0.0, 1.0, 0.0]])
    out: list[tuple[Matrix, bool]] = []
    for matrix in ways:
        mirrored = bool(np.linalg.det(matrix[:, :2]) < 0)
        matrix = compose(matrix, mirror) if mirrored else matrix
        if not any(mirrored == m and np.allclose(matrix, known, atol=1.0) for known, m in out):
            out.append((matrix, mirrored))
    return out


def split_net(net: str) -> tuple[str, str]:
    """Return the view and the orientation that a hash net's name says: ``crop10+mirror`` → crop10, mirror."""
    view, _, turn = net.partition("+")
    if view in ORIENTATIONS:
        view, turn = "whole", view
    return "whole" if view in ("phash", "phash256", "exact") else view, turn


def find_boxes(pixels: Pixels) -> dict[str, Box]:
    """Return the rectangle of each view: left, top, right, bottom in px."""
    height, width = pixels.shape[:2]
    boxes: dict[str, Box] = {v.name: (v.inset * width, v.inset * height, (1 - v.inset) * width, (1 - v.inset) * height)
                             for v in CENTRE_VIEWS}
    boxes["trim"] = find_margin(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)).box
    return boxes


def _lay_box(target: Box, source: Box, turn: str) -> Matrix:
    """Return the affine (2, 3) that lays the turned rectangle ``source`` on ``target``."""
    transposed, mirrored, flipped = ORIENTATIONS[turn]
    unit = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]) if transposed else np.eye(2, 3)
    if mirrored:
        unit = compose(np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), unit)
    if flipped:
        unit = compose(np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 1.0]]), unit)
    return compose(_from_unit(target), compose(unit, invert(_from_unit(source))))


def _from_unit(box: Box) -> Matrix:
    left, top, right, bottom = box
    return np.array([[max(right - left, 1.0), 0.0, left], [0.0, max(bottom - top, 1.0), top]])


