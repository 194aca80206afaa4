"""Wheels: tyres, and rims of several designs."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sandbox.body import Body, Patch
from sandbox.camera import Camera, facing, paint_polygons, paint_quads
from sandbox.paint import BRAKE, GAP, PLASTIC, RUBBER, Light, Material, rgb, shade

Spoke = tuple[float, float, float, float]


@dataclass(frozen=True)
class Rim:
    """A rim: its metal, its share of the tyre's radius, its spokes, and how the wheels are turned.

    A spoke is its angle at the hub and at the edge (radians), and its width there (shares of the radius).
    """

    metal: Material
    share: float
    spokes: tuple[Spoke, ...]
    turn: float
    steer: float


def choose_rim(rng: np.random.Generator) -> Rim:
    """Return a rim."""
    tone = float(rng.choice([0.72, 0.60, 0.35, 0.12], p=[0.4, 0.25, 0.2, 0.15]))
    metal = Material(rgb(255, 255, 255) * tone * rng.uniform(0.92, 1.0, 1), 0.12, 0.6, 25.0, 0.3)
    steer = float(np.clip(rng.normal(0, 0.14), -0.30, 0.30))
    return Rim(metal, rng.uniform(0.68, 0.78), _choose_spokes(rng), rng.uniform(0, 2 * np.pi), steer)


def _choose_spokes(rng: np.random.Generator) -> tuple[Spoke, ...]:
    """Return spokes alone or in pairs, straight or bent, from five broad ones to twenty thin ones."""
    count = int(rng.choice([5, 5, 5, 6, 7, 7, 8, 9, 10, 10, 12, 14, 16, 20]))
    pairs = count <= 10 and rng.random() < 0.45
    room = 2 * np.pi / count * (0.5 if pairs else 1.0)
    hub, edge = room * rng.uniform(0.25, 0.75), room * rng.uniform(0.18, 0.80)
    bend = rng.choice([0.0, 0.0, 0.30, -0.30]) * rng.uniform(0.5, 1.2)
    angles = np.arange(count) * 2 * np.pi / count
    if not pairs:
        return tuple((float(a), float(a + bend), hub * 0.8, edge) for a in angles)
    near, far = room * rng.uniform(0.2, 0.5), room * rng.uniform(0.35, 0.75)
    return tuple(
        (float(a + d * near), float(a + bend + d * far), hub * 0.6, edge * 0.8) for a in angles for d in (-1, 1)
    )


def wheel_places(body: Body) -> list[tuple[float, float]]:
    """Return the wheels' middles: world x, and side (1 left, -1 right)."""
    s = body.shape
    return [(s.length / 2 - axle, side) for axle in (s.front, s.rear_axle) for side in (1.0, -1.0)]


@lru_cache(maxsize=128)
def _tyres(body: Body) -> Patch:
    s = body.shape
    angle = np.linspace(0, 2 * np.pi, 25)
    patches = []
    for x, side in wheel_places(body):
        outer, inner = side * (s.width / 2 - 0.03), side * (s.width / 2 - 0.03 - 0.62 * s.tyre)
        ring = np.stack([x + s.tyre * np.cos(angle), np.zeros(25), s.tyre + s.tyre * np.sin(angle)], axis=-1)
        a, b = ring.copy(), ring.copy()
        a[:, 1], b[:, 1] = outer, inner
        quads = np.stack([a[:-1], a[1:], b[1:], b[:-1]], axis=1)
        middle = (angle[:-1] + angle[1:]) / 2
        patches.append(Patch(quads, np.stack([np.cos(middle), np.zeros(24), np.sin(middle)], axis=-1)))
        back = np.stack([np.broadcast_to([x, inner, s.tyre], (24, 3)), b[:-1], b[1:], b[1:]], axis=1)
        patches.append(Patch(back, np.broadcast_to([0.0, -side, 0.0], (24, 3))))
    return Patch.join(patches)


def paint_tyres(canvas: np.ndarray, camera: Camera, body: Body, light: Light) -> None:
    """Paint the tyres' treads, of which the body hides the most; to be painted before it."""
    s = body.shape
    ends = np.array([0.45, 0.30, -0.30, -0.41]) * s.length
    across = np.array([0.28, 0.45, 0.45, 0.24]) * s.width
    floor = np.stack(
        [np.append(ends, ends[::-1]), np.append(across, -across[::-1]), np.full(8, s.clearance + 0.03)], axis=-1
    )
    paint_polygons(canvas, camera, [floor], np.array([[7.0, 7.0, 8.0]]))
    patch = _tyres(body)
    patch = patch.rows(facing(camera, patch.centres, patch.normals))
    colours = shade(RUBBER, patch.centres, patch.normals, camera.position, light) * 0.6
    paint_quads(canvas, camera, patch.quads, colours, patch.centres)


