"""Draw a corpus of which the truth is known: variants of some photographs, and the other photographs as distractors.

Each variant is drawn from the full original by one kind of change, and saved in the way in which such pictures are
found. Two pictures of the corpus are one photograph exactly when they come from the same original.
"""

import csv
import hashlib
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Change = Callable[[Image.Image, random.Random], Image.Image]
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"}


def resize(factor: float) -> Change:
    return lambda image, _: image.resize((max(8, round(image.width * factor)), max(8, round(image.height * factor))),
                                         Image.Resampling.LANCZOS)


def crop(share: float) -> Change:
    """Cut ``share`` of the width and height away, the centre stays."""
    def change(image: Image.Image, _: random.Random) -> Image.Image:
        x, y = image.width * share / 2, image.height * share / 2
        return image.crop((round(x), round(y), round(image.width - x), round(image.height - y)))
    return change


def crop_anywhere(width: float, height: float) -> Change:
    """Cut out a window of these shares of the sides, anywhere."""
    def change(image: Image.Image, chance: random.Random) -> Image.Image:
        w, h = round(image.width * width), round(image.height * height)
        x, y = chance.randint(0, image.width - w), chance.randint(0, image.height - h)
        return image.crop((x, y, x + w, y + h))
    return change


def rotate(degrees: float) -> Change:
    return lambda image, _: image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))


def rotate_and_crop(degrees: float) -> Change:
    """Turn, then cut the corners away that the turn left empty."""
    def change(image: Image.Image, _: random.Random) -> Image.Image:
        turned = image.rotate(degrees, Image.Resampling.BICUBIC)
        sine = abs(np.sin(np.radians(degrees)))
        x, y = round(image.height * sine / 2) + 1, round(image.width * sine / 2) + 1
        return turned.crop((x, y, turned.width - x, turned.height - y))
    return change


def enhance(kind: type, factor: float) -> Change:
    return lambda image, _: kind(image).enhance(factor)


