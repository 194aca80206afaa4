"""A workspace with a small drawn data set, as the stages before `pretrain` leave it."""

import hashlib
from pathlib import Path

import yaml
from PIL import Image

import tables
from pipeline.layout import Layout
from sandbox.cars import draw_car
from sandbox.offtopic import draw_interior

ROOT = Path(__file__).parents[2]
# Shapes that differ as much as drawn cars can.
CLASSES = ("a-hatchback", "g-suv", "gt-roadster")
SIZE = (96, 64)
PARAMS = {
    "scrape": {"sources": ["sandbox"]},
    "train": {"size": [64, 96], "head_epochs": 1, "batch": 8, "patience": 2,
              "phases": [{"epochs": 1, "height": 32, "width": 64}, {"epochs": 1, "height": 64, "width": 96}]},
}


def write_workspace(root: Path, train: int = 8, valid: int = 3, off_topic: int = 3) -> Layout:
    """Write params.yaml, classes.csv, the data set and the tables that training reads; return the layout."""
    layout = Layout(root)
    layout.params.write_text(yaml.safe_dump(PARAMS), encoding="utf-8")
    layout.classes.write_text((ROOT / "classes.csv").read_text(encoding="utf-8"), encoding="utf-8")
    manifest, images, flags = [], [], []
    for class_id in CLASSES:
        for n in range(train + valid):
            split = "train" if n < train else "valid"
            sha256, file = _save(draw_car(class_id, n, SIZE), layout.dataset / split / class_id)
            manifest.append({"sha256": sha256, "class_id": class_id, "split": split, "width": SIZE[0],
                             "height": SIZE[1], "file": file.relative_to(layout.dataset).as_posix(),
                             "split_group_id": sha256, "url": f"http://127.0.0.1/{sha256}"})
    for n in range(off_topic):
        sha256, file = _save(draw_interior(n, SIZE), layout.images / "00")
        images.append({"sha256": sha256, "path": file.relative_to(layout.images).as_posix(), "bytes": 1})
        flags.append({"sha256": sha256, "class_id": CLASSES[0], "flag": "off_topic", "score": 0.9, "threshold": 0.3,
                      "action": "review", "detail": "an interior"})
    tables.write(tables.MANIFEST, tables.make(tables.MANIFEST, manifest), layout.manifest)
    tables.write(tables.DROPPED, tables.make(tables.DROPPED), layout.dropped)
    tables.write(tables.IMAGES, tables.make(tables.IMAGES, images), layout.inspected)
    tables.write(tables.FLAGS, tables.make(tables.FLAGS, flags), layout.flags)
    return layout


def _save(image: Image.Image, folder: Path) -> tuple[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = hashlib.sha256(image.tobytes()).hexdigest()
    file = folder / f"{sha256}.jpg"
    image.save(file, quality=92)
    return sha256, file
