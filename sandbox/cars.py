"""Cars as photographs: a body of the class's proportions, from a camera, in a scene."""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image

from sandbox.body import Body, Patch
from sandbox.camera import Camera, facing, fill_facets, from_afar, look_at, paint_line, paint_quads
from sandbox.details import LEFT, RIGHT, Detail, Line, Option, Trim, trimmed
from sandbox.ends import front, lettering, rear
from sandbox.exposure import expose, meter
from sandbox.flanks import bed, door_lines, mirrors, rails, sills, spare_wheel
from sandbox.paint import GLASS, PLASTIC, Light, Material, choose_paint, choose_skyline, rgb, shade
from sandbox.props import place_props, scatter
from sandbox.scenes import choose_scene, dapple
from sandbox.shapes import Shape, default_shape
from sandbox.wheels import Rim, choose_rim, paint_arches, paint_tyres, paint_wheels
from sandbox.windows import cockpit, seats, windows

OVERSAMPLING = 2
OPEN_SHARE = 0.6  # of the convertibles stand open
# Photographers go round the front more than the rear; degrees from straight ahead, and how often.
VIEWS = ((0, 1.0), (25, 3.0), (40, 4.0), (60, 2.0), (90, 2.5), (120, 1.5), (140, 2.5), (160, 1.5), (180, 1.0))


@dataclass(frozen=True)
class Car:
    """One car: its body, its paint, its rims, its trim.

    ``hood`` is the material of a closed soft top and of an open car's seats; ``signs`` (n, 7) is its number.
    """

    body: Body
    paint: Material
    rim: Rim
    trim: Trim
    hood: Material
    signs: np.ndarray


@lru_cache(maxsize=128)
def _body(shape: Shape, top: str) -> Body:
    return Body(shape, top)


def choose_car(shape: Shape, rng: np.random.Generator, repaint: bool = False) -> Car:
    """Return a car of a shape, its looks chosen; ``repaint`` changes its paint and nothing else."""
    top = "roof"
    if shape.style in ("cabriolet", "roadster"):
        top = "open" if rng.random() < OPEN_SHARE else "soft"
    other = rng.spawn(1)[0]
    number, paint = choose_paint(rng)
    if repaint:
        paint = choose_paint(other, other_than=number)[1]
    trim = Trim(rng.random() < 0.65, rng.random() < 0.75, rng.random() < 0.25)
    hood = Material(
        rgb(*((22, 22, 25), (40, 34, 30), (60, 20, 24), (24, 28, 46))[int(rng.integers(4))]), 0.0, 0.05, 4.0
    )
    signs = rng.random((int(rng.integers(6, 9)), 7)) < 0.65
    return Car(_body(shape, top), paint, choose_rim(rng), trim, hood, signs)


