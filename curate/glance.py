"""A glance at all pairs at once, on few px: does one picture show the structure of the other where features lay it?

Two cars before one kind of wall share local features that even lie alike. Laid on each other their small copies agree
nowhere else; such pairs end here, twenty times sooner than by a comparison of their own.
"""

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from curate.consistency import Alikeness
from curate.preview import find_factor, shape_preview
from curate.residual import AGREES, BLANK, NOISE, TEXTURED

GRID = 32  # points a side at which both pictures are read
CELL = 4  # points a side of a cell; a block is two cells a side
TELLING = 4  # blocks with structure in both without which a glance tells nothing, and features that must agree then
BATCH = 2048  # pairs at a time: bounds the memory
LEVELS = 3  # of the small copy: whole, a half and a quarter of its size

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]


def look(alike: Alikeness, features: npt.NDArray[np.void], rows: Integers, worth: float) -> npt.NDArray[np.bool_]:
    """Return of each pair whether its pictures may be one photograph.

    Args:
        alike: pairs, as :func:`curate.consistency.find_consistent` returns them.
        features: rows of :data:`curate.geometry.ROW`. rows: of each picture that the pairs name, its row there.
        worth: agreeing features times the share of agreeing blocks from which two pictures may be.
    """
    cv2.setNumThreads(1)  # the grids are too small to be shared out
    out = np.zeros(len(alike), bool)
    for start in range(0, len(alike), BATCH):
        part = alike[start:start + BATCH]
        share, count = compare(*_read(part, features, rows))
        out[start:start + BATCH] = np.where(count < TELLING, part.agreeing >= TELLING, part.agreeing * share >= worth)
    return out


def _read(alike: Alikeness, features: npt.NDArray[np.void],
          rows: Integers) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Return luma of both pictures on a grid over the rectangle of a in which b lies, and where that is inside of b.

    All of shape (pairs, GRID, GRID).
    """
    size_a, size_b = (np.stack([features["width"][rows[there]], features["height"][rows[there]]], axis=1).astype(float)
                      for there in (alike.picture_a, alike.picture_b))
    low, high = _overlap(alike, size_a, size_b)
    grid = low[:, None] + (np.arange(GRID)[None, :, None] + 0.5) / GRID * (high - low)[:, None]  # (pairs, GRID, 2)
    shape = (len(alike), GRID, GRID)
    x, y = np.broadcast_to(grid[:, None, :, 0], shape), np.broadcast_to(grid[:, :, None, 1], shape)
    there = (x + 1j * y - alike.shift[:, None, None]) / alike.turn[:, None, None]
    width, height = size_b[:, 0, None, None], size_b[:, 1, None, None]
    inside = (there.real >= 0) & (there.imag >= 0) & (there.real <= width) & (there.imag <= height)
    x_b = np.where(alike.mirrored[:, None, None], width - there.real, there.real)
    step = (high - low).max(axis=1) / GRID
    levels: dict[int, list[Pixels]] = {}
    return (_sample(alike.picture_a, x, y, step, features, rows, levels),
            _sample(alike.picture_b, x_b, there.imag, step / np.abs(alike.turn), features, rows, levels), inside)


def _overlap(alike: Alikeness, size_a: npt.NDArray[np.float64],
             size_b: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the corners (pairs, 2) of the rectangle of a in which b lies, px."""
    corners = (size_b[:, :1] * [0, 1, 1, 0]) + 1j * (size_b[:, 1:] * [0, 0, 1, 1])
    corners = alike.turn[:, None] * corners + alike.shift[:, None]
    places = np.stack([corners.real, corners.imag], axis=2)
    low, high = (np.clip(ends, 0, size_a) for ends in (places.min(axis=1), places.max(axis=1)))
    return low, np.maximum(high, low + 1)


def _sample(pictures: Integers, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64],
            step: npt.NDArray[np.float64], features: npt.NDArray[np.void], rows: Integers,
            levels: dict[int, list[Pixels]]) -> Floats:
    """Return luma at points (pairs, GRID, GRID) in px of the thumbnail, of which ``step`` lie between two points."""
    out = np.empty(x.shape, np.float32)
    for n, picture in enumerate(pictures.tolist()):
        row = features[rows[picture]]
        factor = find_factor(int(row["height"]), int(row["width"]))
        if picture not in levels:
            levels[picture] = _make_levels(row)
        level = int(np.clip(np.rint(np.log2(max(step[n] / factor, 1e-6))), 0, LEVELS - 1))
        pixels, scale = levels[picture][level], np.float32(1 / (factor * 2 ** level))
        out[n] = cv2.remap(pixels, x[n].astype(np.float32) * scale - np.float32(0.5),
                           y[n].astype(np.float32) * scale - np.float32(0.5), cv2.INTER_LINEAR,
                           borderMode=cv2.BORDER_REPLICATE)
    return out


def _make_levels(row: npt.NDArray[np.void]) -> list[Pixels]:
    height, width = shape_preview(int(row["height"]), int(row["width"]))
    levels = [np.array(row["preview"][:height, :width])]
    while len(levels) < LEVELS:
        above = levels[-1]
        above = cv2.copyMakeBorder(above, 0, above.shape[0] % 2, 0, above.shape[1] % 2, cv2.BORDER_REPLICATE)
        size = above.shape[1] // 2, above.shape[0] // 2
        levels.append(cast(Pixels, cv2.resize(above, size, interpolation=cv2.INTER_AREA)))
    return levels


def compare(a: Floats, b: Floats, inside: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.float64], Integers]:
    """Return the share of blocks of a and b, luma (pairs, GRID, GRID), that agree, and how many have structure in both.

    What counts as structure and as agreement is as in :mod:`curate.residual`.
    """
    whole = _blocks(inside.astype(np.float32)) > 0.99
    mean_a, mean_b = _blocks(a), _blocks(b)
    power_a = np.maximum(_blocks(a * a) - mean_a * mean_a, 0)
    power_b = np.maximum(_blocks(b * b) - mean_b * mean_b, 0)
    both = whole & (np.maximum(power_a, power_b) > TEXTURED ** 2) & (np.minimum(power_a, power_b) >= BLANK ** 2)
    correlation = (_blocks(a * b) - mean_a * mean_b + NOISE) / (np.sqrt(power_a * power_b) + NOISE)
    count = both.sum(axis=(1, 2))
    return (both & (correlation > AGREES)).sum(axis=(1, 2)) / np.maximum(count, 1), count


def _blocks(values: Floats) -> Floats:
    """Return the mean of each block, the next one a cell on."""
    cells = values.reshape(len(values), GRID // CELL, CELL, GRID // CELL, CELL).mean(axis=(2, 4))
    rows = cells[:, 1:] + cells[:, :-1]
    return cast(Floats, (rows[:, :, 1:] + rows[:, :, :-1]) / 4)
