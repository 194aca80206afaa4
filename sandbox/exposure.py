"""What a camera adds to a scene: exposure, white balance, vignette, softness and grain."""

import cv2
import numpy as np

from sandbox.textures import grain

METERED = 0.46  # mean brightness that an exposure meter aims at


def meter(canvas: np.ndarray) -> float:
    """Return the mean brightness of a scene (h, w, 3), 0 to 1."""
    return float(np.mean(cv2.mean(canvas)[:3])) / 255


def expose(canvas: np.ndarray, rng: np.random.Generator, metered: float | None = None) -> np.ndarray:
    """Return a photograph (h, w, 3) uint8 of a painted scene of the same shape.

    Args:
        metered: brightness that the meter saw, where it did not look at the whole scene.
    """
    height, width = canvas.shape[:2]
    seen = max(meter(canvas) if metered is None else metered, 0.02)
    correction = np.clip((METERED / seen) ** 0.45, 0.85, 1.45)  # a camera's meter corrects a part
    gain = correction * rng.normal(1.0, 0.05) * (1 + rng.normal(0, 0.025, 3))
    gamma = rng.uniform(0.88, 1.14)
    lift = rng.uniform(0, 0.03)
    ramp = np.linspace(0, 1, 256)[:, None] ** gamma
    curve = np.clip(lift + (1 - lift) * ramp * gain, 0, 1)
    curve = np.where(curve > 0.86, 0.86 + 0.14 * np.tanh((curve - 0.86) / 0.14), curve)  # highlights roll off
    picture = cv2.LUT(canvas, (curve * 255).astype(np.uint8)[None])
    if rng.random() < 0.7:
        fall = rng.uniform(0.06, 0.30)
        at_x = np.linspace(-1, 1, 64)[None, :] + rng.normal(0, 0.08)
        at_y = np.linspace(-1, 1, 48)[:, None] + rng.normal(0, 0.08)
        shade = (1 - fall * np.clip((at_x**2 + at_y**2) / 2, 0, 1) ** 1.3).astype(np.float32)
        full = cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR)
        picture = cv2.multiply(picture, cv2.cvtColor(cv2.convertScaleAbs(full, alpha=255), cv2.COLOR_GRAY2RGB),
                               scale=1 / 255)
    if rng.random() < 0.35:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 0.9))
    strength = float(np.clip(rng.lognormal(np.log(2.5), 0.6), 0.8, 9.0))  # about the grain's deviation in grey levels
    tile = grain()
    y, x = int(rng.integers(tile.shape[0] - height + 1)), int(rng.integers(tile.shape[1] - width + 1))
    share = strength / 16.0
    return cv2.addWeighted(picture, 1.0, tile[y:y + height, x:x + width], share, -128 * share)
