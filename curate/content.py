"""What a picture shows: a photograph of a car from outside, or a detail, a toy, a drawing, many cars, nothing of it.

A linear head on the features of the model that comes with whatbenz and on inspect's quality scores: multinomial
logistic regression, fitted by tools/fit_content_head.py on pictures labelled by eye. Only its weights are kept, in
models/content-head.npz.
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
QUALITY = ("brightness", "contrast", "sharpness", "entropy", "colourfulness", "aspect", "border")
# No width and height among them: they tell where pictures come from, not what they show.
CLIP = 6.0  # standard deviations beyond which a statistic says no more
TEXTURE_WEIGHT = 0.043  # of a standardised texture statistic beside features of unit length
QUALITY_WEIGHT = 0.2  # of a standardised quality score


@dataclass(frozen=True)
class Scale:
    """How statistics become inputs of the head: their mean and standard deviation, float32 (statistics,)."""

    mean: Floats
    std: Floats

    def apply(self, values: npt.NDArray) -> Floats:
        """Return standardised values, float32 (n, statistics); one that is not known counts as the mean."""
        return np.nan_to_num(np.clip((values.astype(np.float32) - self.mean) / self.std, -CLIP, CLIP))


@dataclass(frozen=True)
class Head:
    """The head's weights, and the checksum of the model whose features they are for."""

    model: str
    weights: Floats  # (features + texture + quality, kinds)
    bias: Floats  # (kinds,)
    texture: Scale
    quality: Scale

    def judge(self, features: npt.NDArray, texture: npt.NDArray, quality: npt.NDArray) -> Floats:
        """Return the probability of each of :data:`KINDS`, float32 (n, 6).

        Args:
            features: float (n, size), of unit length.
            texture: float (n, statistics), as the model gives them.
            quality: float (n, 7), as :func:`read_quality` gives it.
        """
        logits = join(features, self.texture.apply(texture), self.quality.apply(quality)) @ self.weights + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def join(features: npt.NDArray, texture: Floats, quality: Floats) -> Floats:
    """Return the head's input, features beside weighted texture and quality, both standardised; float32 (n, all)."""
    return np.concatenate([features.astype(np.float32), TEXTURE_WEIGHT * texture, QUALITY_WEIGHT * quality], axis=1)


def read_quality(images: pd.DataFrame) -> Floats:
    """Return the scores :data:`QUALITY` of rows of tables.IMAGES, float32 (n, 7), null as NaN.

    Colourfulness and aspect are logarithms: from grey to pale is as far as from pale to colourful.
    """
    scores = images[list(QUALITY)].astype("float64")
    scores = scores.assign(colourfulness=np.log(scores["colourfulness"] + 5), aspect=np.log(scores["aspect"]))
    return scores.to_numpy(np.float32)


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
            if tuple(arrays["quality"].tolist()) != QUALITY:
                raise ModelError(f"{path}: its quality scores are {arrays['quality'].tolist()}, not "
                                 f"{', '.join(QUALITY)}; run tools/fit_content_head.py")
            return Head(str(arrays["model"]), arrays["weights"], arrays["bias"],
                        Scale(arrays["texture_mean"], arrays["texture_std"]),
                        Scale(arrays["quality_mean"], arrays["quality_std"]))
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path}: the content head cannot be read ({error}); fetch the file again, or run "
                         "tools/fit_content_head.py") from error


def describe(images: pd.DataFrame, features: Halves, evidence: Halves, labels: Sequence[str],
             checksum: str, head: Head) -> pd.DataFrame:
    """Return tables.CONTENT for some pictures; what cannot be known of another model than the head's is null.

    Args:
        images: rows of tables.IMAGES, n of them.
        features: float16 (n, size), of unit length.
        evidence: float16 (n, labels + texture): class probabilities, then texture statistics.
        labels: class names of the probabilities.
        checksum: of the model that gave features and evidence.
        head: what judges them.
    """
    frame = pd.DataFrame({"sha256": images["sha256"].tolist()})
    shares = None
    if tuple(labels[:len(KINDS)]) == KINDS:  # zero-shot: probabilities of the kinds, then of the classes
        shares = evidence[:, :len(KINDS)].astype(np.float32)
        classes = evidence[:, len(KINDS):len(labels)]
        frame["top_label"] = [labels[len(KINDS) + row.argmax()] if len(row) and kind == 0 else KINDS[kind]
                              for row, kind in zip(classes, shares.argmax(axis=1), strict=True)]
    elif labels:
        frame["top_label"] = [labels[n] for n in evidence[:, :len(labels)].argmax(axis=1)]
    if checksum == head.model and len(frame):
        shares = head.judge(features, evidence[:, len(labels):], read_quality(images))
    if shares is not None:
        share = dict(zip(KINDS, shares.T, strict=True))
        frame = frame.assign(car=share["car"], detail=share["detail"], toy=share["toy"], drawing=share["drawing"],
                             many=share["many"], photo=1 - share["toy"] - share["drawing"])
    return tables.make(tables.CONTENT, frame)
