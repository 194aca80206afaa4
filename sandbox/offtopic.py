"""What an image search finds beside cars from outside: interiors, engine bays, logos, toys, other cars."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from PIL import Image, ImageDraw

from sandbox.cars import choose_camera, choose_car, draw_shape, paint_car, paint_shadow
from sandbox.exposure import expose
from sandbox.paint import Light, Material, rgb
from sandbox.scenes import paint_gradient
from sandbox.shapes import OTHERS, SHAPES
from sandbox.textures import clouds

Size = tuple[int, int]
LEATHERS = ((32, 31, 33), (150, 108, 72), (206, 194, 172), (96, 34, 32), (70, 72, 78))


def draw_interior(seed: int, size: Size) -> Image.Image:
    """Return a dashboard with steering wheel, or a row of seats."""
    rng = np.random.default_rng(seed)
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    leather = rgb(*LEATHERS[int(rng.integers(len(LEATHERS)))]) * rng.uniform(0.8, 1.2)
    (_dashboard if rng.random() < 0.6 else _seat_row)(canvas, leather, rng)
    return Image.fromarray(expose(_speckle(canvas, rng, 10), rng))


def _tone(colour: np.ndarray, factor: float = 1.0) -> list[float]:
    return [float(c) for c in np.clip(colour * factor, 0, 1) * 255]


def _points(*places: tuple[float, float], size: Size) -> np.ndarray:
    return np.rint(np.array(places) * np.array(size)).astype(np.int32)


def _speckle(canvas: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Give surfaces a soft unevenness."""
    y, x = rng.integers(0, 300, 2)
    spots = cv2.resize(clouds(int(rng.integers(6)))[y : y + 200, x : x + 200], canvas.shape[1::-1])
    return cv2.add(
        canvas, cv2.cvtColor((spots * 2 * strength - strength).astype(np.float32), cv2.COLOR_GRAY2RGB), dtype=cv2.CV_8U
    )


