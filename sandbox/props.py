"""What lies and stands around a car: leaves, cracks and stains; people, plants, signs, cones, posts."""

from collections.abc import Callable

import cv2
import numpy as np

from sandbox.camera import Camera, paint_line
from sandbox.paint import Light

# A prop is painted at its foot (pixel), so large (px a metre), in light so bright (3,).
Prop = Callable[[np.ndarray, np.ndarray, float, np.ndarray, np.random.Generator], None]


def _bright(light: Light) -> np.ndarray:
    return np.clip(light.ambient * light.horizon * 0.8 + light.sun * 0.5, 0.08, 1.0)


def _tone(colour: np.ndarray) -> list[float]:
    return [255.0 * min(max(c, 0.0), 1.0) for c in colour.tolist()]


def scatter(canvas: np.ndarray, camera: Camera, rng: np.random.Generator, light: Light) -> None:
    """Strew the ground (in place) with leaves, pebbles, cracks and tyre marks."""
    bright = _bright(light)
    count = int(rng.integers(10, 120))
    places = np.column_stack([rng.uniform(-9, 9, (count, 2)), np.zeros(count)])
    ends = places + np.column_stack([rng.normal(0, 0.07, (count, 2)), np.zeros(count)])
    depth = (places - camera.position) @ camera.axes[2]
    colour = np.clip(rng.uniform(0.1, 0.75) * (1 + rng.normal(0, 0.2, 3)), 0, 1)
    ahead = depth > 1.0
    lines = np.stack([camera.project(places[ahead]), camera.project(ends[ahead])], axis=1).astype(int)
    widths = np.maximum(np.rint(0.03 * camera.focal / depth[ahead]), 1).astype(int)
    tones = np.clip(colour * rng.uniform(0.5, 1.4, (len(lines), 1)) * bright, 0, 1) * 255
    for (start, end), width, tone in zip(lines.tolist(), widths.tolist(), tones.tolist(), strict=True):
        cv2.line(canvas, start, end, tone, width, cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 6))):
        steps = np.cumsum(rng.normal(0, 0.35, (9, 2)), axis=0) + rng.uniform(-6, 6, 2)
        path = np.column_stack([steps, np.zeros(9)])
        if ((path - camera.position) @ camera.axes[2] > 1.0).all():
            dark = light.ground * rng.uniform(0.35, 0.8) * 255
            paint_line(canvas, camera, path, dark, rng.choice([0.02, 0.03, 0.05]))


def place_props(canvas: np.ndarray, camera: Camera, rng: np.random.Generator, light: Light) -> None:
    """Stand a few things behind the car (in place), the farther ones first."""
    bright = _bright(light)
    away = -camera.position[:2] / np.linalg.norm(camera.position[:2])
    across = np.array([-away[1], away[0]])
    behind = np.sort(rng.uniform(2.8, 14.0, int(rng.integers(0, 8))))[::-1]
    for far in behind:
        flat = away * far + across * rng.uniform(-0.9, 0.9) * (far + 4)
        place = np.array([flat[0], flat[1], 0.0])
        scale = camera.focal / float((place - camera.position) @ camera.axes[2])
        PROPS[int(rng.integers(len(PROPS)))](canvas, camera.project(place), scale, bright, rng)


def _box(canvas: np.ndarray, foot: np.ndarray, scale: float, left: float, low: float, right: float, high: float,
         colour: np.ndarray) -> None:
    """Fill a box given in metres right of and above a foot."""
    corner, opposite = foot + scale * np.array([left, -high]), foot + scale * np.array([right, -low])
    cv2.rectangle(canvas, corner.astype(int).tolist(), opposite.astype(int).tolist(), _tone(colour), -1)


def _person(canvas: np.ndarray, foot: np.ndarray, scale: float, bright: np.ndarray, rng: np.random.Generator) -> None:
    tall = rng.uniform(1.55, 1.9)
    trousers, shirt = rng.uniform(0.05, 0.6, 3) * bright, rng.uniform(0.05, 0.95, 3) * bright
    step = rng.uniform(0.03, 0.22)
    for side in (-1, 1):
        _box(canvas, foot, scale, side * step - 0.07, 0.0, side * step * 0.6 + 0.08, tall * 0.5, trousers)
    _box(canvas, foot, scale, -0.21, tall * 0.46, 0.21, tall * 0.84, shirt)
    _box(canvas, foot, scale, -0.29, tall * 0.44, -0.20, tall * 0.80, shirt * 0.8)
    head = (foot + scale * np.array([0.0, -tall * 0.92])).astype(int).tolist()
    skin = np.array([0.85, 0.66, 0.54]) * rng.uniform(0.35, 1.1) * bright
    cv2.circle(canvas, head, max(2, int(0.12 * scale)), _tone(skin), -1, cv2.LINE_AA)


