"""One photograph in another shape: the changes of :data:`sandbox.kinds.CHANGES` on decoded pictures."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps


def change_picture(picture: Image.Image, change: str, rng: np.random.Generator) -> Image.Image:
    """Return ``picture`` (RGB) changed; ``copy``, ``repaint`` and re-encodings return it as it is."""
    return _CHANGES[change](picture, rng) if change in _CHANGES else picture


def _crop(picture: Image.Image, scale_x: float, scale_y: float, at_x: float, at_y: float) -> Image.Image:
    width, height = picture.size
    w, h = round(width * scale_x), round(height * scale_y)
    left, top = round((width - w) * at_x), round((height - h) * at_y)
    return picture.crop((left, top, left + w, top + h))


def _crop_off_centre(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    scale = rng.uniform(0.6, 0.8)
    return _crop(picture, scale, scale, rng.choice([0.05, 0.95]), rng.uniform(0.2, 0.8))


def _crop_aspect(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    width, height = picture.size
    return _crop(picture, 1.0, min(width / height / 2.0, 0.75), 0.5, rng.uniform(0.5, 0.8))


def _resize(picture: Image.Image, scale: float) -> Image.Image:
    width, height = picture.size
    return picture.resize((round(width * scale), round(height * scale)), Image.Resampling.LANCZOS)


def _watermark(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    width, height = picture.size
    layer = Image.new("RGBA", picture.size)
    draw = ImageDraw.Draw(layer)
    for row in range(3):
        at = (width * rng.uniform(0.02, 0.4), height * (row + rng.uniform(0.2, 0.6)) / 3)
        draw.text(at, "© sample autopics", fill=(255, 255, 255, 120), font_size=height // 12)
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def _watermark_bar(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    width, height = picture.size
    marked = picture.copy()
    draw = ImageDraw.Draw(marked)
    bar = height // 14
    draw.rectangle((0, height - bar, width, height), fill=(20, 20, 24))
    draw.text((width * 0.02, height - bar * 0.85), "www.autopics.example", fill=(230, 230, 230), font_size=bar * 0.6)
    return marked


def _border(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    colour = (255, 255, 255) if rng.random() < 0.5 else (0, 0, 0)
    return ImageOps.expand(picture, border=round(min(picture.size) * rng.uniform(0.04, 0.1)), fill=colour)


def _rotate(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    angle = 3.0 if rng.random() < 0.5 else -3.0
    width, height = picture.size
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
    # Pillow takes seven times as long.
    turned = cv2.warpAffine(np.asarray(picture), turn, picture.size, flags=cv2.INTER_CUBIC)
    return _crop(Image.fromarray(turned), 0.9, 0.9, 0.5, 0.5)


_CHANGES = {
    "resize60": lambda picture, rng: _resize(picture, 0.6),
    "crop10": lambda picture, rng: _crop(picture, 0.9, 0.9, 0.5, 0.5),
    "crop20": lambda picture, rng: _crop(picture, 0.8, 0.8, 0.5, 0.5),
    "crop_off_centre": _crop_off_centre,
    "crop_aspect": _crop_aspect,
    "mirror": lambda picture, rng: ImageOps.mirror(picture),
    "mirror_crop": lambda picture, rng: ImageOps.mirror(_crop(picture, 0.85, 0.85, rng.random(), rng.random())),
    "watermark": _watermark,
    "watermark_bar": _watermark_bar,
    "border": _border,
    "grey": lambda picture, rng: picture.convert("L").convert("RGB"),
    "brighter": lambda picture, rng: ImageEnhance.Brightness(picture).enhance(1.3),
    "rotate3": _rotate,
}
