"""How good a model is: top-1, top-3, precision and recall by class, calibration, and what it confuses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]
BINS = 15  # of equal width, as in Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, 2017


@dataclass(frozen=True)
class ClassScore:
    """One class on the validation pictures; a share of nothing is 0."""

    class_id: str
    pictures: int
    predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Confusion:
    """Two classes that are taken for each other."""

    actual: str
    predicted: str
    count: int
    pictures: int  # validation pictures of ``actual``


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Return probabilities, float64 (n, classes)."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def top_share(probabilities: Floats, labels: Ints, k: int) -> float:
    """Return the share of pictures whose label is among the ``k`` likeliest classes."""
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


def count_confusions(predicted: Ints, labels: Ints, classes: int) -> Ints:
    """Return the confusion matrix, int64 (classes, classes): rows are what it is, columns what it is taken for."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


def score_classes(matrix: Ints, classes: Sequence[str]) -> list[ClassScore]:
    """Return precision, recall and F1 of each class, in the order of ``classes``."""
    scores = []
    for n, class_id in enumerate(classes):
        hits, actual, predicted = int(matrix[n, n]), int(matrix[n].sum()), int(matrix[:, n].sum())
        scores.append(ClassScore(class_id, actual, predicted, hits / predicted if predicted else 0.0,
                                 hits / actual if actual else 0.0,
                                 2 * hits / (actual + predicted) if actual + predicted else 0.0))
    return scores


def macro_f1(scores: Sequence[ClassScore]) -> float:
    """Return the mean F1 of the classes that have validation pictures."""
    return float(np.mean([score.f1 for score in scores if score.pictures]))


def list_confusions(matrix: Ints, classes: Sequence[str]) -> list[Confusion]:
    """Return what is taken for what, the most frequent first."""
    found = [Confusion(classes[row], classes[column], int(matrix[row, column]), int(matrix[row].sum()))
             for row, column in np.argwhere(matrix) if row != column]
    return sorted(found, key=lambda c: (-c.count, c.pictures, c.actual, c.predicted))


def bin_confidence(probabilities: Floats, labels: Ints) -> list[tuple[float, float, int]]:
    """Return (mean confidence, accuracy, pictures) of each of :data:`BINS` bins that has a picture."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [(float(confidence[bins == n].mean()), float(right[bins == n].mean()), int((bins == n).sum()))
            for n in range(BINS) if (bins == n).any()]


def calibration_error(probabilities: Floats, labels: Ints) -> float:
    """Return the expected calibration error: by how much confidence misses accuracy, 0 to 1."""
    return sum(abs(confidence - accuracy) * count
               for confidence, accuracy, count in bin_confidence(probabilities, labels)) / len(labels)
