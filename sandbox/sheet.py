"""A contact sheet of what the sandbox draws: every class from several sides, and the off-topic kinds."""

from pathlib import Path

from PIL import Image, ImageDraw

from sandbox.cars import draw_car
from sandbox.offtopic import DRAWINGS
from sandbox.photographs import seed_of
from sandbox.shapes import SHAPES

COLUMNS, TILE, LABEL = 5, (150, 100), 112


def draw_sheet(seed: int, path: Path, names: tuple[str, ...] = (*SHAPES, *DRAWINGS)) -> None:
    """Write the sheet as a JPEG: a row for each of ``names`` (classes or off-topic kinds), two rows side by side."""
    width, height = LABEL + COLUMNS * TILE[0], TILE[1]
    sheet = Image.new("RGB", (width * 2, (len(names) + 1) // 2 * height), "white")
    draw = ImageDraw.Draw(sheet)
    for number, name in enumerate(names):
        left, top = number % 2 * width, number // 2 * height
        draw.text((left + 4, top + height // 2 - 8), name, fill="black", font_size=11)
        for column in range(COLUMNS):
            own = seed_of(seed, f"{name}-{column}")
            picture = draw_car(name, own) if name in SHAPES else DRAWINGS[name](own, (960, 640))
            sheet.paste(picture.resize(TILE, Image.Resampling.LANCZOS), (left + LABEL + column * TILE[0], top))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, "JPEG", quality=54, optimize=True)
