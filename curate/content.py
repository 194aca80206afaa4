"""What a picture shows, from its features and ImageNet class probabilities: a car from outside, a detail, a photo."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

import tables

# ImageNet classes that are cars seen from outside, parts of a car seen close, and pictures that are no photographs.
CAR = ("ambulance", "beach wagon", "cab", "convertible", "jeep", "limousine", "minivan", "Model T", "moving van",
       "pickup", "police van", "racer", "recreational vehicle", "sports car", "tow truck", "passenger car")
DETAIL = ("car wheel", "car mirror", "grille", "seat belt", "odometer", "disk brake", "gas pump", "oil filter",
          "analog clock", "stopwatch", "magnetic compass", "barometer", "loudspeaker", "radio", "headlight")
NO_PHOTO = ("comic book", "book jacket", "web site", "menu", "crossword puzzle", "jigsaw puzzle", "envelope",
            "packet", "toyshop", "model t", "piggy bank", "carton", "digital clock", "street sign")


def describe(sha256s: Sequence[str], features: npt.NDArray[np.float16], probabilities: npt.NDArray[np.float16],
             labels: Sequence[str]) -> pd.DataFrame:
    """Return tables.CONTENT for some pictures.

    Args:
        sha256s: the pictures, n of them.
        features: float16 (n, size), of unit length.
        probabilities: float16 (n, labels); with no labels all scores are null.
        labels: class names of the probabilities.
    """
    if not labels:
        return tables.make(tables.CONTENT, [{"sha256": sha} for sha in sha256s])
    values = probabilities.astype(np.float32)
    lower = [label.lower() for label in labels]

    def total(names: tuple[str, ...]) -> npt.NDArray[np.float32]:
        columns = [lower.index(name.lower()) for name in names if name.lower() in lower]
        return np.clip(values[:, columns].sum(axis=1), 0, 1)

    return tables.make(tables.CONTENT, pd.DataFrame({
        "sha256": list(sha256s), "car": total(CAR), "detail": total(DETAIL), "photo": 1 - total(NO_PHOTO),
        "top_label": [labels[n] for n in values.argmax(axis=1)],
    }))
