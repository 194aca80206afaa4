"""The pictures that training reads: the data set's files, and off-topic ones to hold the reject threshold against."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from curate.decoding import DecodeError, decode
from pipeline.errors import MaterialError
from train.finetune import Material

Floats = npt.NDArray[np.float32]


def list_material(manifest: pd.DataFrame, dataset: Path, left_out: set[tuple[str, str]]) -> Material:
    """Return the data set's pictures by side, classes in alphabetical order.

    Args:
        manifest: ``tables.MANIFEST``.
        dataset: folder of its files.
        left_out: (sha256, class_id) that are not learnt from.

    Raises:
        MaterialError: there are no two classes with a picture to learn from, or no picture to validate on.
    """
    rows = [row for row in manifest.sort_values(["class_id", "sha256"]).itertuples()
            if (row.sha256, row.class_id) not in left_out]
    sides = {side: [(dataset / row.file, row.class_id) for row in rows if row.split == side]
             for side in ("train", "valid")}
    classes = sorted({class_id for _, class_id in sides["train"]})
    valid = [item for item in sides["valid"] if item[1] in classes]
    if len(classes) < 2 or not valid:
        raise MaterialError(f"{dataset}: {len(classes)} classes to learn and {len(valid)} pictures to validate on; it "
                            "takes two and one: collect more pictures (reports/dataset.html says where they went)")
    return Material(sides["train"], valid, classes)


def list_off_topic(flags: pd.DataFrame, dropped: pd.DataFrame, names: Sequence[str]) -> set[tuple[str, str]]:
    """Return the (sha256, class_id) that the data set flags or dropped under one of the given flags."""
    flagged = flags.loc[flags["flag"].isin(names), ["sha256", "class_id"]]
    gone = dropped.loc[dropped["reason"].isin(names), ["sha256", "class_id"]]
    return set(pd.concat([flagged, gone]).itertuples(index=False, name=None))


def read_picture(path: Path) -> Image.Image:
    """Return a file upright, RGB, transparency on white, whatever it is: what the model is to be shown.

    Raises:
        MaterialError: it cannot be decoded.
    """
    try:
        return Image.fromarray(decode(path.read_bytes(), 1_000_000).pixels)
    except DecodeError as error:
        raise MaterialError(f"{path}: cannot be decoded ({error})") from error


def prepare(image: Image.Image, size: tuple[int, int], mean: Sequence[float], std: Sequence[float]) -> Floats:
    """Return the model's input for an RGB picture: squeezed to ``size`` (height, width), float32 (3, height, width).

    The same as fastai's ``Resize(size, 'squish')``, ``ToTensor`` and ``Normalize``.
    """
    squeezed = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    values = np.asarray(squeezed, np.float32) / 255
    normalised = (values - np.asarray(mean, np.float32)) / np.asarray(std, np.float32)
    return cast(Floats, normalised.transpose(2, 0, 1))
