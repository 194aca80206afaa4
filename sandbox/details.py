"""What lies on a body: patches with a material, thin lines, and the trim that chooses among them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sandbox.body import Patch
from sandbox.paint import Material

LEFT, RIGHT = 1.0, -1.0
SIDES = (LEFT, RIGHT)


@dataclass(frozen=True)
class Trim:
    """What may differ between two cars of one class.

    Attributes:
        chrome: bright window lines and grille; otherwise black.
        plate: with a number plate.
        lights: headlamps on.
    """

    chrome: bool
    plate: bool
    lights: bool


@dataclass(frozen=True)
class Detail:
    """A patch and its material, one for all its quads or spread over them."""

    patch: Patch
    material: Material

    @staticmethod
    def join(details: "list[Detail]") -> "Detail":
        """Return the details as one, in their order: the later ones lie on the earlier ones."""
        counts = [len(detail.patch.quads) for detail in details]
        return Detail(
            Patch.join([detail.patch for detail in details]),
            Material.spread([detail.material for detail in details], counts),
        )


# The material that a trim gives a patch, None where cars of that trim have no such thing.
Choice = Callable[[Trim], Material | None]


@dataclass(frozen=True)
class Option:
    """A patch whose material is the trim's choice."""

    patch: Patch
    choice: Choice


def part_of(patch: Patch, material: Material | Choice) -> Detail | Option:
    """Return a patch with its material, or with its choice of materials."""
    return Option(patch, material) if callable(material) else Detail(patch, material)


def trimmed(parts: list[Detail | Option], trim: Trim) -> Detail:
    """Return what a car of a trim has of ``parts``, as one, in their order."""
    details = []
    for part in parts:
        if isinstance(part, Detail):
            details.append(part)
        elif (material := part.choice(trim)) is not None:
            details.append(Detail(part.patch, material))
    return Detail.join(details)


@dataclass(frozen=True)
class Line:
    """A thin line (n, 3) on the surface that faces ``outward``; ``width`` in metres, ``colour`` 0 to 1."""

    points: np.ndarray
    outward: np.ndarray
    width: float
    colour: float


def span_of(a: float, b: float, count: int) -> np.ndarray:
    """Return places (count, 1) from ``a`` to ``b``."""
    return np.linspace(a, b, count)[:, None]


def band_of(low: np.ndarray, high: np.ndarray, rows: int) -> np.ndarray:
    """Return heights (n, rows) between two lines (n, 1)."""
    return low + (high - low) * np.linspace(0, 1, rows)[None, :]