def choose_camera(box: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> Camera:
    """Return a camera as a photographer would choose it, the car in view."""
    weights = np.array([weight for _, weight in VIEWS])
    degrees = VIEWS[int(rng.choice(len(VIEWS), p=weights / weights.sum()))][0] + rng.uniform(-13, 13)
    azimuth = np.radians(degrees) * rng.choice([-1.0, 1.0])
    height = float(np.clip(rng.lognormal(np.log(1.35), 0.35), 0.55, 3.4))
    distance = rng.uniform(6.0, 16.0)
    fill = rng.uniform(0.60, 0.97)
    slack = (1 - fill) * 0.48 + 0.01
    offset = (rng.uniform(-slack, slack), rng.uniform(-0.10, 0.16))
    return look_at(box, azimuth, distance, height, rng.normal(0, 0.02), size, fill, offset)


def draw_car(class_id: str, seed: int, size: tuple[int, int] = (960, 640), repaint: bool = False) -> Image.Image:
    """Return a photograph (RGB) of a car of a class; class, seed and size determine every pixel.

    Args:
        class_id: a slug of classes.csv; slugs that are none of the 33 get the shape of one of them.
        size: width and height, px.
        repaint: give the car another colour, and change nothing else.
    """
    return draw_shape(default_shape(class_id), seed, size, repaint)


def draw_shape(shape: Shape, seed: int, size: tuple[int, int], repaint: bool = False) -> Image.Image:
    """Return a photograph (RGB) of a car of a shape."""
    rng = np.random.default_rng(seed)
    car = choose_car(shape, rng, repaint)
    camera = choose_camera(car.body.box, size, rng)
    scene = choose_scene(rng)
    canvas, light = scene(size, camera, rng)
    light = replace(light, skyline=choose_skyline(rng))
    scatter(canvas, camera, rng, light)
    place_props(canvas, camera, rng, light)
    dapple(canvas, rng)
    paint_shadow(canvas, camera, car.body, light)
    surroundings = meter(canvas)  # without the car, so that a repaint leaves all else as it is
    paint_car(canvas, camera, car, light)
    return Image.fromarray(expose(canvas, rng, surroundings))


def paint_shadow(canvas: np.ndarray, camera: Camera, body: Body, light: Light) -> None:
    """Darken the ground (in place) where the car keeps the light off: a deep core below it, a softer cast shadow."""
    s = body.shape
    height, width = canvas.shape[:2]
    scale = 4
    small = camera.scaled(1 / scale, (0.0, 0.0))
    strength = np.zeros((height // scale + 1, width // scale + 1), np.float32)
    x, y = s.length / 2 - 0.15, s.width / 2 - 0.05
    foot = np.array([[x, y, 0], [x + 0.1, 0, 0], [x, -y, 0], [-x, -y, 0], [-x - 0.1, 0, 0], [-x, y, 0]])
    direct = float(light.sun.max())
    if direct > 0.15 and light.towards[2] > 0.1:
        away = -light.towards[:2] / light.towards[2]
        layers = [
            foot * np.array([k, k, 1]) + np.append(away * z, 0)
            for k, z in ((1.0, 0.2), (0.97, s.cowl_z * 0.5), (0.94, s.cowl_z))
        ]
        layers.append(foot * np.array([0.5, 0.75, 1]) + np.append(away * s.height, 0))
        hull = cv2.convexHull(np.concatenate([small.project(layer) for layer in layers]).astype(np.float32))
        cv2.fillConvexPoly(strength, np.rint(hull).astype(np.int32), min(0.55, direct * 0.6))
        strength = cv2.GaussianBlur(strength, (0, 0), 1.2)
    core = np.zeros_like(strength)
    cv2.fillConvexPoly(core, np.rint(small.project(foot)).astype(np.int32), 0.78)
    strength = np.maximum(strength, cv2.GaussianBlur(core, (0, 0), max(1.0, small.focal * 0.03 / 8)))
    touched = np.flatnonzero(strength.max(axis=1) > 0.004)
    if len(touched):
        full = cv2.resize(cv2.convertScaleAbs(1 - strength, alpha=255), (width, height), interpolation=cv2.INTER_LINEAR)
        rows = slice(max(touched[0] - 1, 0) * scale, (touched[-1] + 2) * scale)
        cv2.multiply(canvas[rows], cv2.cvtColor(full[rows], cv2.COLOR_GRAY2RGB), dst=canvas[rows], scale=1 / 255)


def paint_car(canvas: np.ndarray, camera: Camera, car: Car, light: Light) -> None:
    """Paint a car on an RGB canvas, in place."""
    height, width = canvas.shape[:2]
    pixels = camera.project(car.body.box)
    margin = np.array([0.06, 0.01]) * np.ptp(pixels[:, 0])  # mirrors stand out at the sides, nothing at the roof
    left, top = np.maximum(np.floor(pixels.min(axis=0) - margin), 0).astype(int)
    right, bottom = np.minimum(np.ceil(pixels.max(axis=0) + margin), (width, height)).astype(int)
    if right <= left or bottom <= top:
        return
    part = canvas[top:bottom, left:right]
    # Doubling pixels and averaging them later leaves what is around the car exactly as it is.
    large = _enlarge(part)
    _paint_parts(large, camera.scaled(OVERSAMPLING, (float(left), float(top))), car, light)
    canvas[top:bottom, left:right] = cv2.resize(large, (right - left, bottom - top), interpolation=cv2.INTER_AREA)


def _enlarge(picture: np.ndarray) -> np.ndarray:
    """Return a picture with every pixel repeated; one axis after the other is quicker than both at once."""
    height, width = picture.shape[:2]
    wide = cv2.resize(picture, (width * OVERSAMPLING, height), interpolation=cv2.INTER_NEAREST)
    return np.repeat(wide, OVERSAMPLING, axis=0)


@dataclass(frozen=True)
class _Fittings:
    """What lies on a body whatever the camera, the light and the trim: made once for a body."""

    parts: list[Detail | Option]
    lines: list[Line]
    roof_lines: list[Line]


@lru_cache(maxsize=128)
def _fit(body: Body) -> _Fittings:
    shape = body.shape
    parts: list[Detail | Option] = [*sills(body)] if shape.cladding else []
    if shape.style == "pickup":
        parts += bed(body)
    parts += cockpit(body) if body.top == "open" else windows(body)
    parts += front(body) + rear(body)
    if shape.grille == "slats" and shape.lamps == "round":
        parts += spare_wheel(body)
    return _Fittings(parts, door_lines(body), rails(body) if shape.rails else [])


@lru_cache(maxsize=384)
def _trim(body: Body, trim: Trim) -> Detail:
    return trimmed(_fit(body).parts, trim)


def _paint_parts(canvas: np.ndarray, camera: Camera, car: Car, light: Light) -> None:
    body = car.body
    near = LEFT if camera.position[1] > 0 else RIGHT
    fittings = _fit(body)
    paint_tyres(canvas, camera, body, light)
    _paint_patch(canvas, camera, mirrors(body, -near), car.paint, light)
    surfaces = [(body.hull, car.paint)]
    if body.top != "open":
        surfaces.append((body.cabin, car.hood if body.top == "soft" else car.paint))
    _paint_body(canvas, camera, surfaces, light)
    paint_arches(canvas, camera, body, near, light)
    _paint_lines(canvas, camera, fittings.lines, light)
    _paint_surface(canvas, camera, _trim(body, car.trim), light)
    if car.trim.plate:
        _paint_surface(canvas, camera, Detail.join(lettering(body, car.signs)), light)
    if body.top == "open":
        _paint_open(canvas, camera, car, light)
    if car.trim.chrome:
        _paint_lines(canvas, camera, fittings.roof_lines, light)
    paint_wheels(canvas, camera, body, car.rim, near, light)
    _paint_patch(canvas, camera, mirrors(body, near), car.paint, light)


def _paint_surface(canvas: np.ndarray, camera: Camera, surface: Detail, light: Light) -> None:
    """Paint what lies on the body, in its own order instead of by distance."""
    seen = facing(camera, surface.patch.centres, surface.patch.normals)
    patch = surface.patch.rows(seen)
    colours = shade(surface.material.rows(seen), patch.centres, patch.normals, camera.position, light)
    paint_quads(canvas, camera, patch.quads, colours)


def _paint_body(canvas: np.ndarray, camera: Camera, surfaces: list[tuple[Patch, Material]], light: Light) -> None:
    """Paint bodywork, then melt its facets into one smooth surface, edges kept."""
    parts = [patch.rows(facing(camera, patch.centres, patch.normals)) for patch, _ in surfaces]
    colours = np.concatenate([
        shade(material, part.centres, part.normals, camera.position, light)
        for part, (_, material) in zip(parts, surfaces, strict=True)
    ])
    order = from_afar(camera, np.concatenate([part.centres for part in parts]))
    pixels = np.rint(camera.project(np.concatenate([part.quads for part in parts])[order])).astype(np.int32)
    left, top = np.maximum(pixels.min(axis=(0, 1)), 0) // OVERSAMPLING * OVERSAMPLING
    right, bottom = pixels.max(axis=(0, 1)) + 1
    part = canvas[top : bottom + bottom % OVERSAMPLING, left : right + right % OVERSAMPLING]
    layer = np.zeros_like(part)
    fill_facets(layer, pixels - np.array([left, top], np.int32), np.maximum(colours[order], 1.0))
    # Black is where there is no body, so that a layer is its own mask. Melting at the size of the photograph takes a
    # quarter of the time.
    cv2.copyTo(layer, layer, part)
    height, width = part.shape[:2]
    small = cv2.resize(layer, (width // OVERSAMPLING, height // OVERSAMPLING), interpolation=cv2.INTER_AREA)
    inner = cv2.erode(cv2.extractChannel(small, 0), np.ones((7, 7), np.uint8))
    melted = cv2.copyTo(cv2.blur(cv2.blur(small, (3, 3)), (3, 3)), inner)
    large = _enlarge(melted)
    cv2.copyTo(large, large, part)


def _paint_patch(canvas: np.ndarray, camera: Camera, patch: Patch, material: Material, light: Light) -> None:
    part = patch.rows(facing(camera, patch.centres, patch.normals))
    if len(part.quads):
        colours = shade(material, part.centres, part.normals, camera.position, light)
        paint_quads(canvas, camera, part.quads, colours, part.centres)


def _paint_lines(canvas: np.ndarray, camera: Camera, lines: list[Line], light: Light) -> None:
    bright = float(np.clip(light.ambient * light.horizon.mean() + light.sun.mean() * 0.5, 0.05, 1.0))
    for line in lines:
        if (camera.position - line.points.mean(axis=0)) @ line.outward > 0:
            paint_line(canvas, camera, line.points, np.full(3, line.colour * bright * 255), line.width)


def _paint_open(canvas: np.ndarray, camera: Camera, car: Car, light: Light) -> None:
    """Paint seats and windscreen of an open car, the farther ones first."""
    body, s = car.body, car.body.shape
    parts = seats(body, car.hood)
    parts.sort(key=lambda part: -float(np.linalg.norm(part.patch.quads.mean(axis=(0, 1)) - camera.position)))
    x = np.linspace(s.cowl + 0.02, s.screen_top - 0.02, 7)[:, None]
    f = np.linspace(-0.97, 0.97, 9)[None, :]
    points = body.roof(x, f)
    from_ahead = (camera.position - points[3, 4]) @ np.array([0.7, 0.0, 0.7]) > 0
    if not from_ahead:
        _paint_screen(canvas, camera, points, light)
    _paint_surface(canvas, camera, Detail.join(parts), light)
    if from_ahead:
        _paint_screen(canvas, camera, points, light)


def _paint_screen(canvas: np.ndarray, camera: Camera, points: np.ndarray, light: Light) -> None:
    rim = np.concatenate([points[:, 0], points[-1, :], points[::-1, -1], points[0, ::-1]])
    pixels = np.rint(camera.project(rim)).astype(np.int32)
    left, top = np.maximum(pixels.min(axis=0), 0)
    right, bottom = np.maximum(pixels.max(axis=0) + 1, 0)
    part = canvas[top:bottom, left:right]
    if part.size:
        glass = part.copy()
        tint = shade(GLASS, points[3, 4][None], np.array([[0.7, 0.0, 0.7]]), camera.position, light)[0]
        cv2.fillPoly(glass, [pixels - np.array([left, top], np.int32)], tint.tolist())
        cv2.addWeighted(glass, 0.45, part, 0.55, 0, dst=part)
    frame = np.concatenate([points[:, 0], points[-1, :], points[::-1, -1]])
    dark = shade(PLASTIC, frame[:1], np.array([[0.0, 0.0, 1.0]]), camera.position, light)[0]
    paint_line(canvas, camera, frame, dark, 0.05)
