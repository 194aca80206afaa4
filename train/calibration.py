"""Probabilities that hold what they promise, and a threshold below which a picture is none of the classes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from train.measures import softmax

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]
PROBABILITY, ENERGY = "probability", "energy"
FEW = 10  # off-topic pictures below which nothing is chosen by them


@dataclass(frozen=True)
class Reject:
    """The rule by which a picture is called none of the classes: its score is below the threshold.

    Attributes:
        score: ``probability`` (the largest calibrated one) or ``energy`` (log-sum-exp of the logits).
        kept: share of validation pictures at or above the threshold.
        refused: share of off-topic pictures below it; None where there are none.
        off_topic: how many there were.
    """

    score: str
    threshold: float
    kept: float
    refused: float | None
    off_topic: int


def fit_temperature(logits: Floats, labels: Ints) -> float:
    """Return the temperature by which the labels are likeliest (Guo, Pleiss, Sun and Weinberger, 2017).

    Args:
        logits: float (n, classes), of pictures that the model did not learn from.
        labels: int64 (n,).
    """
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        probabilities = softmax(logits, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(probabilities[rows, labels], 1e-12)).mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def score_known(logits: Floats, temperature: float, score: str) -> Floats:
    """Return for each picture how sure the model is that it is of any class, float64 (n,)."""
    if score == PROBABILITY:
        return softmax(logits, temperature).max(axis=1)
    highest = logits.max(axis=1).astype(np.float64)
    return highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))


def choose_reject(valid: Floats, off_topic: Floats, temperature: float, keep: float) -> Reject:
    """Return the score and threshold that refuse most off-topic pictures and keep at least ``keep`` of the others.

    The energy is that of Liu, Wang, Owens and Li, Energy-based out-of-distribution detection, 2020. Where there are
    fewer than :data:`FEW` off-topic pictures, it is the probability.

    Args:
        valid: logits of the validation pictures, float (n, classes).
        off_topic: logits of pictures that show no car from outside, float (m, classes).
        temperature: as :func:`fit_temperature` gives it.
        keep: share of the validation pictures to keep.
    """
    rules = [_hold(valid, off_topic, temperature, score, keep) for score in (PROBABILITY, ENERGY)]
    if len(off_topic) < FEW or (rules[0].refused or 0) >= (rules[1].refused or 0):
        return rules[0]
    return rules[1]


def _hold(valid: Floats, off_topic: Floats, temperature: float, score: str, keep: float) -> Reject:
    known = np.sort(score_known(valid, temperature, score))
    threshold = float(known[int(np.floor((1 - keep) * len(known)))])
    refused = float((score_known(off_topic, temperature, score) < threshold).mean()) if len(off_topic) else None
    return Reject(score, threshold, float((known >= threshold).mean()), refused, len(off_topic))
