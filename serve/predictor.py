"""A picture's bytes → the classes ranked by calibrated probability, or "not one of these cars"."""

import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime

from pipeline.errors import ModelError
from serve.bundles import Bundle
from serve.decoding import Pixels, decode
from serve.labels import PROBABILITY

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Prediction:
    """What the model says of one picture.

    Attributes:
        known: whether it is one of the classes at all; if not, the ranking is a guess.
        ranked: class ids with their probabilities, the likeliest first; they sum to 1 over all classes.
        score: what was held against the threshold.
    """

    known: bool
    ranked: tuple[tuple[str, float], ...]
    score: float


class Predictor:
    """One ONNX session that all threads share.

    Several pictures at a time run faster each on a core of its own than one after another on all cores, so that a
    session has one thread a picture, as long as as many pictures are let in as there are cores (``serve.workers``).

    Args:
        bundle: model and labels.
        flip: whether each picture is averaged with its mirror image.
        max_pixels: width times height that is decoded at most.

    Raises:
        ModelError: the model cannot be loaded, or its shapes are not those that the labels name.
    """

    def __init__(self, bundle: Bundle, flip: bool = False, max_pixels: int = 50_000_000):
        self.labels = bundle.labels
        self._flip, self._max_pixels = flip, max_pixels
        mean, std = (np.array(values)[:, None] for values in (self.labels.mean, self.labels.std))
        self._levels = ((np.arange(256) / 255 - mean) / std).astype(np.float32)  # (3, 256): looked up, not computed
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(bundle.model, options, providers=["CPUExecutionProvider"])
            logits = self.infer(np.zeros((1, 3, *self.labels.size), np.float32))  # also the warm-up
        except Exception as error:  # onnxruntime raises classes of its own, which it does not export
            raise ModelError(f"{bundle.model}: onnxruntime cannot run it on {self.labels.size} pictures: "
                             f"{error}") from error
        if logits.shape != (1, len(self.labels.classes)):
            raise ModelError(f"{bundle.model}: gives {logits.shape[1:]} outputs, the labels name "
                             f"{len(self.labels.classes)} classes; run `whatbenz train` again")

    def predict(self, data: bytes) -> Prediction:
        """Return what the model says of the picture in ``data``.

        Raises:
            PictureError: as :func:`serve.decoding.decode`.
        """
        return self.rank(self.infer(self.prepare(self.decode(data))).mean(axis=0))

    def decode(self, data: bytes) -> Pixels:
        """Return the picture in ``data`` as RGB uint8 (height, width, 3) of the model's size.

        Raises:
            PictureError: as :func:`serve.decoding.decode`.
        """
        return decode(data, self.labels.size, self._max_pixels)

    def prepare(self, pixels: Pixels) -> Floats:
        """Return the model's input, float32 (1 or, with flip, 2; 3; height; width)."""
        plane = np.stack([self._levels[channel][pixels[:, :, channel]] for channel in range(3)])
        return np.stack([plane, plane[:, :, ::-1]]) if self._flip else plane[None]

    def infer(self, images: Floats) -> Floats:
        """Return the logits, float32 (n, classes), of a batch."""
        return self._session.run([self.labels.output], {self.labels.input: images})[0]  # type: ignore[return-value]

    def rank(self, logits: Floats) -> Prediction:
        """Return the prediction that logits (classes,) mean."""
        scaled = logits.astype(np.float64) / self.labels.temperature
        top = scaled.max()
        weights = np.exp(scaled - top)
        probabilities = weights / weights.sum()
        if self.labels.score == PROBABILITY:
            score = float(probabilities.max())
        else:
            peak = float(logits.max())
            score = peak + float(np.log(np.exp(logits.astype(np.float64) - peak).sum()))
        order = np.argsort(-probabilities, kind="stable")
        ranked = tuple((self.labels.classes[place], float(probabilities[place])) for place in order)
        return Prediction(score >= self.labels.threshold, ranked, score)


def count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
