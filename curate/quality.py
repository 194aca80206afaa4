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
SCORE_SIDE = 256  # longer side on which sums over all pixels are taken, px
_LINES = 32  # lines that are looked at together: most pictures have no margin, so that the first few tell it


@dataclass(frozen=True)
class Margin:
    """The uniform margin around a picture."""

    box: tuple[int, int, int, int]  # left, top, right, bottom of what lies inside, px
    border: float  # share of the picture that is a border with straight inner edges, 0 to 1


def score(pixels: Pixels, grey: Pixels) -> dict[str, float]:
    """Return brightness, contrast, sharpness, entropy, colourfulness and aspect of RGB pixels (height, width, 3)."""
    height, width = grey.shape
    step = max(1, round(max(height, width) / SCORE_SIDE))
    few, few_colours = grey[::step, ::step], pixels[::step, ::step]
    histogram = cv2.calcHist([np.ascontiguousarray(few)], [0], None, [256], [0, 256]).ravel().astype(float)
    share = histogram / histogram.sum()
    levels = np.arange(256) / 255
    mean = float(share @ levels)
    return {
        "brightness": mean,
        "contrast": float(np.sqrt(max(share @ (levels - mean) ** 2, 0.0))),
        "sharpness": measure_sharpness(grey),
        "entropy": float(-(share[share > 0] * np.log2(share[share > 0])).sum()) + 0.0,
        "colourfulness": measure_colourfulness(few_colours),
        "aspect": width / height,
    }


def measure_sharpness(grey: Pixels, window: int = 9) -> float:
    """Return the share of the differences between neighbours that a blur of ``window`` px removes, 0 to 1.

    One minus the blur metric of Crété, Dolmière, Ladret and Nicolas (The Blur Effect: Perception and Estimation
    with a New No-Reference Perceptual Blur Metric, 2007): a picture that is blurred already loses little, whatever
    it shows. The better of both directions' worse; a picture without any difference has 0.
    """
    shares = []
    for size, axis in (((window, 1), 1), ((1, window), 0)):
        blurred = cast(Pixels, cv2.blur(grey, size, borderType=cv2.BORDER_REPLICATE))
        before = _differences(grey, axis)
        after = _differences(blurred, axis)
        total = float(cv2.sumElems(before)[0])
        lost = float(cv2.sumElems(cv2.subtract(before, after))[0])
        shares.append(lost / total if total > 0 else 0.0)
    return min(shares)


def _differences(grey: Pixels, axis: int) -> Pixels:
    if axis:
        return cast(Pixels, cv2.absdiff(grey[:, 1:], grey[:, :-1]))
    return cast(Pixels, cv2.absdiff(grey[1:], grey[:-1]))


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
    count, colour = len(lines), int(np.median(lines[0]))
    for start in range(0, count, _LINES):
        share = _leave(lines[start:start + _LINES], colour)
        inside = np.flatnonzero(share > INSIDE_SHARE)
        if len(inside):
            first = start + int(inside[0])
            following = lines[min(first + 1, count - 1)][None]
            abrupt = first > 0 and _leave(following, colour)[0] >= FRAME_SHARE
            return first, first / count if abrupt else 0.0
    return count, 0.0


def _leave(lines: Pixels, colour: int) -> npt.NDArray[np.float64]:
    """Return the share of each line that is of another colour."""
    away = (lines > min(colour + FLAT_STEP, 255)) | (lines < max(colour - FLAT_STEP, 0))
    return np.asarray(away.mean(axis=1))
