"""What is left between two aligned pictures: structure, colour, and how much of them lies on the other."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

SIDE = 256  # longer side of the frame in which two pictures are compared, px
BLOCK = 16  # px
TEXTURE = 4.0  # standard deviation in grey levels from which a block has structure


@dataclass(frozen=True)
class Residual:
    """What is left after alignment."""

    overlap: float  # share of the smaller picture that lies in the larger, 0 to 1
    structure: float  # 0 the same structure to 1 another
    chroma: float | None  # mean difference of CIE a*b* in their units; None where one is grey


def measure_residual(a: Pixels, b: Pixels, matrix: npt.NDArray[np.float64], mirrored: bool) -> Residual:
    """Return what is left between RGB pictures a and b when ``matrix`` lays b (mirrored) on a."""
    b = b[:, ::-1] if mirrored else b
    scale = SIDE / max(a.shape[:2])
    small = cv2.resize(a, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    size = small.shape[1], small.shape[0]
    to_small = np.diag([scale, scale, 1.0]) @ np.vstack([matrix, [0, 0, 1]])
    warped = cv2.warpAffine(b, to_small[:2], size, flags=cv2.INTER_LINEAR)
    inside = cv2.warpAffine(np.full(b.shape[:2], 255, np.uint8), to_small[:2], size, flags=cv2.INTER_NEAREST) > 0
    area_b = b.shape[0] * b.shape[1] * abs(np.linalg.det(to_small[:2, :2]))
    overlap = float(min(1.0, inside.sum() / max(1.0, min(area_b, inside.size))))
    lab_a, lab_b = (cv2.cvtColor(p, cv2.COLOR_RGB2LAB).astype(np.float32) for p in (small, warped))
    structure = _structure(lab_a[..., 0], lab_b[..., 0], inside)
    colour = [float(np.abs(p[..., 1:] - 128)[inside].mean()) if inside.any() else 0.0 for p in (lab_a, lab_b)]
    chroma = None
    if min(colour) > 1.0:
        chroma = float(np.linalg.norm(lab_a[..., 1:] - lab_b[..., 1:], axis=-1)[inside].mean())
    return Residual(overlap, structure, chroma)


def _structure(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_]) -> float:
    def mean(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return cv2.boxFilter(values, -1, (BLOCK, BLOCK))[::BLOCK // 2, ::BLOCK // 2]

    whole = mean(inside.astype(np.float32)) > 0.99
    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = mean(a * a) - mean_a ** 2, mean(b * b) - mean_b ** 2
    cov = mean(a * b) - mean_a * mean_b
    textured = whole & (np.maximum(var_a, var_b) > TEXTURE ** 2)
    if not textured.any():
        return 1.0
    ncc = cov / np.sqrt(np.maximum(var_a * var_b, 1e-6))
    return float(np.clip(1 - ncc[textured], 0, 1).mean())
