"""Small pictures in every format, drawn for the tests."""

import io

import numpy as np
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()


def image(seed: int = 0, width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def encode(picture: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def jpeg(seed: int = 0, **options: object) -> bytes:
    return encode(image(seed), "JPEG", **options)
