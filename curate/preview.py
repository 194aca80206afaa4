"""A small copy of a picture, kept beside its local features: most comparisons end without a look at the thumbnail."""

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

PREVIEW = 128  # longer side at most, px

Pixels = npt.NDArray[np.uint8]


def find_factor(height: int, width: int) -> int:
    """Return the least power of two by which a picture is reduced to PREVIEW px."""
    factor = 1
    while max(height, width) > factor * PREVIEW:
        factor *= 2
    return factor


def shape_preview(height: int, width: int) -> tuple[int, int]:
    """Return height and width of the small copy of a picture; its last px may reach beyond the picture."""
    factor = find_factor(height, width)
    return -(-height // factor), -(-width // factor)


def make_preview(grey: Pixels) -> Pixels:
    """Return the small copy of a grey picture (height, width)."""
    factor, (height, width) = find_factor(*grey.shape), shape_preview(*grey.shape)
    whole = cv2.copyMakeBorder(grey, 0, height * factor - grey.shape[0], 0, width * factor - grey.shape[1],
                               cv2.BORDER_REPLICATE)
    return cast(Pixels, cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))
