"""A contact sheet of what the sandbox draws: every class from several sides, and the off-topic kinds."""

from pathlib import Path

from PIL import Image, ImageDraw

from sandbox.cars import draw_car
from sandbox.offtopic import DRAWINGS
from sandbox.photographs import seed_of
from sandbox.shapes import SHAPES

COLUMNS, TILE, LABEL = 6, (180, 120), 120


def draw_sheet(seed: int, path: Path) -> None:
    """Write the sheet as a JPEG: one row a class, two classes side by side, off-topic pictures below."""
    rows = [(class_id, lambda n, class_id=class_id: draw_car(class_id, seed_of(seed, f"{class_id}-{n}")))
            for class_id in SHAPES]
    rows += [(kind, lambda n, kind=kind: DRAWINGS[kind](seed_of(seed, f"{kind}-{n}"), (960, 640)))
             for kind in DRAWINGS]
    width = LABEL + COLUMNS * TILE[0]
    sheet = Image.new("RGB", (width * 2, (len(rows) + 1) // 2 * TILE[1]), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (name, take) in enumerate(rows):
        left, top = number % 2 * width, number // 2 * TILE[1]
        draw.text((left + 6, top + TILE[1] // 2 - 8), name, fill="black", font_size=13)
        for column in range(COLUMNS):
            picture = take(column).resize(TILE, Image.Resampling.LANCZOS)
            sheet.paste(picture, (left + LABEL + column * TILE[0], top))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, "JPEG", quality=70, optimize=True)
