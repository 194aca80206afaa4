"""Where a car stands: sky, backdrop and ground, or the walls and floor of a room, with the light they give."""

from collections.abc import Callable

import cv2
import numpy as np

from sandbox import backdrops
from sandbox.camera import Camera
from sandbox.paint import Light, rgb
from sandbox.textures import METRES, SIDE, clouds, ground

Scene = Callable[[tuple[int, int], Camera, np.random.Generator], tuple[np.ndarray, Light]]


def choose_scene(rng: np.random.Generator) -> Scene:
    """Return a scene, each as often as photographs show it."""
    scenes, weights = zip(*SCENES, strict=True)
    return scenes[int(rng.choice(len(scenes), p=np.array(weights) / sum(weights)))]


def paint_gradient(canvas: np.ndarray, top: int, bottom: int, first: np.ndarray, last: np.ndarray,
                   bend: float = 1.0) -> None:
    """Fill rows ``top`` to ``bottom`` (in place) from colour ``first`` to ``last``, 0 to 1."""
    low, high = max(top, 0), min(bottom, canvas.shape[0])
    if high > low:
        share = ((np.arange(low, high) - top) / max(bottom - top, 1)) ** bend
        rows = first + (last - first) * share[:, None]
        fill_rows(canvas[low:high], rows)


