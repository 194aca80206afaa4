"""Materials and light: what colour a surface shows to the camera."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Light:
    """The light of a scene; colours are RGB, 1 is white.

    Attributes:
        towards: (3,) unit vector towards the sun or the main lamp.
        sun: (3,) colour of the direct light, black under a closed sky.
        zenith, horizon: (3,) colours of the sky, or of the ceiling and walls, that surfaces reflect.
        ground: (3,) colour that the ground throws back.
        ambient: strength of the light from all sides.
        skyline: (n, 2) what stands around, by direction: how high it reaches (the sine of its elevation) and
            how bright it is beside the horizon; surfaces reflect it.
    """

    towards: np.ndarray
    sun: np.ndarray
    zenith: np.ndarray
    horizon: np.ndarray
    ground: np.ndarray
    ambient: float
    skyline: np.ndarray = field(default_factory=lambda: np.array([[0.08, 0.45]]))

    def seen(self, directions: np.ndarray) -> np.ndarray:
        """Return the colour (n, 3) that a mirror shows which looks along ``directions`` (n, 3)."""
        up = directions[:, 2:]
        sky = self.horizon + (self.zenith - self.horizon) * np.sqrt(np.clip(up, 0, 1))
        turn = np.arctan2(directions[:, 1], directions[:, 0]) / (2 * np.pi) + 0.5
        around = self.skyline[(turn * len(self.skyline)).astype(int) % len(self.skyline)]
        standing = np.clip((around[:, :1] - up) / 0.10 + 0.5, 0, 1)
        sky = sky + (self.horizon * around[:, 1:] - sky) * standing
        below = self.ground * (0.55 + 0.45 * np.clip(-up * 2, 0, 1))
        blend = np.clip(up / 0.06 + 0.5, 0, 1)
        return below + (sky - below) * blend


def choose_skyline(rng: np.random.Generator) -> np.ndarray:
    """Return what stands around a car (96, 2): houses, trees, walls and lamps, each a few steps wide."""
    count = int(rng.integers(10, 40))
    edges = np.sort(rng.integers(0, 96, count))
    part = np.searchsorted(edges, np.arange(96), side="right")
    heights = rng.gamma(2.0, rng.uniform(0.05, 0.16), count + 1)[part] + rng.normal(0, 0.012, 96)
    tones = np.where(rng.random(count + 1) < 0.15, rng.uniform(1.0, 1.3, count + 1), rng.uniform(0.12, 0.85, count + 1))
    standing = np.stack([np.clip(heights, 0, 0.95), tones[part]], axis=1)
    soft = np.array([1, 2, 3, 2, 1]) / 9  # a painted surface is no mirror
    return sum(weight * np.roll(standing, shift, axis=0) for weight, shift in zip(soft, range(-2, 3), strict=True))


@dataclass(frozen=True)
class Material:
    """How a surface takes light. Of several surfaces at once, every field has one row for each quad.

    Attributes:
        colour: (3,) RGB, 1 is white.
        mirror: share reflected when looked at straight, 0 to 1; it rises to 1 at grazing angles.
        gloss: strength of the sun's highlight.
        sharp: how small the highlight is.
        rough: how much of the reflection is lost to diffusion, 0 to 1.
    """

    colour: np.ndarray
    mirror: float | np.ndarray = 0.0
    gloss: float | np.ndarray = 0.0
    sharp: float | np.ndarray = 40.0
    rough: float | np.ndarray = 0.0

    @staticmethod
    def spread(materials: "list[Material]", counts: list[int]) -> "Material":
        """Return one material of ``sum(counts)`` rows, each of ``materials`` repeated as often as counted."""

        def rows(name: str) -> np.ndarray:
            values = np.array([np.atleast_1d(getattr(material, name)) for material in materials], dtype=np.float32)
            return np.repeat(values, counts, axis=0)

        return Material(rows("colour"), rows("mirror"), rows("gloss"), rows("sharp"), rows("rough"))

    def rows(self, chosen: np.ndarray) -> "Material":
        """Return the chosen rows of a spread material."""
        return Material(
            self.colour[chosen],
            *(np.asarray(value)[chosen] for value in (self.mirror, self.gloss, self.sharp, self.rough)),
        )


def rgb(*values: int) -> np.ndarray:
    """Return a colour given in 0 to 255 as an array of 0 to 1."""
    return np.array(values, dtype=float) / 255


RUBBER = Material(rgb(24, 24, 26), 0.01, 0.1, 6.0)
PLASTIC = Material(rgb(34, 34, 36), 0.02, 0.15, 10.0, 0.6)
GLASS = Material(rgb(16, 20, 23), 0.10, 0.9, 120.0)
CHROME = Material(rgb(150, 152, 156), 0.55, 0.8, 60.0)
GAP = Material(rgb(10, 10, 11))
LAMP = Material(rgb(205, 214, 224), 0.20, 0.9, 90.0)
LAMP_DARK = Material(rgb(70, 76, 84), 0.15, 0.8, 90.0)
TAIL_LAMP = Material(rgb(150, 14, 18), 0.10, 0.7, 80.0)
INK = Material(rgb(20, 20, 24))
PLATE = Material(rgb(236, 236, 232), 0.02, 0.1)
FABRIC = Material(rgb(30, 30, 34), 0.0, 0.05, 4.0)
BRAKE = Material(rgb(88, 88, 90), 0.1, 0.3, 20.0)

# Colour, metallic (a broad highlight) or plain; how often a maker sells it.
PAINTS: tuple[tuple[tuple[int, int, int], float, int], ...] = (
    ((236, 237, 236), 0.0, 16),
    ((16, 17, 19), 0.1, 11),
    ((30, 33, 39), 0.5, 10),
    ((182, 186, 190), 0.6, 13),
    ((116, 120, 124), 0.6, 10),
    ((70, 74, 79), 0.6, 9),
    ((26, 44, 84), 0.5, 8),
    ((34, 84, 150), 0.5, 6),
    ((150, 20, 28), 0.3, 7),
    ((96, 16, 24), 0.5, 3),
    ((70, 56, 46), 0.5, 4),
    ((186, 176, 158), 0.5, 3),
    ((32, 62, 48), 0.4, 3),
    ((214, 172, 28), 0.2, 2),
    ((122, 168, 42), 0.3, 1),
    ((206, 92, 30), 0.3, 2),
    ((96, 120, 140), 0.5, 3),
    ((90, 30, 70), 0.4, 1),
    ((64, 110, 118), 0.4, 1),
)


def choose_paint(rng: np.random.Generator, other_than: int | None = None) -> tuple[int, Material]:
    """Return a paint and its number; ``other_than`` is a number that it must not be."""
    weights = np.array([weight for _, _, weight in PAINTS], dtype=float)
    if other_than is not None:
        # A repaint must be seen as one: another grey might as well be another exposure.
        colours = np.array([colour for colour, _, _ in PAINTS], dtype=float)
        tints = colours - colours.mean(axis=1, keepdims=True)
        weights *= np.linalg.norm(tints - tints[other_than], axis=1) > 70
    number = int(rng.choice(len(PAINTS), p=weights / weights.sum()))
    colour, metallic, _ = PAINTS[number]
    varied = np.clip(rgb(*colour) * rng.uniform(0.92, 1.08) + rng.uniform(-0.012, 0.012, 3), 0, 1)
    matt = rng.random() < 0.04
    if matt:
        return number, Material(varied, 0.02, 0.15, 6.0, 0.8)
    return number, Material(varied, 0.085, 0.5 + 0.7 * metallic, 70.0 - 50.0 * metallic, 0.15 * metallic)


def shade(material: Material, points: np.ndarray, normals: np.ndarray, eye: np.ndarray, light: Light) -> np.ndarray:
    """Return the colours (n, 3; 0 to 255) of surface points (n, 3) with unit normals (n, 3) as seen from ``eye`` (3,).

    Diffuse light, a mirror image of the surroundings by Schlick's approximation of Fresnel's law, and
    Phong's highlight.
    """
    view = points - eye
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    cosine = -(view * normals).sum(axis=1, keepdims=True)
    bounced = view + 2 * cosine * normals
    cosine = np.clip(np.abs(cosine), 0, 1)
    lit = np.clip(normals @ light.towards, 0, 1)[:, None]
    share = 0.5 + 0.5 * normals[:, 2:]
    around = light.ground + (0.5 * light.zenith + 0.5 * light.horizon - light.ground) * share
    colour = material.colour * (light.ambient * around + lit * light.sun)
    fresnel = material.mirror + (1 - material.mirror) * (1 - cosine) ** 5 * np.minimum(
        np.multiply(material.mirror, 25), 1
    )
    seen = light.seen(bounced)
    seen = seen + (around - seen) * material.rough
    colour = colour * (1 - fresnel) + seen * fresnel
    highlight = np.clip(bounced @ light.towards, 0, 1)[:, None] ** material.sharp
    return np.clip(colour + highlight * material.gloss * light.sun, 0, 1) * 255
