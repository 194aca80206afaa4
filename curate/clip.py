"""``embed.model: open_clip:<name>``: a CLIP model, and what it sees zero-shot, by prompts for each kind and class.

A probability is the softmax over the cosines of the picture with mean prompts (Radford and others, Learning
transferable visual models from natural language supervision, 2021): once over the kinds of picture, once over the
classes to collect.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.errors import ModelError

Floats = npt.NDArray[np.float32]

PREFIX = "open_clip:"
CLASS_PROMPTS = ("a photo of a {}", "a photo of a {} car from outside", "a press photo of a {}")

# Kind of picture (curate.content.KINDS) → what it may be called.
PROMPTS: Mapping[str, tuple[str, ...]] = {
    "car": ("a photo of a car", "a photo of a car parked in the street", "a press photo of a car in a studio",
            "a photo of the rear of a car", "a photo of a car driving on a road"),
    "detail": ("a photo of the interior of a car", "a photo of a car's dashboard and steering wheel",
               "a photo of a car seat", "a close-up of a wheel", "a photo of an engine bay",
               "a close-up of a car badge", "a photo of an open car boot", "a photo of a car part"),
    "toy": ("a photo of a toy car", "a scale model of a car", "a model car in its box", "a car made of plastic bricks"),
    "drawing": ("a drawing of a car", "a cartoon of a car", "a blueprint of a car", "a logo", "a car advert with text",
                "a computer rendering of a car on a plain ground", "a book cover with a car"),
    "many": ("a collage of several photos of cars", "a photo of many cars in a row", "a photo of a car park"),
    "nothing": ("a photo of people without a car", "a photo of a landscape", "a photo of a building", "a screenshot",
                "a photo of an animal", "an empty picture", "a map"),
}


@dataclass(frozen=True)
class ClipModel:
    """A CLIP model as curate.embed.Embedder: image features, probabilities of :data:`PROMPTS`' kinds and of classes."""

    network: Any  # open_clip.CLIP
    checksum: str
    side: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: int
    labels: tuple[str, ...]  # the kinds, then the names of the classes
    prompts: Floats  # (labels, size), the mean prompt of each, of unit length
    scale: float  # by which a cosine is multiplied before the softmax

    def prepare(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """Return the picture's middle square at side × side, normalised; float32 (3, side, side)."""
        height, width = pixels.shape[:2]
        edge = min(height, width)
        top, left = (height - edge) // 2, (width - edge) // 2
        square = cv2.resize(pixels[top:top + edge, left:left + edge], (self.side, self.side),
                            interpolation=cv2.INTER_AREA if edge >= self.side else cv2.INTER_CUBIC)
        mean, std = np.asarray(self.mean, np.float32), np.asarray(self.std, np.float32)
        scaled = (square.astype(np.float32) / 255 - mean) / std
        return np.ascontiguousarray(scaled.transpose(2, 0, 1))

    def run(self, inputs: Floats) -> tuple[Floats, Floats]:
        """Return features (n, size) of unit length and the probabilities (n, labels), float32.

        The kinds' sum to 1, and so do the classes'.
        """
        import torch

        with torch.inference_mode():
            features = self.network.encode_image(torch.from_numpy(inputs)).float().numpy()
        features = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
        logits = self.scale * features @ self.prompts.T
        count = len(PROMPTS)
        parts = [_softmax(part) for part in (logits[:, :count], logits[:, count:]) if part.shape[1]]
        return features, np.concatenate(parts, axis=1).astype(np.float32)


def _softmax(logits: npt.NDArray) -> npt.NDArray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def load_clip(name: str, classes: Sequence[str] = ()) -> ClipModel:
    """Return the model ``open_clip:<architecture>[:<weights>]``, for example ``open_clip:ViT-B-32:openai``.

    open_clip fetches the weights itself, once, into its own cache; ``weights`` may also be a file. ``classes`` are the
    names of the classes to collect.

    Raises:
        ModelError: open_clip is not installed, knows no such model, or cannot fetch its weights.
    """
    try:
        import open_clip
    except ImportError as error:
        raise ModelError(f"embed.model: {name}: open_clip is not installed; pip install 'whatbenz[clip]'") from error

    architecture, _, weights = name.removeprefix(PREFIX).partition(":")
    known = open_clip.list_models()
    if architecture not in known:
        raise ModelError(f"embed.model: {name}: open_clip has no model {architecture}; it has {', '.join(known[:8])} …")
    weights = weights or next(iter(open_clip.list_pretrained_tags_by_model(architecture)), "")
    if not weights:
        raise ModelError(f"embed.model: {name}: open_clip has no weights for it; name a file: "
                         f"{PREFIX}{architecture}:<path>")
    try:
        network = open_clip.create_model(architecture, pretrained=weights, device="cpu", require_pretrained=True)
        tokenizer = open_clip.get_tokenizer(architecture)
    except Exception as error:  # the hub, the network and torch each raise errors of their own
        raise ModelError(f"embed.model: {name}: the weights {weights} cannot be had: {error}") from error
    return describe_network(network, tokenizer, classes)


def describe_network(network: Any, tokenizer: Any, classes: Sequence[str] = ()) -> ClipModel:
    """Return a loaded CLIP network with its mean prompts; ``tokenizer`` turns texts into its input."""
    import torch

    network.eval()
    wordings = [*PROMPTS.values(), *(tuple(prompt.format(name) for prompt in CLASS_PROMPTS) for name in classes)]
    with torch.inference_mode():
        texts = [network.encode_text(tokenizer(list(prompts))).float().numpy() for prompts in wordings]
    means = np.stack([(text / np.linalg.norm(text, axis=1, keepdims=True)).mean(axis=0) for text in texts])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    side = network.visual.image_size
    digest = hashlib.sha256(repr(wordings).encode())
    for key, tensor in sorted(network.state_dict().items()):
        digest.update(key.encode() + tensor.float().numpy().tobytes())
    return ClipModel(network, digest.hexdigest(), side[0] if isinstance(side, tuple) else side,
                     tuple(network.visual.image_mean), tuple(network.visual.image_std), means.shape[1],
                     (*PROMPTS, *classes), means.astype(np.float32), network.logit_scale.exp().item())
