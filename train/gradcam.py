"""Grad-CAM: where a network looks when it names a class (Selvaraju and others, Grad-CAM, 2017)."""

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import nn

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

# Stops from blue over nothing to red, as (share of the heat, RGB, opacity).
_COLOURS = np.array([[0, 0, 60], [40, 90, 200], [250, 200, 40], [230, 30, 20]], np.float32)
_OPACITY = 0.55


def explain(model: nn.Module, picture: Floats, class_number: int) -> Floats:
    """Return how much each place speaks for the class, float32 (h/32, w/32), 0 to 1.

    Args:
        model: body and head, in evaluation mode.
        picture: float32 (3, h, w), normalised.
        class_number: the class to explain.
    """
    with torch.enable_grad():
        maps = model[0](torch.from_numpy(picture)[None]).detach().requires_grad_()
        model[1](maps)[0, class_number].backward()
    assert maps.grad is not None
    weights = maps.grad[0].mean(dim=(1, 2))
    heat = torch.relu((weights[:, None, None] * maps[0]).sum(dim=0)).detach()
    return (heat / heat.max().clamp(min=1e-12)).numpy()


def overlay(image: Image.Image, heat: Floats) -> Image.Image:
    """Return the picture with the heat laid on it: the hotter, the more opaque."""
    wide = np.asarray(Image.fromarray((heat * 255).astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC),
                      np.float32) / 255
    stops = np.linspace(0, 1, len(_COLOURS))
    colour = np.stack([np.interp(wide, stops, _COLOURS[:, channel]) for channel in range(3)], axis=2)
    opacity = _OPACITY * wide[..., None]
    return Image.fromarray((np.asarray(image, np.float32) * (1 - opacity) + colour * opacity).astype(np.uint8))
