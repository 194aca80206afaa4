"""Logits of many pictures from a trained network or from its ONNX file, prepared as the service prepares them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from torch import nn

from pipeline.progress import track
from train.pictures import prepare, read_picture

Floats = npt.NDArray[np.float32]
BATCH = 16


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes the model's input: squeezed to height and width, then normalised."""

    size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def read(self, path: Path) -> Floats:
        """Return a file as the model sees it, float32 (3, height, width)."""
        return prepare(read_picture(path), self.size, self.mean, self.std)


def predict(model: nn.Module, preprocessing: Preprocessing, paths: Sequence[Path], label: str = "predict") -> Floats:
    """Return the network's logits, float32 (n, classes)."""
    model = model.cpu().eval()

    def run(batch: Floats) -> Floats:
        with torch.inference_mode():
            return model(torch.from_numpy(batch)).numpy()

    return _collect(run, preprocessing, paths, label)


def predict_onnx(model: Path, preprocessing: Preprocessing, paths: Sequence[Path], label: str = "predict") -> Floats:
    """Return the ONNX file's logits, float32 (n, classes)."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return _collect(lambda batch: session.run(["logits"], {"image": batch})[0], preprocessing, paths, label)


def _collect(run: Callable[[Floats], Floats], preprocessing: Preprocessing, paths: Sequence[Path],
             label: str) -> Floats:
    parts = [run(np.stack(batch)) for batch in _batches(preprocessing, track(paths, label, len(paths)))]
    return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)


def _batches(preprocessing: Preprocessing, paths: Iterator[Path] | Sequence[Path]) -> Iterator[list[Floats]]:
    batch: list[Floats] = []
    for path in paths:
        batch.append(preprocessing.read(path))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