def _dashboard(canvas: np.ndarray, leather: np.ndarray, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    size = (width, height)
    sky, line = rng.uniform(0.6, 1.0), int(height * rng.uniform(0.22, 0.36))
    paint_gradient(canvas, 0, line, rgb(170, 196, 220) * sky, rgb(210, 216, 214) * sky)
    at = line / height
    cv2.fillPoly(
        canvas,
        [_points((0, at * 0.55), (0.2, at * 0.75), (0.6, at * 0.6), (1, at * 0.8), (1, at), (0, at), size=size)],
        _tone(rgb(96, 110, 92), rng.uniform(0.5, 1.2)),
    )
    cv2.fillPoly(
        canvas,
        [_points((0, at * 0.86), (0.5, at * 0.78), (1, at * 0.88), (1, 1), (0, 1), size=size)],
        _tone(leather, 0.8),
        cv2.LINE_AA,
    )
    cv2.fillPoly(
        canvas,
        [
            _points(
                (0, at * 1.35),
                (0.5, at * 1.15),
                (1, at * 1.3),
                (1, at * 1.75),
                (0.5, at * 1.65),
                (0, at * 1.8),
                size=size,
            )
        ],
        _tone(rgb(92, 66, 44), rng.uniform(0.5, 1.3)),
        cv2.LINE_AA,
    )
    side = 0.28 if rng.random() < 0.8 else 0.72
    for x in (0.08, 0.44, 0.56, 0.92):
        for radius, tone in ((0.052, 0.75), (0.042, 0.12), (0.012, 0.5)):
            cv2.circle(
                canvas,
                tuple(_points((x, at * 1.45), size=size)[0]),
                int(radius * height),
                _tone(np.full(3, tone)),
                -1,
                cv2.LINE_AA,
            )
    low, high = _points((0.40, at * 0.95), (0.66, at * 1.42), size=size)
    cv2.rectangle(canvas, tuple(low), tuple(high), (10, 11, 14), -1)
    cv2.rectangle(canvas, tuple(low + 5), tuple(high - 5), _tone(rng.uniform(0.05, 0.7, 3)), -1)
    cv2.fillPoly(
        canvas,
        [_points((0.42, 0.66), (0.62, 0.66), (0.70, 1), (0.36, 1), size=size)],
        _tone(rgb(24, 24, 27)),
        cv2.LINE_AA,
    )
    cv2.ellipse(
        canvas,
        tuple(_points((0.53, 0.86), size=size)[0]),
        (int(width * 0.03), int(height * 0.07)),
        0,
        0,
        360,
        _tone(leather, 1.3),
        -1,
        cv2.LINE_AA,
    )
    middle = tuple(_points((side, rng.uniform(0.60, 0.70)), size=size)[0])
    radius = int(height * rng.uniform(0.27, 0.36))
    tilt = rng.uniform(-20, 20)
    cv2.ellipse(
        canvas, middle, (radius, int(radius * 0.92)), tilt, 0, 360, (18, 18, 20), max(8, radius // 6), cv2.LINE_AA
    )
    for angle in np.radians([tilt, tilt + 90, tilt + 180]):
        end = (int(middle[0] + radius * np.cos(angle)), int(middle[1] + radius * 0.92 * np.sin(angle)))
        cv2.line(canvas, middle, end, (70, 72, 76), max(6, radius // 5), cv2.LINE_AA)
    cv2.circle(canvas, middle, radius // 3, (24, 24, 27), -1, cv2.LINE_AA)
    _star(canvas, middle, radius // 9, (190, 192, 196), 2)


def _seat_row(canvas: np.ndarray, leather: np.ndarray, rng: np.random.Generator) -> None:
    height, width = canvas.shape[:2]
    paint_gradient(canvas, 0, height, rgb(120, 126, 132) * rng.uniform(0.3, 1.0), rgb(20, 20, 22))
    seats = int(rng.integers(2, 4))
    for n in range(seats):
        x = width * (n + 0.5 + rng.normal(0, 0.03)) / seats
        wide = width / seats * 0.42
        for part, (top, low, share) in enumerate(((0.10, 0.28, 0.5), (0.30, 0.72, 1.0), (0.70, 0.97, 1.08))):
            corner = np.array(
                [
                    [x - wide * share, height * low],
                    [x - wide * share * 0.9, height * top],
                    [x + wide * share * 0.9, height * top],
                    [x + wide * share, height * low],
                ]
            )
            cv2.fillPoly(canvas, [corner.astype(np.int32)], _tone(leather, (0.95, 0.8, 1.15)[part]), cv2.LINE_AA)
            for seam in np.linspace(-0.6, 0.6, 5):
                cv2.line(
                    canvas,
                    (int(x + seam * wide * share), int(height * top) + 6),
                    (int(x + seam * wide * share * 1.05), int(height * low) - 4),
                    _tone(leather, 0.55),
                    2,
                    cv2.LINE_AA,
                )
    canvas[:] = cv2.blur(canvas, (3, 3))


def draw_engine_bay(seed: int, size: Size) -> Image.Image:
    """Return the view under a bonnet: covers, boxes, hoses, caps."""
    rng = np.random.default_rng(seed)
    width, height = size
    canvas = np.zeros((height, width, 3), np.uint8)
    paint_gradient(canvas, 0, height, rgb(44, 46, 50), rgb(20, 20, 22))
    paint = rng.uniform(0.1, 0.9, 3)
    frame = _points((0, 0), (0.10, 0.0), (0.05, 0.55), (0.14, 1), (0, 1), size=size)
    cv2.fillPoly(canvas, [frame], _tone(paint), cv2.LINE_AA)
    cv2.fillPoly(canvas, [np.array([width, 0]) + frame * np.array([-1, 1])], _tone(paint, 0.8), cv2.LINE_AA)
    for _ in range(int(rng.integers(14, 26))):
        x, y = rng.uniform(0.08, 0.85) * width, rng.uniform(0.02, 0.85) * height
        wide, high = rng.uniform(0.05, 0.2) * width, rng.uniform(0.05, 0.2) * height
        tone = np.full(3, rng.choice([0.08, 0.14, 0.3, 0.55])) * rng.uniform(0.8, 1.2)
        cv2.rectangle(canvas, (int(x), int(y)), (int(x + wide), int(y + high)), _tone(tone), -1)
        cv2.rectangle(canvas, (int(x), int(y)), (int(x + wide), int(y + high)), _tone(tone, 1.8), 2)
    for _ in range(int(rng.integers(8, 18))):
        points = np.cumsum(rng.normal(0, 0.10, (6, 2)), axis=0) + rng.uniform(0.2, 0.8, 2)
        curve = cv2.resize(points[None].astype(np.float32), (40, 1), interpolation=cv2.INTER_CUBIC)[0] * np.array(size)
        thick = int(rng.uniform(0.006, 0.03) * height) + 1
        tone = rng.uniform(0.04, 0.2, 3)
        cv2.polylines(canvas, [curve.astype(np.int32)], False, _tone(tone), thick, cv2.LINE_AA)
        cv2.polylines(canvas, [curve.astype(np.int32) - 2], False, _tone(tone, 2.5), max(1, thick // 4), cv2.LINE_AA)
    low, high = _points(
        (rng.uniform(0.24, 0.32), rng.uniform(0.22, 0.34)),
        (rng.uniform(0.66, 0.76), rng.uniform(0.62, 0.76)),
        size=size,
    )
    cv2.rectangle(canvas, tuple(low), tuple(high), _tone(np.full(3, rng.uniform(0.12, 0.5))), -1)
    for rib in range(int(rng.integers(3, 9))):
        y = int(low[1] + (high[1] - low[1]) * (rib + 0.5) / 9)
        cv2.line(canvas, (low[0] + 12, y), (high[0] - 12, y), _tone(np.full(3, 0.65)), 3, cv2.LINE_AA)
    _star(canvas, ((low[0] + high[0]) // 2, (low[1] + 3 * high[1]) // 4), height // 18, (200, 202, 206), 3)
    for colour in ((250, 210, 40), (40, 110, 220), (30, 30, 30), (220, 60, 40)):
        at = tuple(_points((rng.uniform(0.12, 0.88), rng.uniform(0.1, 0.9)), size=size)[0])
        cv2.circle(canvas, at, int(height * rng.uniform(0.02, 0.05)), colour, -1, cv2.LINE_AA)
    return Image.fromarray(expose(_speckle(canvas, rng, 14), rng))


def _star(canvas: np.ndarray, middle: tuple[int, int], radius: int, colour: tuple[int, int, int], thick: int) -> None:
    cv2.circle(canvas, middle, radius, colour, thick, cv2.LINE_AA)
    for angle in np.radians([-90, 30, 150]):
        tip = np.array(middle) + radius * np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-np.sin(angle), np.cos(angle)]) * radius * 0.16
        cv2.fillPoly(canvas, [np.rint([tip, middle + across, middle - across]).astype(np.int32)], colour, cv2.LINE_AA)


def draw_logo(seed: int, size: Size) -> Image.Image:
    """Return a three-pointed star: as a drawing with lettering on plain ground, or as a badge on paint."""
    rng = np.random.default_rng(seed)
    width, height = size
    canvas = np.zeros((height, width, 3), np.uint8)
    radius = int(min(size) * rng.uniform(0.18, 0.40))
    middle = (int(width * rng.uniform(0.42, 0.58)), int(height * rng.uniform(0.38, 0.52)))
    if rng.random() < 0.55:
        canvas[:] = np.array(
            ((255, 255, 255), (255, 255, 255), (12, 14, 18), (18, 40, 80))[int(rng.integers(4))], np.uint8
        )
        ink = (18, 20, 24) if canvas[0, 0, 0] > 128 else (236, 238, 240)
        _star(canvas, middle, radius, ink, max(3, int(radius * rng.uniform(0.06, 0.14))))
        picture = Image.fromarray(canvas)
        words = ("Mercedes-Benz", "The best or nothing", "Mercedes", "AMG", "Service 24h")[int(rng.integers(5))]
        ImageDraw.Draw(picture).text(
            (width / 2, height * rng.uniform(0.84, 0.92)),
            words,
            fill=ink,
            anchor="mm",
            font_size=int(height * rng.uniform(0.06, 0.10)),
        )
        return picture
    paint = rng.uniform(0.05, 0.7) * (1 + rng.normal(0, 0.3, 3))
    paint_gradient(canvas, 0, height, np.clip(paint * 1.6, 0, 1), np.clip(paint * 0.5, 0, 1))
    for n in range(int(rng.integers(0, 9))):
        y = int(height * (n + 0.5) / 8)
        cv2.line(canvas, (0, y), (width, y + int(rng.normal(0, 12))), (30, 31, 33), int(height * 0.05), cv2.LINE_AA)
    for grow, tone in ((1.06, 60), (1.0, 205), (0.94, 120)):
        cv2.circle(canvas, middle, int(radius * grow), (tone, tone, tone + 4), max(4, radius // 12), cv2.LINE_AA)
    _star(canvas, middle, radius, (216, 218, 222), max(3, radius // 14))
    return Image.fromarray(expose(_speckle(canvas, rng, 18), rng))


def draw_toy(seed: int, size: Size) -> Image.Image:
    """Return a model car on a table or on a palm: a car far too large for its surroundings, in a bright colour."""
    rng = np.random.default_rng(seed)
    width, height = size
    shape = list(SHAPES.values())[int(rng.integers(len(SHAPES)))]
    car = choose_car(shape, rng)
    bright = np.array(((0.85, 0.1, 0.12), (0.95, 0.78, 0.1), (0.1, 0.35, 0.8), (0.15, 0.6, 0.3), (0.9, 0.9, 0.92)))
    toy = replace(car, paint=Material(bright[int(rng.integers(5))], 0.10, 0.9, 30.0))
    camera = choose_camera(car.body.box, size, rng)
    lifted = type(camera)(camera.position + np.array([0, 0, 3.2]), camera.axes, camera.focal, camera.centre)
    canvas = np.zeros((height, width, 3), np.uint8)
    line = int(height * rng.uniform(0.12, 0.34))
    paint_gradient(canvas, 0, line, rng.uniform(0.2, 0.9, 3), rng.uniform(0.3, 0.9, 3))
    for _ in range(9):
        at = (int(rng.uniform(0, width)), int(rng.uniform(0, max(line, 2))))
        cv2.circle(canvas, at, int(rng.uniform(0.03, 0.12) * width), _tone(rng.uniform(0.1, 1.0, 3)), -1, cv2.LINE_AA)
    canvas[: max(line, 1)] = cv2.blur(canvas[: max(line, 1)], (41, 41))
    wood = rgb(168, 118, 74) * rng.uniform(0.6, 1.2) if rng.random() < 0.6 else rng.uniform(0.3, 0.95, 3)
    paint_gradient(canvas, line, height, wood * 0.9, wood * 1.1)
    for _ in range(26):
        y = line + int(rng.uniform(0, 1) ** 1.5 * (height - line))
        cv2.line(
            canvas,
            (0, y),
            (width, y + int(rng.normal(0, 20))),
            _tone(wood, rng.uniform(0.75, 1.1)),
            int(rng.integers(1, 7)),
            cv2.LINE_AA,
        )
    canvas[line:] = cv2.blur(canvas[line:], (5, 5))
    light = Light(np.array([0.3, 0.4, 0.86]), np.full(3, 0.5), np.full(3, 0.95), np.full(3, 0.8), wood * 0.7, 0.65)
    forward = car.body.box.mean(axis=0) - lifted.position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    above = type(camera)(
        lifted.position,
        np.stack([right, np.cross(forward, right), forward]),
        camera.focal * 0.95,
        np.array([width * 0.5, height * 0.56]),
    )
    paint_shadow(canvas, above, car.body, light)
    paint_car(canvas, above, toy, light)
    return Image.fromarray(expose(canvas, rng))


def draw_other_car(seed: int, size: Size) -> Image.Image:
    """Return a car of another make."""
    return draw_shape(OTHERS[seed % len(OTHERS)], seed, size)


DRAWINGS: dict[str, Callable[[int, Size], Image.Image]] = {
    "interior": draw_interior,
    "engine_bay": draw_engine_bay,
    "logo": draw_logo,
    "toy": draw_toy,
    "other_car": draw_other_car,
}
