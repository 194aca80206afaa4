"""Lays two pictures on each other, by their features or by the hash that found them, and measures what is left.

Measuring only: what the numbers mean is said in :mod:`curate.verdicts`.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from curate.geometry import Alignment, Features, Matrix, align, scale_of
from curate.hashes import CENTRE_VIEWS, ORIENTATIONS
from curate.preview import find_factor, shape_preview
from curate.quality import find_margin
from curate.residual import Residual, compose, invert, measure_residual, mirror
from pipeline.errors import TableError

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]
Kept = TypeVar("Kept")

LEAST_INLIERS = 10  # features that must agree for a look at the pixels
MANY_INLIERS = 25  # features that agree where the two are one photograph, a cut-out perhaps, or a variant
LEAST_HASHED = 5  # the same where hashes are alike as well: small and blurred pictures have few features
ENOUGH = 0.8  # agreement at which no other way to lay the pictures is tried
COARSE_SIDE = 96  # px of the frame in which the ways that hashes suggest are compared
KEPT_PICTURES = 128  # pictures that a worker holds


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
    """Two pictures to compare: their rows and the nets that found them, which say in what ways they may lie."""

    a: int
    b: int
    nets: tuple[str, ...]


class Thumbnail:
    """A thumbnail as JPEG bytes, read and decoded at the scale at which it is looked at, and its small copy."""

    def __init__(self, read: Callable[[], bytes], size: tuple[int, int], preview: Pixels | None = None):
        self._read, self.size, self._preview = read, size, preview
        self._decoded: dict[int, Pixels] = {}

    @cached_property
    def _data(self) -> Pixels:
        return np.frombuffer(self._read(), np.uint8)

    def grey(self, zoom: float) -> Pixels:
        """Return luma uint8 (height, width): whole, half as large, or the small copy."""
        if self._preview is not None and zoom * find_factor(*self.size) <= 1:
            return self._preview
        return self._decode(cv2.IMREAD_REDUCED_GRAYSCALE_2 if zoom <= 0.5 else cv2.IMREAD_GRAYSCALE)

    def colour(self, zoom: float) -> Pixels:
        """Return RGB uint8 (height, width, 3), whole or an eighth, a quarter or half as large."""
        for part, mode in ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4),
                           (2, cv2.IMREAD_REDUCED_COLOR_2)):
            if zoom * part <= 1:
                return self._decode(mode)
        return self._decode(cv2.IMREAD_COLOR)

    def _decode(self, mode: int) -> Pixels:
        if mode not in self._decoded:
            pixels = cv2.imdecode(self._data, mode)
            if pixels is None:
                raise TableError("a thumbnail is damaged; remove data/inspected and run whatbenz inspect again")
            rgb = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB) if pixels.ndim == 3 else pixels
            self._decoded[mode] = cast(Pixels, rgb)
        return self._decoded[mode]


class Pictures:
    """Thumbnails and features by row; those of the last few pictures are kept."""

    def __init__(self, read: Callable[[int], bytes], features: npt.NDArray[np.void]):
        self._read, self._features = read, features
        self._thumbnails: OrderedDict[int, Thumbnail] = OrderedDict()
        self._unpacked: OrderedDict[int, Features] = OrderedDict()

    def thumbnail(self, row: int) -> Thumbnail:
        """Return the picture."""
        if row not in self._thumbnails:
            kept = self._features[row]
            width, height = int(kept["width"]), int(kept["height"])
            rows, columns = shape_preview(height, width)
            self._thumbnails[row] = Thumbnail(lambda: self._read(row), (width, height),
                                              np.array(kept["preview"][:rows, :columns]))
        return _latest(self._thumbnails, row)

    def features(self, row: int) -> Features:
        """Return the local features."""
        if row not in self._unpacked:
            self._unpacked[row] = Features.unpacked(self._features[row])
        return _latest(self._unpacked, row)


def _latest(kept: OrderedDict[int, Kept], row: int) -> Kept:
    """Return one of the kept, as the latest, and let go of the oldest where there are too many."""
    kept.move_to_end(row)
    if len(kept) > KEPT_PICTURES:
        kept.popitem(last=False)
    return kept[row]


def verify(pair: Pair, pictures: Pictures) -> Measurement:
    """Return what is measured of the pair in the best way to lay picture b on picture a.

    It follows from the two pictures and the nets alone, whatever other pictures there are.
    """
    a, b = pictures.features(pair.a), pictures.features(pair.b)
    hashed = [net for net in pair.nets if not net.startswith(("neighbour", "features"))]
    asked = {sum(ORIENTATIONS[split_net(net)[1]]) % 2 == 1 for net in pair.nets}
    best = Measurement()
    for mirrored in sorted(asked):
        alignment = align(a, b.mirrored if mirrored else b, mirrored)
        if alignment is not None and alignment.inliers > best.inliers:
            best = _measure(alignment, pair, pictures, LEAST_HASHED if hashed else LEAST_INLIERS)
    return best if not hashed or _settled(best) else _try_hashes(best, tuple(hashed), pair, pictures)


def _measure(alignment: Alignment, pair: Pair, pictures: Pictures, least: int) -> Measurement:
    if alignment.inliers < least:
        return Measurement(alignment.inliers)
    residual = measure_residual(pictures.thumbnail(pair.a), pictures.thumbnail(pair.b), alignment.matrix,
                                alignment.mirrored, sceptical=alignment.inliers < MANY_INLIERS)
    matrix = residual.matrix if residual is not None else alignment.matrix
    return Measurement(alignment.inliers, alignment.error, alignment.scale, alignment.mirrored, matrix, residual)


def _settled(measured: Measurement) -> bool:
    return measured.residual is not None and measured.residual.agreement >= ENOUGH


def _try_hashes(best: Measurement, nets: tuple[str, ...], pair: Pair, pictures: Pictures) -> Measurement:
    """Lay the pictures on each other as the hashes that found them suggest: small or blurred ones have few features."""
    a, b = pictures.thumbnail(pair.a), pictures.thumbnail(pair.b)
    coarse = [(measure_residual(a, b, matrix, mirrored, COARSE_SIDE), mirrored)
              for matrix, mirrored in suggest(nets, a, b)]
    found = [(left, mirrored) for left, mirrored in coarse if left is not None]
    if not found:
        return best
    left, mirrored = max(found, key=lambda way: (way[0].agreement, -way[0].structure))
    residual = measure_residual(a, b, left.matrix, mirrored)
    if residual is None or (best.residual is not None and residual.agreement <= best.residual.agreement):
        return best
    return Measurement(best.inliers, None, scale_of(residual.matrix), mirrored, residual.matrix, residual)


def suggest(nets: tuple[str, ...], a: Thumbnail, b: Thumbnail) -> list[tuple[Matrix, bool]]:
    """Return the transforms, and whether b is mirrored first, under which views that hash alike lie on each other."""
    boxes_a, boxes_b = find_boxes(a), find_boxes(b)
    ways = []
    for net in nets:
        view, turn = split_net(net)
        for target in ("whole", "trim"):
            ways.append(_lay_box(boxes_a[target], boxes_b[view], turn))
            if view != target or turn:
                ways.append(invert(_lay_box(boxes_b[target], boxes_a[view], turn)))
    out: list[tuple[Matrix, bool]] = []
    for matrix in ways:
        mirrored = bool(np.linalg.det(matrix[:, :2]) < 0)
        matrix = compose(matrix, mirror(b.size[0])) if mirrored else matrix
        if not any(mirrored == m and np.allclose(matrix, known, atol=1.0) for known, m in out):
            out.append((matrix, mirrored))
    return out


def split_net(net: str) -> tuple[str, str]:
    """Return the view and the orientation that a hash net's name says: ``crop10+mirror`` → crop10, mirror."""
    view, _, turn = net.partition("+")
    if view in ORIENTATIONS:
        view, turn = "whole", view
    return "whole" if view in ("phash", "phash256", "exact", "features", "neighbour") else view, turn


def find_boxes(picture: Thumbnail) -> dict[str, Box]:
    """Return the rectangle of each view: left, top, right, bottom in px."""
    width, height = picture.size
    boxes: dict[str, Box] = {v.name: (v.inset * width, v.inset * height, (1 - v.inset) * width, (1 - v.inset) * height)
                             for v in CENTRE_VIEWS}
    grey = picture.grey(0.5)
    left, top, right, bottom = find_margin(grey).box
    x, y = width / grey.shape[1], height / grey.shape[0]
    return boxes | {"trim": (left * x, top * y, right * x, bottom * y)}


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


