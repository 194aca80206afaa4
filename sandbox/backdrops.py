"""What stands behind a car, painted above the horizon: hills, trees, houses, walls, lamps."""

from collections.abc import Callable

import cv2
import numpy as np

from sandbox.camera import Camera
from sandbox.paint import rgb
from sandbox.textures import bricks, clouds

Backdrop = Callable[[np.ndarray, Camera, np.random.Generator, np.ndarray], None]


def choose(rng: np.random.Generator) -> Backdrop:
    """Return a backdrop for a scene under the sky."""
    choices = (_hills, _trees, _town, _sea, _mountains, _hedge, _hills_and_trees, _street)
    return choices[int(rng.choice(len(choices), p=[0.10, 0.18, 0.18, 0.08, 0.10, 0.10, 0.12, 0.14]))]


def _colour(colour: np.ndarray) -> list[float]:
    return [255.0 * min(max(c, 0.0), 1.0) for c in colour.tolist()]


def _outline(canvas: np.ndarray, heights: np.ndarray, line: int, colour: np.ndarray) -> None:
    """Fill between the horizon and heights (n,) px above it, spread over the width."""
    width = canvas.shape[1]
    x = np.linspace(0, width, len(heights))
    points = np.concatenate([np.stack([x, line - heights], axis=1), [[width, line + 3], [0, line + 3]]])
    cv2.fillPoly(canvas, [np.rint(points).astype(np.int32)], _colour(colour), cv2.LINE_AA)


def _ridge(rng: np.random.Generator, points: int, rough: float) -> np.ndarray:
    steps = np.cumsum(rng.normal(0, 1, points))
    ridge = cv2.GaussianBlur(steps[None].astype(np.float32), (0, 0), max(0.3, points * (1 - rough) / 12))[0]
    return (ridge - ridge.min()) / max(float(np.ptp(ridge)), 1e-6)


def _hills(canvas: np.ndarray, camera: Camera, rng: np.random.Generator, bright: np.ndarray) -> None:
    line, unit = int(camera.horizon), canvas.shape[0]
    for layer in range(int(rng.integers(1, 4))):
        green = np.array([rng.uniform(0.30, 0.52), rng.uniform(0.40, 0.56), rng.uniform(0.22, 0.36)])
        far = np.array([0.55, 0.62, 0.70])
        colour = (far + (green - far) * (layer + 1) / 3) * bright
        height = unit * rng.uniform(0.04, 0.22) / (layer + 1)
        _outline(canvas, (0.2 + 0.8 * _ridge(rng, 60, 0.4)) * height, line, colour)


def _mountains(canvas: np.ndarray, camera: Camera, rng: np.random.Generator, bright: np.ndarray) -> None:
    line, unit = int(camera.horizon), canvas.shape[0]
    for layer in range(2):
        colour = np.array([0.50, 0.54, 0.62]) * rng.uniform(0.7, 1.2) * bright * (1 - 0.3 * layer)
        ridge = _ridge(rng, 40, 0.95)
        height = unit * rng.uniform(0.15, 0.40) / (layer + 1)
        _outline(canvas, (0.25 + 0.75 * ridge) * height, line, colour)
        if layer == 0 and rng.random() < 0.6:  # snow
            _outline(canvas, np.where(ridge > 0.6, (0.25 + 0.75 * ridge) * height, 0), line, bright * 0.95)
            _outline(canvas, (0.25 + 0.75 * np.minimum(ridge, 0.55 + 0.1 * rng.random(40))) * height, line, colour)
    _hills(canvas, camera, rng, bright)


