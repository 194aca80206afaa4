"""One pair to look at: both pictures as they lie on each other, what is left between them, and the numbers."""

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from curate.duplicates import MEASURES, Workshop
from curate.geometry import Matrix, find_features, scale_of
from curate.inspect import read_bytes
from curate.params import DedupeParams
from curate.residual import BLANK, BLOCK, STEP, TEXTURED, compose, find_frame, measure_blocks, mirror, warp, warp_mask
from curate.verdicts import Row, judge, to_row
from curate.verification import Measurement, Pair, Pictures, Thumbnail, verify
from pipeline.errors import TableError

Pixels = npt.NDArray[np.uint8]

PANEL = 384  # px
TEXT = 22  # px of a line
AGREEING, DIFFERING, EMPTY = (60, 170, 80), (210, 50, 50), (150, 150, 150)


def show(a: str, b: str, images: pd.DataFrame, pairs: pd.DataFrame, workshop: Workshop,
         params: DedupeParams) -> tuple[str, Pixels, list[str]]:
    """Return a name for the pair, its sheet (RGB uint8) and what was measured as lines of text.

    Args:
        a, b: sha256 of two pictures, or their first digits.
        images: tables.IMAGES. pairs: tables.PAIRS.
        workshop: folders of the thumbnails and kept features.
        params: the section dedupe.

    Raises:
        TableError: no picture, or several, begin with these digits, or one cannot be decoded.
    """
    first, second = sorted(find_picture(digits, images) for digits in (a, b))
    found = pairs[(pairs["sha256_a"] == first) & (pairs["sha256_b"] == second)]
    nets = tuple(found["found_by"].iloc[0].split(",")) if len(found) else ()
    thumbnails = {n: read_bytes(workshop.thumbnails, sha) for n, sha in enumerate((first, second))}
    greys = [cast(Pixels, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE))
             for data in thumbnails.values()]
    pictures = Pictures(lambda row: thumbnails[row], np.stack([find_features(grey).packed() for grey in greys]))
    known = tuple(net for net in nets if net != "review")
    measured = verify(Pair(0, 1, known or ("features", "features+mirror")), pictures)
    row = {"sha256_a": first, "sha256_b": second, "found_by": ",".join(nets) or "nothing"} \
        | dict.fromkeys(MEASURES) | to_row(measured)
    verdict = found["verdict"].iloc[0] if len(found) else judge(row, params)
    lines = describe(row, verdict)
    sheet = draw_pair(pictures.thumbnail(0), pictures.thumbnail(1), measured, lines)
    return f"{first[:12]}-{second[:12]}", sheet, lines


def find_picture(digits: str, images: pd.DataFrame) -> str:
    """Return the sha256 of the one decodable picture that begins with these digits.

    Raises:
        TableError: there is none, there are several, or it cannot be decoded.
    """
    found = images[images["sha256"].str.startswith(digits.lower())]
    if len(found) != 1:
        raise TableError(f"{digits}: {len(found) or 'no'} inspected pictures begin so; give more digits of a sha256")
    if isinstance(found["error"].iloc[0], str):
        raise TableError(f"{digits}: {found['error'].iloc[0]}: a picture that cannot be decoded cannot be compared")
    return found["sha256"].iloc[0]


def draw_pair(a: Thumbnail, b: Thumbnail, measured: Measurement, lines: Sequence[str]) -> Pixels:
    """Return a sheet, RGB uint8: a, b laid on a, their difference, the blocks that agree (green) or not (red), text.

    Where the two could not be laid on each other, both are shown as they are.
    """
    panels = [_fit(picture.colour(1.0)) for picture in (a, b)] if measured.matrix is None \
        else _aligned(a, b, measured.matrix, bool(measured.mirrored))
    height = max(panel.shape[0] for panel in panels)
    sheet = np.full((height + TEXT * (len(lines) + 1), PANEL * len(panels), 3), 255, np.uint8)
    for n, panel in enumerate(panels):
        sheet[:panel.shape[0], n * PANEL:n * PANEL + panel.shape[1]] = panel
    for n, line in enumerate(lines):
        cv2.putText(sheet, line, (6, height + TEXT * (n + 1)), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return sheet


def _fit(pixels: Pixels) -> Pixels:
    scale = PANEL / max(pixels.shape[:2])
    return cast(Pixels, cv2.resize(pixels, None, fx=scale, fy=scale,
                                   interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))


def _aligned(a: Thumbnail, b: Thumbnail, matrix: Matrix, mirrored: bool) -> list[Pixels]:
    matrix = compose(matrix, mirror(b.size[0])) if mirrored else matrix
    frame = find_frame(a.size, b.size, matrix)
    if frame is None:
        return [_fit(picture.colour(1.0)) for picture in (a, b)]
    laid = [warp(picture.colour(scale_of(matrix)), matrix, frame.width, frame.height, picture.size)
            for picture, matrix in ((a, frame.from_a), (b, frame.from_b))]
    inside = warp_mask(b.size, frame.from_b, frame.width, frame.height)
    laid[1] = np.where(inside[..., None], laid[1], 255).astype(np.uint8)
    difference = np.where(inside[..., None], 255 - cv2.absdiff(*laid), 255).astype(np.uint8)
    luma = [cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) for pixels in laid]
    blocks = measure_blocks(luma[0], luma[1], inside)
    overlay = laid[0] // 3 + 170
    for (row, column), same in np.ndenumerate(blocks.agreeing()):
        if blocks.whole[row, column] and max(blocks.spread_a[row, column], blocks.spread_b[row, column]) > TEXTURED:
            blank = min(blocks.spread_a[row, column], blocks.spread_b[row, column]) < BLANK
            colour = EMPTY if blank else AGREEING if same else DIFFERING
            y, x = row * STEP + (BLOCK - STEP) // 2, column * STEP + (BLOCK - STEP) // 2
            cv2.rectangle(overlay, (x, y), (x + STEP - 2, y + STEP - 2), colour, 1)
    return [_fit(pixels) for pixels in (*laid, difference, overlay)]


def describe(row: Row, verdict: str) -> list[str]:
    """Return what was measured as lines of text."""
    def number(name: str, digits: int = 3) -> str:
        value = row.get(name)
        return "-" if value is None else f"{value:.{digits}g}"

    return [
        f"{row['sha256_a'][:16]}  {row['sha256_b'][:16]}  found by {row['found_by']}: {verdict}",
        f"inliers {number('inliers')}  miss {number('miss')}  scale {number('scale')}  mirrored {row.get('mirrored')}  "
        f"overlap {number('overlap')}  span {number('span')}  extent {number('extent')}  side {number('side')} px  "
        f"blocks {number('blocks')}",
        f"residual {number('residual')}  clash {number('clash')}  structure {number('structure')}  "
        f"shift {number('shift')} px  "
        f"tone {number('tone')}  chroma {number('chroma')}  marked {number('marked')}",
    ]
