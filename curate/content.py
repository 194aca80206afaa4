"""What a picture shows: a photograph of a car from outside, or a detail, a toy, a drawing, many cars, nothing of it.

A linear head on the features of the model that comes with whatbenz: multinomial logistic regression, fitted by
tools/fit_content_head.py on pictures labelled by eye. Only its weights are kept, in models/content-head.npz.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

import tables
from pipeline.errors import ModelError

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]

PATH = Path(__file__).parent / "models" / "content-head.npz"
KINDS = ("car", "detail", "toy", "drawing", "many", "nothing")
TEXTURE_CLIP = 6.0  # standard deviations beyond which a texture statistic says no more
TEXTURE_WEIGHT = 0.043  # of a standardised texture statistic beside features of unit length


@dataclass(frozen=True)
class Head:
    """The head's weights, and the checksum of the model whose features they are for."""

    model: str
    weights: Floats  # (features + texture, kinds)
    bias: Floats  # (kinds,)
    texture_mean: Floats
    texture_std: Floats

    def judge(self, features: npt.NDArray, texture: npt.NDArray) -> Floats:
        """Return the probability of each of :data:`KINDS`, float32 (n, 6).

        Args:
            features: float (n, size), of unit length.
            texture: float (n, statistics), as the model gives them.
        """
        logits = join(features, texture, self.texture_mean, self.texture_std) @ self.weights + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def join(features: npt.NDArray, texture: npt.NDArray, mean: Floats, std: Floats) -> Floats:
    """Return the head's input: features and standardised texture side by side, float32 (n, features + texture)."""
    standard = np.clip((texture.astype(np.float32) - mean) / std, -TEXTURE_CLIP, TEXTURE_CLIP)
    return np.concatenate([features.astype(np.float32), TEXTURE_WEIGHT * standard], axis=1)


def load_head(path: Path = PATH) -> Head:
    """Return the head that comes with whatbenz.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if tuple(arrays["kinds"].tolist()) != KINDS:
                raise ModelError(f"{path}: its kinds are {arrays['kinds'].tolist()}, not {', '.join(KINDS)}; "
                                 "run tools/fit_content_head.py")
            return Head(str(arrays["model"]), *(arrays[name] for name in (
                "weights", "bias", "texture_mean", "texture_std")))
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: the content head cannot be read ({error}); fetch the file again, or run "
                         "tools/fit_content_head.py") from error


def describe(sha256s: Sequence[str], features: Halves, evidence: Halves, labels: Sequence[str],
             checksum: str, head: Head) -> pd.DataFrame:
    """Return tables.CONTENT for some pictures; what cannot be known of another model than the head's is null.

    Args:
        sha256s: the pictures, n of them.
        features: float16 (n, size), of unit length.
        evidence: float16 (n, labels + texture): class probabilities, then texture statistics.
        labels: class names of the probabilities.
        checksum: of the model that gave features and evidence.
        head: what judges them.
    """
    frame = pd.DataFrame({"sha256": list(sha256s)})
    shares = None
    if tuple(labels[:len(KINDS)]) == KINDS:  # zero-shot: probabilities of the kinds, then of the classes
        shares = evidence[:, :len(KINDS)].astype(np.float32)
        classes = evidence[:, len(KINDS):len(labels)]
        frame["top_label"] = [labels[len(KINDS) + row.argmax()] if len(row) and kind == 0 else KINDS[kind]
                              for row, kind in zip(classes, shares.argmax(axis=1), strict=True)]
    elif labels:
        frame["top_label"] = [labels[n] for n in evidence[:, :len(labels)].argmax(axis=1)]
    if checksum == head.model and len(frame):
        shares = head.judge(features, evidence[:, len(labels):])
    if shares is not None:
        share = dict(zip(KINDS, shares.T, strict=True))
        frame = frame.assign(car=share["car"], detail=share["detail"], toy=share["toy"], drawing=share["drawing"],
                             many=share["many"], photo=1 - share["toy"] - share["drawing"])
    return tables.make(tables.CONTENT, frame)