def _leaves(
    canvas: np.ndarray, line: int, rng: np.random.Generator, bright: np.ndarray, high: float, count: int
) -> None:
    """Dab crowns of trees in several greens, the lit side above."""
    width = canvas.shape[1]
    hue = rng.uniform(-0.06, 0.16)
    for _ in range(count):
        x, top = rng.uniform(-0.05, 1.05) * width, high * rng.uniform(0.5, 1.0)
        radius = top * rng.uniform(0.35, 0.6)
        dark = np.array([0.20 + hue, 0.28 + hue * 0.4, 0.13]) * bright * rng.uniform(0.7, 1.3)
        if rng.random() < 0.5:
            trunk = [int(x - radius * 0.06), int(line - top), int(x + radius * 0.06) + 1, line + 2]
            cv2.rectangle(canvas, trunk[:2], trunk[2:], _colour(dark * 0.6), -1)
        for _ in range(14):
            at = (int(x + rng.normal(0, radius * 0.45)), int(line - top + radius * 0.6 + rng.normal(0, radius * 0.4)))
            lift = 1.0 + 0.5 * (line - top + radius * 0.6 - at[1]) / radius
            cv2.circle(canvas, at, max(2, int(radius * rng.uniform(0.15, 0.42))), _colour(dark * lift), -1)


def _trees(canvas: np.ndarray, camera: Camera, rng: np.random.Generator, bright: np.ndarray) -> None:
    line, unit = int(camera.horizon), canvas.shape[0]
    if rng.random() < 0.6:
        _hills(canvas, camera, rng, bright)
    high = unit * rng.uniform(0.18, 0.55)
    _leaves(canvas, line, rng, bright, high, int(rng.integers(5, 22)))
    _soften(canvas, line, rng)


def _hills_and_trees(canvas: np.ndarray, camera: Camera, rng: np.random.Generator, bright: np.ndarray) -> None:
    _hills(canvas, camera, rng, bright)
    _leaves(
        canvas, int(camera.horizon), rng, bright, canvas.shape[0] * rng.uniform(0.05, 0.16), int(rng.integers(6, 20))
    )


def _sea(canvas: np.ndarray, camera: Camera, rng: np.random.Generator, bright: np.ndarray) -> None:
    line, unit = int(camera.horizon), canvas.shape[0]
    water = np.array([rng.uniform(0.2, 0.4), rng.uniform(0.42, 0.58), rng.uniform(0.55, 0.7)]) * bright
    high = int(unit * rng.uniform(0.06, 0.16))
    canvas[max(line - high, 0) : max(line + 2, 0)] = np.array(_colour(water), np.uint8)
    if rng.random() < 0.6:
        ridge = np.clip(_ridge(rng, 50, 0.6) * 2 - 0.8, 0, 1)
        _outline(canvas, high + ridge * unit * rng.uniform(0.05, 0.2), line, np.array([0.42, 0.48, 0.54]) * bright)
        canvas[max(line - high, 0) : max(line + 2, 0)] = np.array(_colour(water), np.uint8)
    for _ in range(25):
        y, x = line - int(rng.uniform(0.1, 1) * high), int(rng.uniform(0, canvas.shape[1]))
        cv2.line(canvas, (x, y), (x + int(rng.uniform(10, 60)), y), _colour(water * rng.uniform(0.85, 1.35)), 1)


def _hedge(canvas: np.ndarray, camera: Camera, rng: np.random.Generator, bright: np.ndarray) -> None:
    line, unit = int(camera.horizon), canvas.shape[0]
    if rng.random() < 0.5:
        _leaves(canvas, line, rng, bright, unit * rng.uniform(0.2, 0.4), int(rng.integers(3, 9)))
    high = int(unit * rng.uniform(0.06, 0.22))
    tile = clouds(int(rng.integers(6)))
    y, x = rng.integers(0, 250, 2)
    piece = cv2.resize(tile[y : y + 120, x : x + 260], (canvas.shape[1], high + 3))
    shrub = np.array([0.25, 0.36, 0.16]) * bright * rng.uniform(0.7, 1.2)
    top = max(line - high, 0)
    rows = canvas[top : max(line + 3, 0)]
    rows[:] = np.clip(shrub * 255 * (0.55 + 0.9 * piece[-rows.shape[0] or len(piece) :, :, None]), 0, 255)
    if rng.random() < 0.4:
        for at in range(0, canvas.shape[1], max(8, int(unit * rng.uniform(0.03, 0.12)))):
            cv2.rectangle(canvas, (at, top - 4), (at + 3, line), _colour(np.array([0.8, 0.78, 0.74]) * bright), -1)


