"""Thumbnails → features of a small ImageNet model and what it sees in each picture, by onnxruntime alone."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from curate.clip import PREFIX, load_clip
from pipeline.errors import ModelError

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]

BUILT_IN = {"efficientnet-lite0": Path(__file__).parent / "models" / "efficientnet-lite0.onnx"}
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Embedder(Protocol):
    """What :func:`embed` needs of a model."""

    @property
    def checksum(self) -> str:
        """What changes whenever an output may."""

    @property
    def size(self) -> int:
        """Features a picture."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names of the probabilities; empty where it has none."""

    def prepare(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """Return the input of one RGB picture (height, width, 3)."""

    def run(self, inputs: Floats) -> tuple[Floats, Floats]:
        """Return features (n, size) and evidence (n, labels + texture): class probabilities, then texture."""


@dataclass(frozen=True)
class OnnxModel:
    """A model in an ONNX file: ``pixels`` (n, 3, side, side) → features, and probabilities where it has labels."""

    session: Any
    checksum: str
    side: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: int
    labels: tuple[str, ...]

    def prepare(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """Return the whole picture squeezed to side × side, normalised; float32 (3, side, side)."""
        height, width = pixels.shape[:2]
        shrinks = max(height, width) >= self.side
        small = cv2.resize(pixels, (self.side, self.side),
                           interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        mean, std = np.asarray(self.mean, np.float32), np.asarray(self.std, np.float32)
        scaled = (small.astype(np.float32) / 255 - mean) / std
        return np.ascontiguousarray(scaled.transpose(2, 0, 1))

    def run(self, inputs: Floats) -> tuple[Floats, Floats]:
        """Return features (n, size) and evidence (n, labels + texture): class probabilities, then texture; float32."""
        outputs = self.session.run(None, {self.session.get_inputs()[0].name: inputs})
        features = outputs[0].reshape(len(inputs), -1)
        evidence = np.concatenate(outputs[1:], axis=1) if self.labels else np.zeros((len(inputs), 0), np.float32)
        return features, evidence


def load_model(name: str, threads: int | None = None, classes: Sequence[str] = ()) -> Embedder:
    """Return the model that comes with whatbenz, the one in the ONNX file ``name``, or one of open_clip.

    ``classes`` are the names of the classes to collect, for models that are asked in words.

    Raises:
        ModelError: the file is missing, damaged (checksum) or of another shape.
    """
    import onnxruntime

    if name.startswith(PREFIX):
        return load_clip(name, classes)
    path = BUILT_IN.get(name, Path(name))
    if not path.exists():
        raise ModelError(f"embed.model: {name}: no such file; valid names are {', '.join(BUILT_IN)}, "
                         f"the path of an ONNX file, or {PREFIX}<architecture>[:<weights>]")
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    stated = path.with_suffix(".onnx.sha256")
    if stated.exists() and stated.read_text().split()[0] != checksum:
        raise ModelError(f"{path}: its sha256 is {checksum}, not that of {stated.name}: the file is damaged; "
                         "fetch it again or run tools/convert_lite0.py")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base class of their own
        raise ModelError(f"{path}: onnxruntime cannot load it: {error}") from error
    return _describe(session, path, checksum)


def _describe(session: Any, path: Path, checksum: str) -> OnnxModel:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    facts = session.get_modelmeta().custom_metadata_map
    shape = inputs[0].shape if inputs else []
    side = int(facts["side"]) if "side" in facts else shape[-1] if len(shape) == 4 else None
    if len(inputs) != 1 or len(shape) != 4 or inputs[0].type != "tensor(float)" or not isinstance(side, int):
        raise ModelError(f"{path}: expected one float input of shape (n, 3, side, side), found "
                         f"{[(i.name, i.type, i.shape) for i in inputs]}")
    labels = tuple(json.loads(facts["labels"])) if "labels" in facts and len(outputs) > 1 else ()
    size = outputs[0].shape[-1]
    if not isinstance(size, int):
        probe = session.run(None, {inputs[0].name: np.zeros((1, 3, side, side), np.float32)})
        size = int(np.prod(probe[0].shape[1:]))
    return OnnxModel(session, checksum, side, tuple(json.loads(facts.get("mean", str(list(IMAGENET_MEAN))))),
                     tuple(json.loads(facts.get("std", str(list(IMAGENET_STD))))), size, labels)


def embed(model: Embedder, sha256s: Sequence[str], read_pixels: Callable[[str], npt.NDArray[np.uint8]],
          batch: int = 32, on_batch: Callable[[Sequence[str], Halves, Halves], None] | None = None) -> None:
    """Run the model over pictures in batches; memory holds three batches, however many pictures there are.

    Args:
        model: what makes features and probabilities.
        sha256s: the pictures, in the order in which results come.
        read_pixels: returns the RGB pixels of one picture.
        batch: pictures a batch.
        on_batch: receives the sha256s of a batch, its features (n, size), of unit length, and its evidence
            (n, labels + texture), both float16.
    """
    batches = (sha256s[n:n + batch] for n in range(0, len(sha256s), batch))

    def prepare(names: Sequence[str]) -> tuple[Sequence[str], Floats]:
        return names, np.stack([model.prepare(read_pixels(name)) for name in names])

    with ThreadPoolExecutor(1) as reader:
        waiting = [reader.submit(prepare, names) for names in islice(batches, 2)]
        while waiting:
            names, inputs = waiting.pop(0).result()
            if (following := next(batches, None)) is not None:
                waiting.append(reader.submit(prepare, following))
            features, evidence = model.run(inputs)
            length = np.linalg.norm(features, axis=1, keepdims=True)
            features = features / np.maximum(length, 1e-12)
            if on_batch:
                on_batch(names, features.astype(np.float16), evidence.astype(np.float16))