def _plant(canvas: np.ndarray, foot: np.ndarray, scale: float, bright: np.ndarray, rng: np.random.Generator) -> None:
    _box(canvas, foot, scale, -0.25, 0.0, 0.25, 0.45, rng.uniform(0.2, 0.9) * np.array([1.0, 0.9, 0.8]) * bright)
    green = np.array([0.22, 0.42, 0.18]) * rng.uniform(0.6, 1.4) * bright
    top = foot + scale * np.array([0.0, -0.45])
    for _ in range(16):
        tip = top + scale * np.array([rng.normal(0, 0.35), -abs(rng.normal(0.7, 0.3))])
        cv2.line(canvas, top.astype(int).tolist(), tip.astype(int).tolist(), _tone(green * rng.uniform(0.6, 1.5)),
                 max(1, int(0.05 * scale)), cv2.LINE_AA)


def _sign(canvas: np.ndarray, foot: np.ndarray, scale: float, bright: np.ndarray, rng: np.random.Generator) -> None:
    high, wide, tall = rng.uniform(0.2, 2.2), rng.uniform(0.3, 1.2), rng.uniform(0.3, 1.4)
    _box(canvas, foot, scale, -0.03, 0.0, 0.03, high + 0.05, np.full(3, 0.35) * bright)
    ground = rng.uniform(0.05, 0.98, 3) * bright
    _box(canvas, foot, scale, -wide, high, wide, high + tall, ground)
    ink = (np.full(3, 0.95) if ground.mean() < 0.5 else np.full(3, 0.08)) * bright
    for row in np.arange(high + 0.12, high + tall - 0.08, 0.16):
        at = -wide + 0.1
        while at < wide - 0.15:
            long = rng.uniform(0.05, 0.35)
            if rng.random() < 0.85:
                _box(canvas, foot, scale, at, row, min(at + long, wide - 0.1), row + 0.07, ink)
            at += long + 0.06


def _cone(canvas: np.ndarray, foot: np.ndarray, scale: float, bright: np.ndarray, rng: np.random.Generator) -> None:
    for low, high, colour in ((0.0, 1.0, (0.95, 0.36, 0.10)), (0.35, 0.6, (0.95, 0.95, 0.95))):
        edges = np.array([[-1 + low, -low], [1 - low, -low], [1 - high, -high], [-1 + high, -high]]) * [0.2, 0.7]
        cv2.fillConvexPoly(canvas, (foot + scale * edges).astype(np.int32), _tone(np.array(colour) * bright))


def _post(canvas: np.ndarray, foot: np.ndarray, scale: float, bright: np.ndarray, rng: np.random.Generator) -> None:
    high, half = rng.uniform(0.6, 5.0), rng.uniform(0.04, 0.14)
    colour = rng.uniform(0.1, 0.9) * (1 + rng.normal(0, 0.1, 3)) * bright
    _box(canvas, foot, scale, -half, 0.0, half, high, colour)
    for band in np.arange(0.2, min(high, 1.2), 0.35):
        _box(canvas, foot, scale, -half, band, half, band + 0.12, colour * rng.uniform(0.3, 1.6))


def _crate(canvas: np.ndarray, foot: np.ndarray, scale: float, bright: np.ndarray, rng: np.random.Generator) -> None:
    wide, high = rng.uniform(0.3, 1.3), rng.uniform(0.4, 2.0)
    colour = rng.uniform(0.1, 0.9) * (1 + rng.normal(0, 0.25, 3)) * bright
    _box(canvas, foot, scale, -wide, 0.0, wide, high, colour)
    for at in np.linspace(-wide, wide, int(rng.integers(2, 7)))[1:]:
        _box(canvas, foot, scale, at - 0.03, 0.0, at, high, colour * 0.7)
    _box(canvas, foot, scale, -wide, high - 0.08, wide, high, colour * 1.25)


PROPS: tuple[Prop, ...] = (_person, _person, _plant, _sign, _sign, _cone, _post, _crate)