@lru_cache(maxsize=256)
def _arches(body: Body, side: float) -> tuple[list[np.ndarray], Material]:
    """Return the rings (33, 3) of both wheel arches of one side, the wider ones first, and a material for each."""
    s = body.shape
    rings, materials = [], []
    for axle in (s.front, s.rear_axle):
        for radius, material in [(1.14, GAP)] if not s.cladding else [(1.26, PLASTIC), (1.13, GAP)]:
            angle = np.linspace(-0.5, np.pi + 0.5, 33)
            x, z = axle + radius * s.tyre * np.cos(angle), s.tyre + radius * s.tyre * np.sin(angle)
            x = np.clip(x, 0.0, s.length)
            low = np.interp(x, body.stations, body.sill_line) + 0.002
            rings.append(body.flank(x, np.maximum(z, low), side))
            materials.append(material)
    return rings, Material.spread(materials, [1] * len(materials))


def paint_arches(canvas: np.ndarray, camera: Camera, body: Body, side: float, light: Light) -> None:
    """Paint the wheel arches of one side onto the flank."""
    rings, material = _arches(body, side)
    middles = np.array([points.mean(axis=0) for points in rings])
    normals = np.tile([0.0, side, 0.0], (len(rings), 1))
    paint_polygons(canvas, camera, rings, shade(material, middles, normals, camera.position, light))


def paint_wheels(canvas: np.ndarray, camera: Camera, body: Body, rim: Rim, side: float, light: Light) -> None:
    """Paint the outer faces of the wheels of one side."""
    s = body.shape
    for (x, wheel_side), front in zip(wheel_places(body), (True, True, False, False), strict=True):
        if wheel_side == side:
            turn = rim.steer if front else 0.0
            _paint_face(
                canvas, camera, np.array([x, side * (s.width / 2 - 0.025), s.tyre]), s.tyre, side, turn, rim, light
            )


def _paint_face(
    canvas: np.ndarray,
    camera: Camera,
    middle: np.ndarray,
    radius: float,
    side: float,
    steer: float,
    rim: Rim,
    light: Light,
) -> None:
    along = np.array([np.cos(steer), np.sin(steer), 0.0])
    normal = np.array([-np.sin(steer), np.cos(steer), 0.0]) * side
    if (camera.position - middle) @ normal <= 0:
        return
    up = np.array([0.0, 0.0, 1.0])
    circle = np.linspace(0, 2 * np.pi, 37)[:-1]
    ring = np.cos(circle)[:, None] * along + np.sin(circle)[:, None] * up
    share = rim.share
    polygons: list[np.ndarray] = []
    materials: list[Material] = []
    tones: list[float] = []
    tilts: list[np.ndarray] = []

    def add(points: np.ndarray, material: Material, tone: float = 1.0, tilt: np.ndarray | None = None) -> None:
        polygons.append(points)
        materials.append(material)
        tones.append(tone)
        tilts.append(normal if tilt is None else normal + tilt)

    for part, material, tone, depth in (
        (1.0, RUBBER, 0.8, 0.0),
        (0.95, RUBBER, 1.35, 0.0),
        (share + 0.03, RUBBER, 0.7, 0.0),
        (share, rim.metal, 1.0, 0.0),
        (share - 0.035, GAP, 1.0, 0.0),
        (share * 0.66, BRAKE, 1.0, 0.05),
        (share * 0.40, GAP, 1.0, 0.05),
    ):
        add(middle - normal * depth + ring * part * radius, material, tone)
    near, far = 0.16, share - 0.02
    for hub, edge, wide_hub, wide_edge in rim.spokes:
        half = np.arctan2(np.array([wide_hub, wide_edge]) / 2 * share, np.array([near + 0.08, far]))
        angles = np.array([hub - half[0], edge - half[1], edge + half[1], hub + half[0]]) + rim.turn
        ways = np.cos(angles)[:, None] * along + np.sin(angles)[:, None] * up
        reach = np.array([[near], [far], [far], [near]]) * radius
        add(middle + reach * ways, rim.metal, 1.0, 0.25 * ways[1])
    add(middle + ring * 0.20 * radius, rim.metal, 1.0, 0.1 * up)
    add(middle + ring * 0.11 * radius, rim.metal, 0.5)
    normals = np.array(tilts)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    spread = Material.spread(materials, [1] * len(materials))
    colours = shade(spread, np.repeat(middle[None], len(normals), axis=0), normals, camera.position, light)
    paint_polygons(canvas, camera, polygons, colours * np.array(tones)[:, None])