def buildings(
    canvas: np.ndarray, camera: Camera, rng: np.random.Generator, tint: np.ndarray, lit_windows: bool = False
) -> None:
    """Paint a row of houses with their windows (in place); ``tint`` scales their colours."""
    line, unit, width = int(camera.horizon), canvas.shape[0], canvas.shape[1]
    x = -int(rng.uniform(0, 0.2) * width)
    while x < width:
        wide, high = int(width * rng.uniform(0.10, 0.36)), int(unit * rng.uniform(0.16, 0.62))
        wall = np.array([0.80, 0.74, 0.66]) * rng.uniform(0.55, 1.15) * (1 + rng.normal(0, 0.08, 3)) * tint
        cv2.rectangle(canvas, (x, line - high), (x + wide, line + 3), _colour(wall), -1)
        if rng.random() < 0.4:
            roof = np.array(
                [[x - 4, line - high], [x + wide + 4, line - high], [x + wide // 2, line - int(high * 1.25)]]
            )
            cv2.fillPoly(
                canvas, [roof.astype(np.int32)], _colour(np.array([0.45, 0.26, 0.2]) * tint * 1.2), cv2.LINE_AA
            )
        columns, rows = max(1, wide // int(rng.integers(18, 60))), max(1, high // int(rng.integers(24, 64)))
        step_x, step_y = wide / columns, high / rows
        part_x, part_y = rng.uniform(0.35, 0.75), rng.uniform(0.4, 0.7)
        for row in range(rows):
            for column in range(columns):
                on = lit_windows and rng.random() < 0.35
                glass = np.array([1.0, 0.85, 0.55]) * rng.uniform(0.5, 1.0) if on else wall * rng.uniform(0.3, 0.5)
                left, top = x + (column + 0.5 - part_x / 2) * step_x, line - high + (row + 0.5 - part_y / 2) * step_y
                cv2.rectangle(
                    canvas,
                    (int(left), int(top)),
                    (int(left + part_x * step_x), int(top + part_y * step_y)),
                    _colour(glass),
                    -1,
                )
        x += wide + int(rng.choice([0, 0, 0.06 * width]))
    _soften(canvas, line, rng)


def _town(canvas: np.ndarray, camera: Camera, rng: np.random.Generator, bright: np.ndarray) -> None:
    buildings(canvas, camera, rng, bright * rng.uniform(0.8, 1.05))
    if rng.random() < 0.5:
        _leaves(
            canvas, int(camera.horizon), rng, bright, canvas.shape[0] * rng.uniform(0.1, 0.3), int(rng.integers(1, 6))
        )


def _street(canvas: np.ndarray, camera: Camera, rng: np.random.Generator, bright: np.ndarray) -> None:
    """Houses, lamp posts, and other cars far behind."""
    _town(canvas, camera, rng, bright)
    line, unit, width = int(camera.horizon), canvas.shape[0], canvas.shape[1]
    for _ in range(int(rng.integers(1, 5))):
        x, high = int(rng.uniform(0, width)), int(unit * rng.uniform(0.3, 0.7))
        cv2.line(
            canvas, (x, line + 4), (x, line - high), _colour(np.array([0.25, 0.26, 0.27]) * bright), max(2, unit // 200)
        )
        cv2.line(
            canvas, (x, line - high), (x + int(unit * 0.05), line - high), _colour(np.array([0.3] * 3) * bright), 3
        )
    for _ in range(int(rng.integers(0, 5))):
        place, long = rng.uniform(0, width), unit * rng.uniform(0.10, 0.22)
        colour = rng.uniform(0.1, 0.85) * (1 + rng.normal(0, 0.2, 3)) * bright
        at = np.array(
            [[0, 0], [0, -0.17], [0.15, -0.19], [0.3, -0.32], [0.68, -0.32], [0.85, -0.18], [1, -0.16], [1, 0]]
        )
        points = at * long + [place, line + long * 0.10]
        cv2.fillPoly(canvas, [points.astype(np.int32)], _colour(colour), cv2.LINE_AA)
        glass = np.array([[0.21, -0.19], [0.32, -0.29], [0.66, -0.29], [0.78, -0.19]]) * long
        glass += [place, line + long * 0.10]
        cv2.fillPoly(canvas, [glass.astype(np.int32)], _colour(np.array([0.12] * 3)), cv2.LINE_AA)
    _soften(canvas, line, rng)


def _soften(canvas: np.ndarray, line: int, rng: np.random.Generator) -> None:
    """Put what is behind out of focus."""
    if line > 4 and rng.random() < 0.75:
        canvas[:line] = cv2.blur(canvas[:line], (int(rng.integers(1, 5)) * 2 + 1,) * 2)


def wall(canvas: np.ndarray, line: int, rng: np.random.Generator, bright: float) -> None:
    """Paint a wall from the top down to row ``line`` (in place), with doors or windows in it."""
    height, width = canvas.shape[:2]
    rows = int(np.clip(line, 2, height))
    colours = (rgb(158, 88, 66), rgb(168, 164, 158), rgb(206, 198, 182), rgb(96, 100, 108), rgb(190, 176, 120))
    colour = colours[int(rng.integers(len(colours)))] * rng.uniform(0.7, 1.15) * bright
    if rng.random() < 0.5:
        scale = rng.uniform(0.35, 0.62)
        texture = bricks(rng, int(rows * scale) + 2, int(width * scale))
    else:
        y, x = rng.integers(0, 200, 2)
        texture = (90 + 76 * clouds(int(rng.integers(6)))[y : y + 300, x : x + 300]).astype(np.uint8)
    texture = cv2.resize(texture, (width, rows), interpolation=cv2.INTER_LINEAR)
    tones = np.clip(np.arange(256)[:, None] * (colour * 255 / 128), 0, 255).astype(np.uint8)
    cv2.LUT(cv2.cvtColor(texture, cv2.COLOR_GRAY2RGB), tones[None], dst=canvas[:rows])
    x = int(rng.uniform(-0.1, 0.3) * width)
    while x < width:
        wide = int(width * rng.uniform(0.10, 0.35))
        if rng.random() < 0.65:
            top = int(rows * rng.uniform(0.05, 0.5))
            low = rows if rng.random() < 0.6 else int(rows * rng.uniform(0.6, 0.8))
            tone = colour * rng.uniform(0.3, 1.3)
            cv2.rectangle(canvas, (x, top), (x + wide, low), _colour(tone), -1)
            for bar in range(top, low, max(6, (low - top) // int(rng.integers(3, 12)))):
                cv2.line(canvas, (x, bar), (x + wide, bar), _colour(tone * 0.8), 2)
        x += wide + int(width * rng.uniform(0.05, 0.3))
    paint_rows = canvas[max(rows - 6, 0) : rows]
    paint_rows[:] = (paint_rows * 0.6).astype(np.uint8)


def panels(canvas: np.ndarray, line: int, colour: np.ndarray, rng: np.random.Generator) -> None:
    """Paint a hall's wall panels, screens and lamps (in place)."""
    width = canvas.shape[1]
    x = int(-rng.uniform(0, 0.2) * width)
    while x < width:
        wide = int(width * rng.uniform(0.08, 0.4))
        top, low = int(line * rng.uniform(-0.2, 0.5)), int(line * rng.uniform(0.75, 1.02))
        tone = np.clip(colour * rng.uniform(0.5, 1.5) * (1 + rng.normal(0, 0.05, 3)), 0, 1)
        cv2.rectangle(canvas, (x, top), (x + wide - 4, low), _colour(tone), -1)
        if rng.random() < 0.25:
            screen = np.clip(rng.uniform(0.2, 1.0) * (1 + rng.normal(0, 0.25, 3)), 0, 1)
            cv2.rectangle(
                canvas,
                (x + wide // 6, top + (low - top) // 5),
                (x + wide * 5 // 6, top + (low - top) * 3 // 5),
                _colour(screen),
                -1,
            )
        x += wide
    for _ in range(int(rng.integers(2, 9))):
        at = (int(rng.uniform(0, width)), int(rng.uniform(0, 0.35) * max(line, 1)))
        cv2.ellipse(canvas, at, (int(width * rng.uniform(0.01, 0.07)), 4), 0, 0, 360, (255, 252, 244), -1, cv2.LINE_AA)
    if line > 4:
        canvas[:line] = cv2.blur(canvas[:line], (5, 5))


def bokeh(canvas: np.ndarray, line: int, rng: np.random.Generator) -> None:
    """Paint lamps out of focus, and their shine on wet ground (in place)."""
    height, width = canvas.shape[:2]
    layer = np.zeros_like(canvas)
    for _ in range(int(rng.integers(8, 40))):
        x, y = int(rng.uniform(0, width)), int(line - rng.uniform(0.0, 0.4) * height)
        colour = ((255, 196, 120), (255, 240, 220), (255, 90, 70), (120, 190, 255), (120, 255, 170))[
            int(rng.choice(5, p=[0.4, 0.3, 0.15, 0.1, 0.05]))
        ]
        radius = int(rng.uniform(0.004, 0.03) * width) + 1
        tone = [c * rng.uniform(0.2, 0.7) for c in colour]
        cv2.circle(layer, (x, y), radius, tone, -1, cv2.LINE_AA)
        cv2.line(
            layer, (x, line + 2), (x, line + int(rng.uniform(0.05, 0.4) * height)), [c * 0.3 for c in tone], radius
        )
    canvas[:] = cv2.add(canvas, cv2.blur(layer, (7, 7)))


def glow(size: tuple[int, int], at: tuple[float, float], radius: float) -> np.ndarray:
    """Return a soft spot of light (h, w) float32 in 0 to 1; place and radius are shares of the picture."""
    x = (np.linspace(0, 1, 48) - at[0])[None, :]
    y = (np.linspace(0, 1, 32) - at[1])[:, None]
    spot = np.exp(-(x**2 + y**2) / (radius**2)).astype(np.float32)
    return cv2.resize(spot, size, interpolation=cv2.INTER_LINEAR)


def rig(canvas: np.ndarray, line: int, colour: np.ndarray, rng: np.random.Generator) -> None:
    """Paint what a studio shows of itself (in place): the backdrop's edges and seams, lamps on stands, flags."""
    height, width = canvas.shape[:2]
    ink = np.clip(colour * rng.uniform(0.55, 0.9), 0, 1)
    if rng.random() < 0.5:
        cv2.line(
            canvas, (0, line), (width, line + int(rng.normal(0, 4))), _colour(ink), int(rng.integers(1, 4)), cv2.LINE_AA
        )
    for _ in range(int(rng.integers(0, 4))):
        x = int(rng.uniform(0, width))
        lean = int(rng.normal(0, 0.04) * width)
        cv2.line(canvas, (x, 0), (x + lean, max(line, 1)), _colour(ink * 1.05), int(rng.integers(1, 5)), cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 4))):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, 0.5) * max(line, 1))
        wide, high = int(rng.uniform(0.04, 0.22) * width), int(rng.uniform(0.03, 0.12) * height)
        cv2.rectangle(
            canvas, (x, y), (x + wide, y + high), _colour(np.array([1.0, 1.0, 0.98]) * rng.uniform(0.8, 1)), -1
        )
        cv2.rectangle(canvas, (x, y), (x + wide, y + high), (28, 28, 30), int(rng.integers(1, 6)))
        stand = x + int(rng.uniform(0.1, 0.9) * wide)
        cv2.line(
            canvas,
            (stand, y + high),
            (stand + int(rng.normal(0, 6)), max(line, y + high)),
            (34, 34, 36),
            3,
            cv2.LINE_AA,
        )
    for _ in range(int(rng.integers(0, 3))):
        x = int(rng.choice([0.0, 1.0]) * width + rng.normal(0, 0.06) * width)
        flag = np.array(
            [
                [x - 0.08 * width, -4],
                [x + 0.08 * width, -4],
                [x + rng.uniform(0, 0.1) * width, line * rng.uniform(0.6, 1.3)],
                [x - rng.uniform(0, 0.1) * width, line * rng.uniform(0.6, 1.3)],
            ]
        )
        cv2.fillPoly(canvas, [flag.astype(np.int32)], _colour(np.full(3, rng.uniform(0.04, 0.25))), cv2.LINE_AA)
