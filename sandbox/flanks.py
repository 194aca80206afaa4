"""Sills, mirrors, rails, door lines, a pickup's bed, the spare wheel on the back."""

from functools import lru_cache

import numpy as np

from sandbox.body import Body, Patch, patch_of
from sandbox.details import SIDES, Detail, Line, band_of, span_of
from sandbox.paint import CHROME, GAP, PLASTIC


def sills(body: Body) -> list[Detail]:
    """Return the dark sills of an off-road car."""
    s = body.shape
    result = []
    for side in SIDES:
        x = span_of(s.front + s.tyre, s.rear_axle - s.tyre, 12)
        low = np.interp(x, body.stations, body.sill_line)
        z = band_of(low, low + 0.11, 3)
        points = body.flank(np.broadcast_to(x, z.shape), z, side)
        result.append(Detail(patch_of(points, np.array([0.0, side, 0.0])), PLASTIC))
    return result


def bed(body: Body) -> list[Detail]:
    """Return the open bed of a pickup."""
    s = body.shape
    x, f = span_of(s.deck + 0.06, s.length - 0.16, 6), np.linspace(-0.86, 0.86, 5)[None, :]
    return [Detail(patch_of(body.lid(x, f), np.array([0.0, 0.0, 1.0])), GAP)]


def spare_wheel(body: Body) -> list[Detail]:
    """Return the covered spare wheel on the back of an off-road car."""
    s = body.shape
    angle = np.linspace(0, 2 * np.pi, 25)[:, None]
    radius, depth, z = 0.36, 0.20, 1.08
    x = -s.length / 2 - depth

    def ring(share: float, at: float) -> np.ndarray:
        return np.concatenate(
            [np.full_like(angle, at), radius * share * np.cos(angle), z + radius * share * np.sin(angle)], axis=1
        )

    band = np.stack([ring(1.0, -s.length / 2 + 0.05), ring(1.0, x + 0.02), ring(0.94, x)], axis=1)
    face = np.stack([ring(0.94, x), ring(0.70, x - 0.01), ring(0.0, x - 0.01)], axis=1)
    out = band - np.array([0.0, 0.0, z])
    out[..., 0] = -0.05
    return [Detail(patch_of(band, out), PLASTIC), Detail(patch_of(face, np.array([-1.0, 0.0, 0.0])), CHROME)]


def mirrors(body: Body, side: float) -> Patch:
    """Return one door mirror."""
    s = body.shape
    x = s.cowl + 0.46
    y = side * (s.width / 2 + 0.06)
    return box((s.length / 2 - x, y, s.cowl_z + 0.10), (0.14, 0.20, 0.14 if s.style not in ("van", "pickup") else 0.22))


@lru_cache(maxsize=256)
def box(middle: tuple[float, float, float], size: tuple[float, float, float]) -> Patch:
    """Return a box with softened edges as a patch."""
    angle, height = np.linspace(0, 2 * np.pi, 17)[:, None], np.linspace(-np.pi / 2, np.pi / 2, 9)[None, :]

    def power(value: np.ndarray) -> np.ndarray:
        return np.sign(value) * np.abs(value) ** 0.45

    points = np.stack(
        np.broadcast_arrays(
            power(np.cos(height)) * power(np.cos(angle)) * size[0] / 2,
            power(np.cos(height)) * power(np.sin(angle)) * size[1] / 2,
            power(np.sin(height)) * size[2] / 2,
        ),
        axis=-1,
    )
    patch = patch_of(points, points)
    return Patch(patch.quads + np.array(middle), patch.normals)


def rails(body: Body) -> list[Line]:
    """Return the rails on the roof."""
    s = body.shape
    x = np.linspace(s.screen_top + 0.15, s.roof_end - 0.05, 12)
    return [
        Line(
            body.roof(x, np.full_like(x, side * 0.93)) + np.array([0.0, 0.0, 0.02]),
            np.array([0.0, side * 0.4, 1.0]),
            0.035,
            0.55,
        )
        for side in SIDES
    ]


def door_lines(body: Body) -> list[Line]:
    """Return shut lines of doors, bonnet and boot, and the door handles."""
    s = body.shape
    lines = []
    start = s.cowl + (0.12 if s.style != "van" else 0.35)
    start = max(start, s.front + s.tyre + 0.10)
    middle = s.front + 0.50 * s.wheelbase + (0.06 if s.doors == 2 else 0.45)
    if s.style == "van":
        middle -= 0.28
    end = min(s.rear_axle - 0.30, s.rear_axle - s.tyre + 0.05) if s.doors == 2 else middle
    for side in SIDES:
        out = np.array([0.0, side, 0.0])
        places = [start, middle] + ([end] if s.doors == 2 else [])
        for place in places:
            bottom = float(np.interp(place, body.stations, body.sill_line)) + 0.10
            high = float(np.interp(place, body.stations, body.shoulder_line)) - 0.01
            z = np.linspace(bottom, high, 9)
            lean = 0.10 if place == places[-1] and s.style != "van" else 0.0
            lines.append(Line(body.flank(place + lean * np.linspace(0, 1, 9) ** 2, z, side), out, 0.009, 0.05))
        x = np.linspace(start, end, 12)
        low = np.interp(x, body.stations, body.sill_line) + 0.10
        lines.append(Line(body.flank(x, low, side), out, 0.008, 0.05))
        for place in [middle, end + 0.02] if s.doors == 2 else [middle]:
            handle = np.linspace(place - 0.27, place - 0.08, 4)
            lines.append(Line(body.flank(handle, np.full_like(handle, 0.80 * s.cowl_z), side), out, 0.030, 0.42))
        if s.style == "van":
            rail = np.linspace(middle, s.length - 0.35, 12)
            lines.append(Line(body.flank(rail, np.full_like(rail, 0.92), side), out, 0.020, 0.10))
        bonnet = np.linspace(0.10, s.cowl + 0.05, 14)
        lines.append(
            Line(body.lid(bonnet, np.full_like(bonnet, side * 0.93)), np.array([0.6, 0.1 * side, 1.0]), 0.007, 0.08)
        )
    f = np.linspace(-0.94, 0.94, 12)
    lines.append(Line(body.lid(np.full_like(f, 0.09), f), np.array([0.5, 0.0, 1.0]), 0.008, 0.08))
    return lines
