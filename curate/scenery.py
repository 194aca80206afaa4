"""One photograph or one place? Where the blocks that agree lie, and whether another thing stands among them.

Two cars before one wall agree in the wall: in a part of the picture only, or all around the car.
"""

import numpy as np
import numpy.typing as npt

TAIL = 0.02  # share of the blocks at each end of an axis that may lie apart from the others

Mask = npt.NDArray[np.bool_]
Box = tuple[slice, slice]


def find_box(mask: Mask) -> Box:
    """Return the rows and columns over which the blocks of a mask (rows, columns) reach; at least one must be set."""
    return _reach(mask.sum(axis=1)), _reach(mask.sum(axis=0))


def _reach(counts: npt.NDArray[np.int64]) -> slice:
    below = np.cumsum(counts) / counts.sum()
    return slice(int(np.searchsorted(below, TAIL, "right")), int(np.searchsorted(below, 1 - TAIL)) + 1)


def measure_span(same: Mask, both: Mask, step: int, block: int, unseen: float) -> float:
    """Return the share of what the smaller picture shows over which the agreeing blocks reach, 0 to 1.

    What surrounds a car in a studio shows nothing and does not count; what lies outside of the other picture does.

    Args:
        same: blocks that agree, among ``both``. both: blocks with structure in both pictures.
        step, block: from one block to the next, and a block's side, px.
        unseen: area of the smaller picture that lies outside of the larger, px.
    """
    if not same.any():
        return 0.0
    agreeing, shown = (_area(find_box(mask), step, block) for mask in (same, both))
    return min(1.0, agreeing / (shown + unseen))


def _area(box: Box, step: int, block: int) -> int:
    height, width = ((side.stop - side.start - 1) * step + block for side in box)
    return height * width


def measure_clash(same: Mask, both: Mask, other: Mask) -> float:
    """Return the share of the blocks amidst the agreeing ones that show something else, 0 to 1.

    A panel of a collage and a removed background end where the photograph does: what lies beyond does not count.

    Args:
        same, both: as for :func:`measure_span`. other: blocks whose structure contradicts.
    """
    if not same.any():
        return 1.0
    box = find_box(same)
    return float((other & both)[box].sum() / both[box].sum())
