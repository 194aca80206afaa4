"""What came of a training: measures of its validation pictures, for dvc metrics and plots, the page and the card."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from train.calibration import Reject
from train.measures import (
    ClassScore,
    Confusion,
    bin_confidence,
    calibration_error,
    count_confusions,
    list_confusions,
    macro_f1,
    score_classes,
    softmax,
    top_share,
)

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Mistake:
    """A validation picture that is taken for another class."""

    path: Path
    actual: str
    predicted: str
    probability: float  # of the wrong class
    own_probability: float  # of its label


@dataclass(frozen=True)
class Outcome:
    """The measures of one model on the validation pictures."""

    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: Ints
    probabilities: Floats  # calibrated, float64 (n, classes)
    matrix: Ints
    scores: list[ClassScore]
    confusions: list[Confusion]
    temperature: float
    uncalibrated_error: float
    reject: Reject
    history: list[dict[str, Any]]

    @property
    def mistakes(self) -> list[Mistake]:
        """The wrong answers, the surest first."""
        predicted = self.probabilities.argmax(axis=1)
        found = [Mistake(self.paths[n], self.classes[self.labels[n]], self.classes[predicted[n]],
                         float(self.probabilities[n, predicted[n]]), float(self.probabilities[n, self.labels[n]]))
                 for n in np.flatnonzero(predicted != self.labels)]
        return sorted(found, key=lambda m: (-m.probability, str(m.path)))


def measure(classes: Sequence[str], paths: Sequence[Path], labels: Ints, logits: Floats, temperature: float,
            reject: Reject, history: list[dict[str, Any]]) -> Outcome:
    """Return the measures of ``logits``, float (n, classes), against ``labels``, int64 (n,)."""
    probabilities = softmax(logits, temperature)
    matrix = count_confusions(probabilities.argmax(axis=1), labels, len(classes))
    return Outcome(tuple(classes), tuple(paths), labels, probabilities, matrix, score_classes(matrix, classes),
                   list_confusions(matrix, classes), temperature, calibration_error(softmax(logits), labels), reject,
                   history)


def make_metrics(found: Outcome) -> dict[str, Any]:
    """Return the numbers for ``dvc metrics``: the same keys in every run."""
    head = [row["accuracy"] for row in found.history if row["step"] == "head"]
    steps = [row for row in found.history if row["step"] == found.history[-1]["step"]]
    best = min(steps, key=lambda row: row["valid_loss"])
    rows = np.arange(len(found.labels))
    return {
        "top1": round(top_share(found.probabilities, found.labels, 1), 4),
        "top3": round(top_share(found.probabilities, found.labels, 3), 4),
        "macro_f1": round(macro_f1(found.scores), 4),
        "loss": round(float(-np.log(np.maximum(found.probabilities[rows, found.labels], 1e-12)).mean()), 4),
        "calibration_error": round(calibration_error(found.probabilities, found.labels), 4),
        "calibration_error_before": round(found.uncalibrated_error, 4),
        "temperature": round(found.temperature, 4),
        "head_only_top1": head[-1] if head else None,
        "last_epoch_top1": steps[-1]["accuracy"],
        "best_epoch": best["epoch"], "epochs": len(steps),
        "valid_pictures": len(found.labels), "classes": len(found.classes),
        "reject_kept": round(found.reject.kept, 4), "reject_off_topic": found.reject.off_topic,
        "reject_refused": None if found.reject.refused is None else round(found.reject.refused, 4),
    }


def make_plots(found: Outcome) -> dict[str, str]:
    """Return file name → JSON text of the series that dvc.yaml draws."""
    predicted = found.probabilities.argmax(axis=1)
    series: dict[str, list[dict[str, Any]]] = {
        "epochs.json": [{"epoch": n, **{key: row[key] for key in ("step", "train_loss", "valid_loss", "accuracy")}}
                        for n, row in enumerate(found.history, start=1)],
        "confusion.json": [{"actual": found.classes[actual], "predicted": found.classes[guess]}
                           for actual, guess in zip(found.labels, predicted, strict=True)],
        "classes.json": [{"class_id": s.class_id, "pictures": s.pictures, "precision": round(s.precision, 4),
                          "recall": round(s.recall, 4), "f1": round(s.f1, 4)} for s in found.scores],
        "calibration.json": [{"confidence": round(confidence, 4), "accuracy": round(accuracy, 4), "pictures": count}
                             for confidence, accuracy, count in bin_confidence(found.probabilities, found.labels)],
    }
    return {name: json.dumps(records, indent=1, ensure_ascii=False) + "\n" for name, records in series.items()}