def dapple(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Let light and shade of clouds, trees and lamps lie unevenly on a scene (in place)."""
    height, width = canvas.shape[:2]
    depth = rng.uniform(0.10, 0.42)
    cells = rng.uniform(1 - depth, 1.0, (int(rng.integers(3, 7)), int(rng.integers(3, 8)))).astype(np.float32)
    small = cv2.resize(cells, (width // 8 + 1, height // 8 + 1), interpolation=cv2.INTER_CUBIC)
    full = cv2.resize(cv2.convertScaleAbs(small, alpha=235), (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(canvas, cv2.cvtColor(full, cv2.COLOR_GRAY2RGB), dst=canvas, scale=1 / 220)


def fill_rows(part: np.ndarray, rows: np.ndarray) -> None:
    """Fill each row of a picture (h, w, 3), in place, with its colour (h, 3), 0 to 1."""
    column = np.clip(rows * 255, 0, 255).astype(np.uint8)[:, None]
    part[:] = cv2.resize(column, part.shape[1::-1], interpolation=cv2.INTER_NEAREST)


def paint_ground(canvas: np.ndarray, camera: Camera, kind: str, colour: np.ndarray, haze: np.ndarray,
                 rng: np.random.Generator, marks: str = "") -> None:
    """Lay a ground tile in perspective below the horizon (in place), fading into ``haze`` with distance.

    Args:
        marks: lines painted on the ground: road, bays, kerb or nothing.
    """
    height, width = canvas.shape[:2]
    top = max(0, int(camera.horizon) + 1)
    if top >= height - 2:
        return
    turn = rng.uniform(0, 2 * np.pi) if not marks else 0.0
    scale = SIDE / METRES * rng.uniform(0.7, 1.3)
    flat = np.array([[scale * np.cos(turn), -scale * np.sin(turn), rng.uniform(0, SIDE)],
                     [scale * np.sin(turn), scale * np.cos(turn), rng.uniform(0, SIDE)], [0, 0, 1]])
    to_ground = _image_to_ground(camera)
    shifted = to_ground @ np.array([[1.0, 0, 0], [0, 1.0, top], [0, 0, 1]])
    # Nearest neighbours and a light blur take a third of the time of interpolation.
    tile = cv2.warpPerspective(ground(kind), flat @ shifted, (width, height - top),
                               flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_WRAP)
    tile = cv2.blur(tile, (3, 3))
    rows = np.arange(height - top, dtype=np.float64)
    near = np.clip(rows / max(camera.focal * 0.13, 1.0), 0, 1)[:, None] ** 0.7
    part = canvas[top:]
    base = colour + (haze - colour) * 0.75 * (1 - near)
    # colour × tile / 128, with the contrast falling towards the horizon
    texture = tile.astype(np.float32)
    texture -= 128
    texture *= (0.25 + 0.75 * near).astype(np.float32)
    texture += 128
    fill_rows(part, base)
    cv2.multiply(part, cv2.cvtColor(cv2.convertScaleAbs(texture), cv2.COLOR_GRAY2RGB), dst=part, scale=1 / 128)
    if marks:
        _paint_marks(canvas, camera, marks, rng)


def _image_to_ground(camera: Camera) -> np.ndarray:
    """Return the homography (3, 3) from pixels to ground coordinates."""
    to_image = np.zeros((3, 3))
    for column, direction in enumerate(([1, 0, 0], [0, 1, 0])):
        to_image[:, column] = camera.axes @ np.array(direction, dtype=float)
    to_image[:, 2] = -camera.axes @ camera.position
    lens = np.array([[camera.focal, 0, camera.centre[0]], [0, camera.focal, camera.centre[1]], [0, 0, 1]])
    return np.linalg.inv(lens @ to_image)


def _paint_marks(canvas: np.ndarray, camera: Camera, marks: str, rng: np.random.Generator) -> None:
    tone = np.array([215.0, 215.0, 210.0]) * rng.uniform(0.6, 0.95)
    if marks == "road":
        offset, side = rng.uniform(1.6, 2.4), rng.choice([-1.0, 1.0])
        for start in np.arange(-30, 30, 6.0):
            _strip(canvas, camera, (start, side * offset), 3.0, 0.13, tone)
        _strip(canvas, camera, (-40, -side * offset * 0.9), 80.0, 0.15, tone)
    elif marks == "bays":
        for x in np.arange(-12.5, 13, 2.6):
            _strip(canvas, camera, (x + 0.055, -2.6), 5.2, 0.11, tone, across=True)
    else:
        side = -np.sign(camera.position[1]) or 1.0
        kerb = np.array([150.0, 148, 144]) * rng.uniform(0.7, 1.1)
        _strip(canvas, camera, (-60, side * 1.5), 120.0, 0.28, kerb)


def _strip(canvas: np.ndarray, camera: Camera, start: tuple[float, float], length: float, width: float,
           tone: np.ndarray, across: bool = False) -> None:
    """Paint a strip that runs from ``start`` along x, or along y, in pieces: those behind the camera are left out."""
    pieces = max(1, round(length / 1.5))
    steps = length * np.arange(pieces + 1) / pieces
    corners = np.zeros((pieces, 4, 3))
    long, wide = (1, 0) if across else (0, 1)
    corners[:, :, long] = start[long] + np.stack([steps[:-1], steps[1:], steps[1:], steps[:-1]], axis=1)
    corners[:, :, wide] = start[wide] + np.array([-width, -width, width, width]) / 2
    ahead = ((corners - camera.position) @ camera.axes[2] > 0.5).all(axis=1)
    colour = tuple(tone.tolist())
    for pixels in np.rint(camera.project(corners[ahead]) * 16).astype(np.int32):
        cv2.fillConvexPoly(canvas, pixels, colour, cv2.LINE_AA, 4)


def _sun(rng: np.random.Generator, camera: Camera, elevation: float) -> np.ndarray:
    """Return the direction to a sun that stands rather behind the photographer than behind the car."""
    towards_camera = np.arctan2(camera.position[1], camera.position[0])
    angle = towards_camera + rng.normal(0, 1.1)
    return np.array([np.cos(angle) * np.cos(elevation), np.sin(angle) * np.cos(elevation), np.sin(elevation)])


# Sky: zenith, horizon, sun's strength and colour, elevation of the sun in degrees, ambient light, clouds.
_SKIES = {
    "clear": (rgb(72, 128, 200), rgb(190, 214, 234), 0.80, rgb(255, 248, 232), (28, 65), 0.78, 0.10),
    "fair": (rgb(88, 142, 206), rgb(206, 222, 234), 0.72, rgb(255, 248, 236), (25, 60), 0.82, 0.75),
    "overcast": (rgb(204, 210, 216), rgb(230, 232, 234), 0.12, rgb(255, 255, 255), (40, 70), 1.15, 0.35),
    "storm": (rgb(104, 112, 124), rgb(176, 182, 188), 0.18, rgb(240, 244, 255), (40, 70), 1.10, 0.85),
    "sunset": (rgb(86, 108, 160), rgb(250, 190, 130), 0.75, rgb(255, 200, 140), (8, 18), 0.80, 0.55),
    "dusk": (rgb(34, 46, 84), rgb(136, 126, 152), 0.08, rgb(255, 220, 190), (12, 30), 0.95, 0.30),
}


def _sky(canvas: np.ndarray, camera: Camera, rng: np.random.Generator) -> tuple[Light, np.ndarray]:
    """Paint a sky (in place); return its light, the ground's colour still grey, and the haze at the horizon."""
    names = ("clear", "fair", "overcast", "storm", "sunset", "dusk")
    name = names[int(rng.choice(len(names), p=[0.24, 0.30, 0.22, 0.08, 0.10, 0.06]))]
    zenith, horizon, strength, colour, degrees, ambient, cover = _SKIES[name]
    zenith, horizon = (np.clip(c * (1 + rng.normal(0, 0.06, 3)), 0, 1) for c in (zenith, horizon))
    height, width = canvas.shape[:2]
    line = int(camera.horizon)
    paint_gradient(canvas, line - int(height * 0.9), max(line, 1), zenith, horizon, 0.8)
    if line > 8 and rng.random() < 0.9:
        rows = min(line, height)
        tile, moved = clouds(int(rng.integers(6))), rng.integers(0, 512, 2)
        sides = int(rng.integers(120, 400)), int(rng.integers(200, 512))
        piece = tile[np.ix_(*((np.arange(side) - move) % 512 for side, move in zip(sides, moved, strict=True)))]
        small = cv2.resize(canvas[:rows], (width // 3 + 1, rows // 3 + 1)).astype(np.float32)
        shape = cv2.resize(piece, small.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        dense = np.clip((shape - (1 - cover)) * rng.uniform(1.5, 4), 0, 0.9).astype(np.float32)[..., None]
        tint = (np.clip(horizon * rng.uniform(0.85, 1.25), 0, 1) * 255).astype(np.float32)
        small += (tint - small) * dense
        canvas[:rows] = cv2.convertScaleAbs(cv2.resize(small, (width, rows), interpolation=cv2.INTER_LINEAR))
    sun = _sun(rng, camera, np.radians(rng.uniform(*degrees)))
    light = Light(sun, colour * strength * rng.uniform(0.85, 1.15), zenith, horizon, rgb(90, 90, 88), ambient)
    return light, horizon


_GROUNDS = (("asphalt", rgb(104, 106, 110), 5), ("slabs", rgb(150, 146, 140), 2), ("cobbles", rgb(128, 124, 120), 2),
            ("gravel", rgb(160, 150, 134), 2), ("grass", rgb(86, 118, 52), 2), ("sand", rgb(196, 174, 136), 1),
            ("snow", rgb(226, 230, 236), 1))


def outdoors(size: tuple[int, int], camera: Camera, rng: np.random.Generator) -> tuple[np.ndarray, Light]:
    """Return a street, a meadow, a coast, a car park … with its light."""
    canvas = np.full((size[1], size[0], 3), 128, np.uint8)
    light, haze = _sky(canvas, camera, rng)
    bright = np.clip(light.ambient * light.horizon + light.sun * 0.6, 0, 1.1)
    backdrops.choose(rng)(canvas, camera, rng, bright)
    weights = np.array([weight for _, _, weight in _GROUNDS], dtype=float)
    kind, colour, _ = _GROUNDS[int(rng.choice(len(_GROUNDS), p=weights / weights.sum()))]
    colour = np.clip(colour * rng.uniform(0.75, 1.2) * (1 + rng.normal(0, 0.03, 3)), 0, 1)
    lit = np.clip(colour * (light.ambient * 0.9 + light.sun * light.towards[2]), 0, 1)
    marks = ""
    if kind in ("asphalt", "slabs"):
        marks = str(rng.choice(["", "road", "bays", "kerb"], p=[0.25, 0.3, 0.2, 0.25]))
    haze = np.clip(haze * bright * 0.8, 0, 1)
    paint_ground(canvas, camera, kind, lit, haze, rng, marks)
    return canvas, Light(light.towards, light.sun, light.zenith, light.horizon, lit, light.ambient)


def night(size: tuple[int, int], camera: Camera, rng: np.random.Generator) -> tuple[np.ndarray, Light]:
    """Return a street at night: lamps out of focus, wet ground."""
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    line = int(camera.horizon)
    zenith = rgb(8, 10, 20) * rng.uniform(0.6, 2.0)
    horizon = rgb(46, 40, 48) * rng.uniform(0.7, 1.8)
    paint_gradient(canvas, line - size[1], max(line, 1), zenith, horizon)
    backdrops.buildings(canvas, camera, rng, rgb(46, 46, 60), lit_windows=True)
    lamp = np.array([1.0, rng.uniform(0.72, 0.95), rng.uniform(0.5, 0.9)])
    colour = rgb(40, 40, 44) * rng.uniform(0.8, 1.6)
    paint_ground(canvas, camera, str(rng.choice(["asphalt", "cobbles", "slabs"])), colour * 1.2, horizon * 0.7, rng,
                 str(rng.choice(["", "road", "kerb"])))
    backdrops.bokeh(canvas, line, rng)
    light = Light(_sun(rng, camera, np.radians(rng.uniform(40, 75))), lamp * rng.uniform(0.35, 0.6),
                  rgb(44, 48, 66), rgb(130, 120, 114) * rng.uniform(0.8, 1.3), colour, 0.8)
    return canvas, light


def studio(size: tuple[int, int], camera: Camera, rng: np.random.Generator) -> tuple[np.ndarray, Light]:
    """Return a studio: one colour that runs from the wall into the floor, white more often than not."""
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    tone = float(rng.choice([0.96, 0.78, 0.5, 0.22], p=[0.45, 0.25, 0.15, 0.15]))
    colour = np.clip(tone * (1 + rng.normal(0, 0.015 if rng.random() < 0.8 else 0.08, 3)), 0, 1)
    line = int(camera.horizon + rng.uniform(0.02, 0.10) * size[1])
    wall = colour * rng.uniform(0.70, 1.0)
    paint_gradient(canvas, 0, max(line, 1), wall, np.minimum(colour * 1.03, 1))
    paint_gradient(canvas, max(line, 0), size[1], np.minimum(colour * 1.03, 1), colour * rng.uniform(0.70, 0.97))
    spot = backdrops.glow(size, (rng.uniform(0.3, 0.7), rng.uniform(0.2, 0.5)), rng.uniform(0.4, 0.8))
    spot *= 40 * rng.uniform(0, 1.2)
    cv2.add(canvas, cv2.cvtColor(spot, cv2.COLOR_GRAY2RGB), dst=canvas, dtype=cv2.CV_8U)
    backdrops.rig(canvas, line, colour, rng)
    light = Light(_sun(rng, camera, np.radians(rng.uniform(50, 80))), np.full(3, rng.uniform(0.35, 0.6)),
                  np.full(3, 1.0), np.full(3, 0.45 + 0.5 * tone), colour * 0.8, 0.85)
    return canvas, light


def showroom(size: tuple[int, int], camera: Camera, rng: np.random.Generator) -> tuple[np.ndarray, Light]:
    """Return a hall: panels and lamps on the walls, a polished floor; a dealer's or a motor show's."""
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    line = int(camera.horizon + rng.uniform(0.02, 0.08) * size[1])
    tone = rng.uniform(0.16, 0.85)
    colour = np.clip(tone * (1 + rng.normal(0, 0.05, 3)), 0, 1)
    paint_gradient(canvas, 0, max(line, 1), colour * rng.uniform(0.5, 0.9), colour)
    backdrops.panels(canvas, line, colour, rng)
    floor = np.clip(rng.uniform(0.3, 0.85) * (1 + rng.normal(0, 0.05, 3)), 0, 1)
    above = canvas[:max(line, 1)].copy()
    paint_ground(canvas, camera, str(rng.choice(["slabs", "planks", "plain"])), floor, colour, rng)
    start = max(line, 0)
    rows = size[1] - start
    if rows > 4:  # the polished floor shows the wall upside down
        mirror = cv2.GaussianBlur(cv2.resize(above[::-1], (size[0] // 4, rows // 4 + 1)), (0, 0), 5 / 4)
        mirror = cv2.resize(mirror, (size[0], rows), interpolation=cv2.INTER_LINEAR)
        cv2.addWeighted(canvas[start:], 0.72, mirror, 0.28, 0, dst=canvas[start:])
    light = Light(_sun(rng, camera, np.radians(rng.uniform(55, 80))), np.full(3, rng.uniform(0.4, 0.6)),
                  np.full(3, rng.uniform(0.8, 1.0)), np.clip(colour * 1.1, 0.3, 1), floor * 0.7, 0.9)
    return canvas, light


def garage(size: tuple[int, int], camera: Camera, rng: np.random.Generator) -> tuple[np.ndarray, Light]:
    """Return a wall close behind the car: bricks, concrete or a painted one, with doors."""
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    line = int(camera.horizon + rng.uniform(0.10, 0.20) * size[1])
    bright = rng.uniform(0.6, 1.1)
    backdrops.wall(canvas, line, rng, bright)
    floor = rgb(140, 138, 134) * bright * rng.uniform(0.6, 1.1)
    paint_ground(canvas, camera, str(rng.choice(["asphalt", "slabs", "cobbles", "gravel"])), floor, floor, rng,
                 str(rng.choice(["", "bays"])))
    light = Light(_sun(rng, camera, np.radians(rng.uniform(35, 70))), np.full(3, rng.uniform(0.15, 0.7)) * bright,
                  rgb(210, 222, 236) * bright, rgb(186, 180, 172) * bright, floor, 0.95)
    return canvas, light


SCENES: tuple[tuple[Scene, float], ...] = ((outdoors, 9.0), (studio, 1.6), (showroom, 2.0), (garage, 2.2), (night, 1.0))