def _write(image: Image.Image, text: str, place: tuple[int, int], size: int, fill: tuple[int, ...]) -> Image.Image:
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    ImageDraw.Draw(layer).text(place, text, font=ImageFont.load_default(size), fill=fill)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def watermark(image: Image.Image, _: random.Random) -> Image.Image:
    """Write half-transparent letters across the middle."""
    size = max(10, image.width // 9)
    return _write(image, "SAMPLE", (image.width // 4, image.height // 2 - size // 2), size, (255, 255, 255, 130))


def text_overlay(image: Image.Image, _: random.Random) -> Image.Image:
    """Write a headline of two lines on the upper left."""
    size = max(10, image.width // 12)
    image = _write(image, "First drive", (size // 2, size // 2), size, (255, 255, 255, 255))
    return _write(image, "and price", (size // 2, size * 2), size, (220, 20, 20, 255))


def watermark_bar(image: Image.Image, _: random.Random) -> Image.Image:
    """Cover a strip at the foot with a black bar that names a site."""
    height = max(12, image.height // 10)
    image = image.copy()
    ImageDraw.Draw(image).rectangle((0, image.height - height, image.width, image.height), fill=(0, 0, 0))
    return _write(image, "www.example.org", (height // 2, image.height - height), height * 2 // 3, (255, 255, 255, 255))


def border(image: Image.Image, _: random.Random) -> Image.Image:
    return ImageOps.expand(image, max(4, image.width // 15), (20, 20, 20))


def letterbox(image: Image.Image, _: random.Random) -> Image.Image:
    bar = round(image.height * 0.15)
    return ImageOps.expand(image, (0, bar, 0, bar), (0, 0, 0))


def collage(image: Image.Image, chance: random.Random) -> Image.Image:
    """Put the picture into one of four panels; the others are noise of soft blotches."""
    width, height = image.width, image.height
    sheet = Image.new("RGB", (width * 2 + 12, height * 2 + 12), (255, 255, 255))
    spot = chance.randrange(4)
    for n in range(4):
        if n == spot:
            panel = image
        else:
            noise = np.random.default_rng(chance.randrange(2 ** 32)).integers(0, 256, (6, 8, 3), dtype=np.uint8)
            panel = Image.fromarray(noise).resize(image.size, Image.Resampling.BICUBIC)
        sheet.paste(panel, (n % 2 * (width + 12), n // 2 * (height + 12)))
    return sheet.resize((width, height), Image.Resampling.LANCZOS)


def transparent(image: Image.Image, _: random.Random) -> Image.Image:
    """Make what surrounds an ellipse transparent, as in a cut-out."""
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((image.width * 0.05, image.height * 0.08, image.width * 0.95, image.height * 0.92),
                                 fill=255)
    image = image.convert("RGBA")
    image.putalpha(mask.filter(ImageFilter.GaussianBlur(2)))
    return image


def mirror(image: Image.Image, _: random.Random) -> Image.Image:
    return ImageOps.mirror(image)


def turn(degrees: int) -> Change:
    return lambda image, _: image.rotate(degrees, expand=True)


def then(*changes: Change) -> Change:
    def change(image: Image.Image, chance: random.Random) -> Image.Image:
        for one in changes:
            image = one(image, chance)
        return image
    return change


def same(image: Image.Image, _: random.Random) -> Image.Image:
    return image


def grey(image: Image.Image, _: random.Random) -> Image.Image:
    return image.convert("L")


# kind → (what is drawn, ending, options of saving)
JPEG: dict[str, object] = {"quality": 85}
KINDS: dict[str, tuple[Change, str, dict[str, object]]] = {
    "jpeg30": (same, ".jpg", {"quality": 30}),
    "jpeg60": (same, ".jpg", {"quality": 60}),
    "jpeg95": (same, ".jpg", {"quality": 95}),
    "resize0.25": (resize(0.25), ".jpg", JPEG),
    "resize0.5": (resize(0.5), ".jpg", JPEG),
    "resize1.5": (resize(1.5), ".jpg", JPEG),
    "crop5": (crop(0.05), ".jpg", JPEG),
    "crop10": (crop(0.10), ".jpg", JPEG),
    "crop20": (crop(0.20), ".jpg", JPEG),
    "rotate3": (rotate(3), ".jpg", JPEG),
    "rotate5crop": (rotate_and_crop(5), ".jpg", JPEG),
    "mirror": (mirror, ".jpg", JPEG),
    "brightness": (enhance(ImageEnhance.Brightness, 1.3), ".jpg", JPEG),
    "contrast": (enhance(ImageEnhance.Contrast, 0.6), ".jpg", JPEG),
    "watermark": (watermark, ".jpg", JPEG),
    "border": (border, ".jpg", JPEG),
    "grey": (grey, ".jpg", JPEG),
    "png": (same, ".png", {}),
    "webp": (same, ".webp", {"quality": 75}),
}
# What the web does besides; drawn when asked for.
HARD_KINDS: dict[str, tuple[Change, str, dict[str, object]]] = {
    "window0.6": (crop_anywhere(0.6, 0.6), ".jpg", JPEG),
    "window0.45": (crop_anywhere(0.45, 0.45), ".jpg", JPEG),
    "window2to1": (crop_anywhere(0.85, 0.5), ".jpg", JPEG),
    "mirror+window0.7": (then(mirror, crop_anywhere(0.7, 0.7)), ".jpg", JPEG),
    "turn90": (turn(90), ".jpg", JPEG),
    "turn180": (turn(180), ".jpg", JPEG),
    "stretch": (lambda image, _: image.resize((image.width, round(image.height * 0.8))), ".jpg", JPEG),
    "text": (text_overlay, ".jpg", JPEG),
    "bar": (watermark_bar, ".jpg", JPEG),
    "letterbox": (letterbox, ".jpg", JPEG),
    "collage": (collage, ".jpg", JPEG),
    "cutout": (transparent, ".png", {}),
}


def find_photographs(folder: Path) -> list[Path]:
    """Return the pictures below ``folder``, each content once, in the order of their sha256."""
    files = {hashlib.sha256(path.read_bytes()).hexdigest(): path
             for path in sorted(folder.rglob("*"), reverse=True) if path.suffix.lower() in ENDINGS}
    return [files[sha] for sha in sorted(files)]


def load(path: Path) -> Image.Image:
    """Return the picture upright as RGB, transparency on white."""
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened)
        if image.mode in ("RGBA", "LA", "P", "PA"):
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image)
        return image.convert("RGB")


def draw(photographs: Iterable[Path], out: Path, originals: int, seed: int, hard: bool = False,
         distractors: int | None = None) -> list[dict[str, str]]:
    """Write the corpus and ``truth.csv`` into ``out`` and return its rows: file, photograph, kind.

    Args:
        photographs: distinct photographs.
        out: folder that receives it.
        originals: of how many photographs variants are drawn.
        seed: another seed draws other variants of other photographs.
        hard: draw :data:`HARD_KINDS` as well.
        distractors: how many of the other photographs are added as they are; None for all.
    """
    paths = list(photographs)
    chance = random.Random(seed)
    chance.shuffle(paths)
    kinds = KINDS | (HARD_KINDS if hard else {})
    rows = []
    (out / "images").mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(paths[:originals + (distractors if distractors is not None else len(paths))]):
        target = out / "images" / f"{number:05d}-original{path.suffix.lower()}"
        target.write_bytes(path.read_bytes())
        rows.append({"file": target.name, "photograph": str(number), "kind": "original"})
        if number >= originals:
            continue
        image = load(path)
        for kind, (change, ending, options) in kinds.items():
            changed = change(image, random.Random(f"{seed}-{number}-{kind}"))
            file = f"{number:05d}-{kind}{ending}"
            changed.save(out / "images" / file, **options)  # type: ignore[arg-type]
            rows.append({"file": file, "photograph": str(number), "kind": kind})
    with open(out / "truth.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["file", "photograph", "kind"])
        writer.writeheader()
        writer.writerows(rows)
    return rows
