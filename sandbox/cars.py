"""Cars, drawn."""

import numpy as np
from PIL import Image, ImageDraw


def draw_car(class_id: str, seed: int, size: tuple[int, int], repaint: bool = False) -> Image.Image:
    """Return a car of a class."""
    rng = np.random.default_rng(seed)
    noise = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(noise)
    for _ in range(20):
        x, y = rng.integers(size[0]), rng.integers(size[1])
        draw.ellipse((x, y, x + 120, y + 60), fill=tuple(int(c) for c in rng.integers(0, 255, 3)))
    return noise
