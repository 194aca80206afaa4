"""Wheels: tyres, and rims of several designs."""

from dataclasses import dataclass

import numpy as np

from sandbox.camera import Camera, facing, paint_polygon, paint_quads
from sandbox.paint import BRAKE, GAP, PLASTIC, RUBBER, Light, Material, shade, rgb
from sandbox.body import Body, Patch

DESIGNS = ("five", "five_twin", "seven", "ten", "multi", "turbine", "disc", "six")


@dataclass(frozen=True)
class Rim:
    """A rim: its design, its metal, how much of the tyre's radius it takes, and how the wheels are turned."""

    design: str
    metal: Material
    share: float
    turn: float
    steer: float


def choose_rim(rng: np.random.Generator) -> Rim:
    """Return a rim."""
    tone = float(rng.choice([0.72, 0.60, 0.35, 0.12], p=[0.4, 0.25, 0.2, 0.15]))
    metal = Material(rgb(255, 255, 255) * tone * rng.uniform(0.92, 1.0, 1), 0.12, 0.6, 25.0, 0.3)
    return Rim(str(rng.choice(DESIGNS)), metal, rng.uniform(0.69, 0.77), rng.uniform(0, 2 * np.pi),
               float(np.clip(rng.normal(0, 0.16), -0.42, 0.42)))


def _spokes(design: str) -> list[tuple[float, float, float, float]]:
    """Return the spokes: angle at the hub, angle at the edge, width at the hub and at the edge (shares of radius)."""
    tau = 2 * np.pi
    match design:
        case "five":
            return [(n * tau / 5, n * tau / 5, 0.26, 0.20) for n in range(5)]
        case "five_twin":
            return [(n * tau / 5 + d * 0.10, n * tau / 5 + d * 0.22, 0.10, 0.09) for n in range(5) for d in (-1, 1)]
        case "six":
            return [(n * tau / 6, n * tau / 6, 0.17, 0.24) for n in range(6)]
        case "seven":
            return [(n * tau / 7, n * tau / 7, 0.15, 0.12) for n in range(7)]
        case "ten":
            return [(n * tau / 10, n * tau / 10, 0.10, 0.08) for n in range(10)]
        case "multi":
            return [(n * tau / 16 + d * 0.02, n * tau / 16 + d * 0.16, 0.05, 0.045) for n in range(16) for d in (-1, 1)]
        case "turbine":
            return [(n * tau / 12, n * tau / 12 + 0.30, 0.12, 0.15) for n in range(12)]
    return [(n * tau / 5, n * tau / 5, 0.42, 0.62) for n in range(5)]


def wheel_places(body: Body) -> list[tuple[float, float]]:
    """Return the wheels' middles: world x, and side (1 left, -1 right)."""
    s = body.shape
    return [(s.length / 2 - axle, side) for axle in (s.front, s.rear_axle) for side in (1.0, -1.0)]


def paint_tyres(canvas: np.ndarray, camera: Camera, body: Body, rim: Rim, light: Light) -> None:
    """Paint the tyres' treads, of which the body hides the most; to be painted before it."""
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
    patch = Patch.join(patches)
    seen = facing(camera, patch.quads, patch.normals)
    quads, normals = patch.quads[seen], patch.normals[seen]
    paint_quads(canvas, camera, quads, shade(RUBBER, quads.mean(axis=1), normals, camera.position, light) * 0.6)


def paint_arches(canvas: np.ndarray, camera: Camera, body: Body, side: float, light: Light) -> None:
    """Paint the wheel arches of one side onto the flank."""
    s = body.shape
    for axle in (s.front, s.rear_axle):
        rings = [(1.14, GAP)] if not s.cladding else [(1.26, PLASTIC), (1.13, GAP)]
        for radius, material in rings:
            angle = np.linspace(-0.5, np.pi + 0.5, 33)
            x, z = axle + radius * s.tyre * np.cos(angle), s.tyre + radius * s.tyre * np.sin(angle)
            x = np.clip(x, 0.0, s.length)
            low = np.interp(x, body.stations, body.sill_line) + 0.002
            points = body.flank(x, np.maximum(z, low), side)
            normal = np.array([[0.0, side, 0.0]])
            colour = shade(material, points.mean(axis=0)[None], normal, camera.position, light)[0]
            paint_polygon(canvas, camera, points, colour)


def paint_wheels(canvas: np.ndarray, camera: Camera, body: Body, rim: Rim, side: float, light: Light) -> None:
    """Paint the outer faces of the wheels of one side."""
    s = body.shape
    for (x, wheel_side), front in zip(wheel_places(body), (True, True, False, False), strict=True):
        if wheel_side == side:
            turn = rim.steer if front else 0.0
            _paint_face(canvas, camera, np.array([x, side * (s.width / 2 - 0.025), s.tyre]), s.tyre, side, turn, rim,
                        light)


def _paint_face(canvas: np.ndarray, camera: Camera, middle: np.ndarray, radius: float, side: float, steer: float,
                rim: Rim, light: Light) -> None:
    along = np.array([np.cos(steer), np.sin(steer), 0.0])
    normal = np.array([-np.sin(steer), np.cos(steer), 0.0]) * side
    if (camera.position - middle) @ normal <= 0:
        return
    up = np.array([0.0, 0.0, 1.0])

    def place(r: np.ndarray | float, angle: np.ndarray, depth: float = 0.0) -> np.ndarray:
        r = np.asarray(r)[..., None] * radius
        return middle - normal * depth + r * (np.cos(angle)[..., None] * along + np.sin(angle)[..., None] * up)

    def colour(material: Material, tilt: float = 0.0, angle: float = 0.0) -> np.ndarray:
        way = normal + tilt * (np.cos(angle) * along + np.sin(angle) * up)
        return shade(material, middle[None], (way / np.linalg.norm(way))[None], camera.position, light)[0]

    circle = np.linspace(0, 2 * np.pi, 37)[:-1]
    tyre = colour(RUBBER)
    paint_polygon(canvas, camera, place(np.ones(36), circle), tyre * 0.8)
    paint_polygon(canvas, camera, place(np.full(36, 0.95), circle), tyre * 1.35)
    share = rim.share
    paint_polygon(canvas, camera, place(np.full(36, share + 0.03), circle), tyre * 0.7)
    paint_polygon(canvas, camera, place(np.full(36, share), circle), colour(rim.metal))
    paint_polygon(canvas, camera, place(np.full(36, share - 0.035), circle), colour(GAP))
    paint_polygon(canvas, camera, place(np.full(36, share * 0.66), circle, 0.05), colour(BRAKE))
    paint_polygon(canvas, camera, place(np.full(36, share * 0.40), circle, 0.05), colour(GAP))
    for hub, edge, wide_hub, wide_edge in _spokes(rim.design):
        angles = np.array([hub, edge]) + rim.turn
        near, far = 0.16, share - 0.02
        half = np.array([wide_hub, wide_edge]) / 2
        spread = np.arctan2(half * share, np.array([near + 0.08, far]))
        points = place(np.array([near, far, far, near]),
                       np.array([angles[0] - spread[0], angles[1] - spread[1], angles[1] + spread[1],
                                 angles[0] + spread[0]]))
        paint_polygon(canvas, camera, points, colour(rim.metal, 0.25, float(angles[1])))
    paint_polygon(canvas, camera, place(np.full(36, 0.20), circle), colour(rim.metal, 0.1, 1.0))
    paint_polygon(canvas, camera, place(np.full(36, 0.11), circle), colour(rim.metal) * 0.5)
