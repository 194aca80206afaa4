"""labels.json: what the model's outputs mean, and how a picture becomes its input."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import BundleError

PROBABILITY, ENERGY = "probability", "energy"


@dataclass(frozen=True)
class Labels:
    """The model's classes in the order of its outputs, its preprocessing and its calibration.

    Attributes:
        size: height and width of the input, px.
        mean, std: of each channel, on a scale of 0 to 1.
        temperature: what the logits are divided by before the softmax.
        score: ``probability`` (the largest one) or ``energy`` (log-sum-exp of the logits).
        threshold: a picture whose score is below is none of the classes.
        sandbox: whether the model was trained on drawn pictures.
    """

    classes: tuple[str, ...]
    names: Mapping[str, str]
    architecture: str
    input: str
    output: str
    size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    temperature: float
    score: str
    threshold: float
    sandbox: bool
    model_sha256: str

    def name(self, class_id: str) -> str:
        """Return the class's name as people say it."""
        return self.names.get(class_id, class_id)


def read_labels(path: Path) -> Labels:
    """Return the labels of a file.

    Raises:
        BundleError: the file is missing, or says something that this service cannot do.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        labels = _make(document)
    except FileNotFoundError as error:
        raise BundleError(f"{path}: there is no such file; run `whatbenz train` and `whatbenz bundle`") from error
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{path}: not the labels of a model ({type(error).__name__}: {error}); "
                          "run `whatbenz train` again") from error
    _check(labels, document, path)
    return labels


def _make(document: dict[str, Any]) -> Labels:
    preprocessing, reject = document["preprocessing"], document["reject"]
    height, width = (int(side) for side in preprocessing["size"])
    mean = tuple(float(value) for value in preprocessing["mean"])
    std = tuple(float(value) for value in preprocessing["std"])
    if len(mean) != 3 or len(std) != 3:
        raise ValueError("mean and std have three values")
    return Labels(
        classes=tuple(str(name) for name in document["classes"]), names=dict(document.get("names") or {}),
        architecture=str(document.get("architecture", "")), input=str(document["input"]),
        output=str(document["output"]), size=(height, width), mean=mean, std=std,  # type: ignore[arg-type]
        temperature=float(document["temperature"]), score=str(reject["score"]), threshold=float(reject["threshold"]),
        sandbox=bool(document.get("sandbox", False)), model_sha256=str(document["model_sha256"]))


def _check(labels: Labels, document: dict[str, Any], path: Path) -> None:
    preprocessing = document["preprocessing"]
    faults = {
        "classes: there are none": not labels.classes,
        "classes: one stands there twice": len(set(labels.classes)) < len(labels.classes),
        "preprocessing.resize: this service can only squish": preprocessing.get("resize") != "squish",
        "preprocessing.interpolation: this service can only bilinear": preprocessing.get("interpolation") != "bilinear",
        "preprocessing.size: not positive": min(labels.size) < 1,
        "preprocessing.std: not positive": min(labels.std) <= 0,
        "temperature: not positive": not labels.temperature > 0,
        "reject.score: neither probability nor energy": labels.score not in (PROBABILITY, ENERGY),
    }
    for fault, found in faults.items():
        if found:
            raise BundleError(f"{path}: {fault}")
