"""Stanford Cars: 196 classes, read as its official archives unpack, boxes included, or as folders of classes.

Krause, Stark, Deng and Fei-Fei, 3D Object Representations for Fine-Grained Categorization, 2013. The archives unpack to
cars_train/, cars_test/ and devkit/ with cars_meta.mat, cars_train_annos.mat and, a file of its own,
cars_test_annos_withlabels.mat: 8,144 pictures to train on and 8,041 to test.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import scipy.io
from PIL import Image
from scipy.io.matlab import MatReadError

from curate.decoding import DecodeError
from curate.rendering import show
from pipeline.errors import MaterialError
from pipeline.files import write_bytes

TEST_LABELS = "cars_test_annos_withlabels.mat"
MARGIN = 0.06  # of the box, kept around it on each side
SIDE = 400  # longer side of the crops that training reads, px
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Annotation:
    """One annotated picture: file, class, and the box around the car (left, top, right, bottom, px)."""

    file: Path
    class_id: str
    box: tuple[int, int, int, int] | None


def read_annotations(folder: Path) -> tuple[list[Annotation], list[Annotation]]:
    """Return the annotations for training and for testing.

    ``folder`` is what the official archives unpack to, or has folders train/<class>/ and test/<class>/ (or valid/).

    Raises:
        MaterialError: it is neither, or a picture that an annotation names is missing.
    """
    devkit = folder / "devkit"
    if devkit.is_dir():
        labelled = next((p for p in (folder / TEST_LABELS, devkit / TEST_LABELS) if p.exists()), None)
        if labelled is None:
            raise MaterialError(f"{folder / TEST_LABELS}: there is no such file; it is offered beside the archives, "
                                "and without it the test pictures have no labels")
        names = [str(name[0]) for name in _load(devkit / "cars_meta.mat")["class_names"][0]]
        return (list(_read_mat(devkit / "cars_train_annos.mat", folder / "cars_train", names)),
                list(_read_mat(labelled, folder / "cars_test", names)))
    train = folder / "train"
    test = next((p for p in (folder / "test", folder / "valid") if p.is_dir()), None)
    if not train.is_dir() or test is None:
        raise MaterialError(f"{folder}: neither the archives of Stanford Cars (cars_train/, cars_test/, devkit/) nor "
                            "folders train/<class>/ and test/<class>/; see pretrain.stanford_cars in params.yaml")
    return list(_read_folders(train)), list(_read_folders(test))


def _load(path: Path) -> dict[str, Any]:
    try:
        return scipy.io.loadmat(path)
    except (OSError, ValueError, TypeError, MatReadError) as error:
        raise MaterialError(f"{path}: cannot be read ({error}); unpack the devkit again") from error


def _read_mat(path: Path, pictures: Path, names: list[str]) -> Iterator[Annotation]:
    rows = _load(path)["annotations"][0]
    if "class" not in (rows.dtype.names or ()):
        raise MaterialError(f"{path}: has no labels; take {TEST_LABELS}")
    for number, row in enumerate(rows, start=1):
        file = pictures / str(row["fname"][0])
        if not file.exists():
            raise MaterialError(f"{path}: row {number} names {file}, which is not there; unpack {pictures.name} again")
        left, top, right, bottom = (int(row[f"bbox_{side}"][0, 0]) for side in ("x1", "y1", "x2", "y2"))
        yield Annotation(file, names[int(row["class"][0, 0]) - 1], (left, top, right, bottom))


def _read_folders(folder: Path) -> Iterator[Annotation]:
    for file in sorted(folder.glob("*/*")):
        if file.suffix.lower() in _SUFFIXES:
            yield Annotation(file, file.parent.name, None)


def crop_all(annotations: list[Annotation], folder: Path) -> list[tuple[Path, str]]:
    """Write each picture, cropped to its box with a margin, as a small JPEG below ``folder``; return files and classes.

    What is there already is not written again.

    Raises:
        MaterialError: a picture cannot be decoded.
    """
    items = []
    for n, annotation in enumerate(annotations):
        target = folder / f"{n:05d}.jpg"
        if not target.exists():
            write_bytes(target, _crop(annotation))
        items.append((target, annotation.class_id))
    return items


def _crop(annotation: Annotation) -> bytes:
    try:
        image = show(annotation.file.read_bytes(), 1_000_000)
    except DecodeError as error:
        raise MaterialError(f"{annotation.file}: cannot be decoded ({error}); unpack the archive again") from error
    if annotation.box:
        left, top, right, bottom = annotation.box
        across, down = MARGIN * (right - left), MARGIN * (bottom - top)
        image = image.crop((max(0, round(left - across)), max(0, round(top - down)),
                            min(image.width, round(right + across)), min(image.height, round(bottom + down))))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()
