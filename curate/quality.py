"""Quality scores of one picture, all from its working copy. A score is measured here and judged elsewhere."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

FLAT_STEP = 12  # grey levels within which a line is still the colour of the margin
FRAME_SHARE = 0.5  # share of a line that must leave the margin's colour at once for the margin to be a border
INSIDE_SHARE = 0.005  # share of a line that must leave the margin's colour for the line to lie inside
GREY_SIDE, COLOUR_SIDE = 96, 64  # longer side of what stands for all pixels where their places do not matter, px
_LEVELS = np.arange(256) / 255
_LINES = 32  # lines that are looked at together


@dataclass(frozen=True)
class Margin:
    """The uniform margin around a picture."""

    box: tuple[int, int, int, int]  # left, top, right, bottom of what lies inside, px
    border: float  # share of the picture that is a border with straight inner edges, 0 to 1


def score(colours: Pixels, grey: Pixels) -> dict[str, float]:
    """Return brightness, contrast, sharpness, entropy, colourfulness and aspect of one picture.

    Args:
        colours: RGB uint8 (height, width, 3): the picture, or a :func:`sample` of it.
        grey: its luma, uint8 (height, width).
    """
    height, width = grey.shape
    histogram = cv2.calcHist([sample(grey, GREY_SIDE)], [0], None, [256], [0, 256]).ravel().astype(float)
    share = histogram / histogram.sum()
    mean, some = float(share @ _LEVELS), share[share > 0]
    return {
        "brightness": mean,
        "contrast": max(float(share @ (_LEVELS - mean) ** 2), 0.0) ** 0.5,
        "sharpness": measure_sharpness(grey),
        "entropy": -float(some @ np.log2(some)) + 0.0,
        "colourfulness": measure_colourfulness(colours),
        "aspect": width / height,
    }


def sample(pixels: Pixels, side: int = COLOUR_SIDE) -> Pixels:
    """Return every so many-th pixel of every so many-th line: about ``side`` of the longer side."""
    height, width = pixels.shape[:2]
    step = max(1, round(max(height, width) / side))
    return cast(Pixels, cv2.resize(pixels, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_NEAREST))


def measure_sharpness(grey: Pixels, window: int = 9) -> float:
    """Return the share of the differences between neighbours that a blur of ``window`` px removes, 0 to 1.

    One minus the blur metric of Crété, Dolmière, Ladret and Nicolas (The Blur Effect: Perception and Estimation
    with a New No-Reference Perceptual Blur Metric, 2007): a picture that is blurred already loses little, whatever
    it shows. The better of both directions' worse; a picture without any difference has 0. Every fourth line of each
    direction is looked at.
    """
    return min(_measure_loss(grey, window), _measure_loss(cast(Pixels, cv2.transpose(grey)), window))


def _measure_loss(grey: Pixels, window: int) -> float:
    lines = grey[::4] if len(grey) >= GREY_SIDE else grey
    side = window // 2
    framed = cv2.copyMakeBorder(lines, 0, 0, side, side, cv2.BORDER_REPLICATE)
    before = cv2.absdiff(lines[:, 1:], lines[:, :-1])
    # Two neighbouring means of a window share all but the first and the last of what they are made of.
    after = cv2.absdiff(framed[:, window:], framed[:, :-window])
    total = cv2.sumElems(before)[0]
    return cv2.sumElems(cv2.addWeighted(before, 1.0, after, -1.0 / window, 0.0))[0] / total if total > 0 else 0.0


def measure_colourfulness(pixels: Pixels) -> float:
    """Return Hasler and Süsstrunk's M3 (Measuring colourfulness in natural images, 2003) of RGB uint8 pixels."""
    red, green, blue = cv2.split(pixels)
    red_green = cv2.subtract(red, green, dtype=cv2.CV_16S)
    yellow_blue = cv2.subtract(cv2.add(red, green, dtype=cv2.CV_16S), cv2.add(blue, blue, dtype=cv2.CV_16S))  # twice
    (mean_rg, spread_rg), (mean_yb, spread_yb) = (
        [float(value[0, 0]) for value in cv2.meanStdDev(difference)] for difference in (red_green, yellow_blue))
    return float(np.hypot(spread_rg, spread_yb / 2) + 0.3 * np.hypot(mean_rg, mean_yb / 2))


def find_margin(grey: Pixels) -> Margin:
    """Return the box inside the uniform margin and how much of the picture is a border.

    A margin is uniform lines of one grey at the edge. It is a border (a frame, a letterbox bar) where the first line
    inside leaves that grey along half of its length at once; the white around a car on white does not.
    """
    height, width = grey.shape
    left, right, frame_x = _trim(grey.T)
    top, bottom, frame_y = _trim(grey)
    if right <= left or bottom <= top:
        return Margin((0, 0, width, height), 0.0)
    inside = (1 - sum(frame_x)) * (1 - sum(frame_y))
    return Margin((left, top, right, bottom), float(1 - inside))


def _trim(lines: Pixels) -> tuple[int, int, tuple[float, float]]:
    """Return first and last line inside the margin of the first axis, and the share of it that is border."""
    count = len(lines)
    before, before_share = _measure_margin(lines)
    after, after_share = _measure_margin(lines[::-1])
    return before, count - after, (before_share, after_share)


def _measure_margin(lines: Pixels) -> tuple[int, float]:
    """Return how many lines of one colour come first, and which share of all they are, 0 where they end gently."""
    count, outermost = len(lines), np.ascontiguousarray(lines[:1])
    middle = outermost.shape[1] // 2
    colour = int(np.partition(outermost[0], middle)[middle])
    if _leave(outermost, colour)[0] > INSIDE_SHARE:  # most pictures have no margin
        return 0, 0.0
    for start in range(0, count, _LINES):
        share = _leave(lines[start:start + _LINES], colour)
        inside = np.flatnonzero(share > INSIDE_SHARE)
        if len(inside):
            first = start + int(inside[0])
            following = lines[min(first + 1, count - 1)][None]
            return first, first / count if _leave(following, colour)[0] >= FRAME_SHARE else 0.0
    return count, 0.0


def _leave(lines: Pixels, colour: int) -> npt.NDArray[np.float64]:
    """Return the share of each line that is of another colour."""
    alike = cv2.inRange(np.ascontiguousarray(lines), max(colour - FLAT_STEP, 0), min(colour + FLAT_STEP, 255))
    if len(lines) == 1:
        return np.array([1 - cv2.countNonZero(alike) / lines.shape[1]])
    return np.asarray(1 - cv2.reduce(alike, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[:, 0] / (255 * lines.shape[1]))
