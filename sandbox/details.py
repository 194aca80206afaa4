"""What makes a hull a car: windows, lamps, grille, plates, door lines, seats. Each lies on a body's surface."""

from dataclasses import dataclass

import numpy as np

from sandbox.body import Body, Patch, patch_of
from sandbox.paint import CHROME, FABRIC, GAP, GLASS, LAMP, LAMP_DARK, PLASTIC, PLATE, TAIL_LAMP, Material

LEFT, RIGHT = 1.0, -1.0
SIDES = (LEFT, RIGHT)


@dataclass(frozen=True)
class Detail:
    """A patch and its material."""

    patch: Patch
    material: Material


@dataclass(frozen=True)
class Line:
    """A thin line (n, 3) on the surface that faces ``outward``; ``width`` in metres, ``colour`` 0 to 1."""

    points: np.ndarray
    outward: np.ndarray
    width: float
    colour: float


@dataclass(frozen=True)
class Trim:
    """What may differ between two cars of one class.

    Attributes:
        chrome: bright window lines and grille; otherwise black.
        dark_glass: tinted rear windows.
        plate: with a number plate.
        lights: headlamps on.
    """

    chrome: bool
    dark_glass: bool
    plate: bool
    lights: bool


def _span(a: float, b: float, count: int) -> np.ndarray:
    return np.linspace(a, b, count)[:, None]


def _band(low: np.ndarray, high: np.ndarray, rows: int) -> np.ndarray:
    """Return heights (n, rows) between two lines (n, 1)."""
    return low + (high - low) * np.linspace(0, 1, rows)[None, :]


def windows(body: Body, trim: Trim) -> list[Detail]:
    """Return windscreen, rear window and side windows of a closed car."""
    s = body.shape
    line = CHROME if trim.chrome else PLASTIC
    details: list[Detail] = []
    across = np.linspace(-1, 1, 9)[None, :]
    up = np.array([0.0, 0.0, 1.0])
    edge = 0.90 if s.corner > 0.2 else 0.92
    screen = _span(s.cowl + 0.10, s.screen_top - 0.02, 9)
    details.append(Detail(patch_of(body.roof(screen, across * edge), up), GLASS))
    if s.style == "van" or s.corner < 0.2:
        rear = _span(s.deck - (s.deck - s.roof_end) * 0.92, s.deck - (s.deck - s.roof_end) * 0.22, 6)
    else:
        rear = _span(s.roof_end + 0.03, s.deck - 0.14 * (s.deck - s.roof_end), 8)
    details.append(Detail(patch_of(body.roof(rear, across * edge * 0.96), up), GLASS))
    for side in SIDES:
        out = np.array([0.0, side, 0.2])
        for start, end, low, high, material in _side_glass(body, line):
            x = _span(start, end, max(3, round((end - start) / 0.09)))
            bottom, top = np.interp(x, *low), np.interp(x, *high)
            grid = _band(bottom, np.maximum(top, bottom), 4)
            details.append(Detail(patch_of(body.pane(np.broadcast_to(x, grid.shape), grid, side), out), material))
    return details


def _side_glass(body: Body, line: Material) -> list[tuple]:
    """Return the panes of one side: start, end, lower and upper edge as (places, shares of height), material.

    The frame comes first and is a little larger; panes of glass lie on it.
    """
    s = body.shape
    start = s.cowl + 0.22
    roof_end, deck = s.roof_end, s.deck
    upright = s.style in ("van", "pickup") or s.corner < 0.2
    if upright:
        end_low, end_high = (deck - 0.12, roof_end + 0.06) if s.style != "pickup" else (roof_end + 0.02, roof_end - 0.08)
    elif s.style in ("estate", "hatchback", "mpv", "suv"):
        back = {"estate": 0.02, "hatchback": -0.12, "mpv": 0.0, "suv": -0.02}[s.style]
        end_low, end_high = roof_end + 0.16 + back, roof_end - 0.16 + back
    elif s.style == "suv-coupe":
        end_low, end_high = roof_end + 0.62, roof_end + 0.02
    else:
        end_low, end_high = roof_end + 0.34, roof_end - 0.06
    low = ([start, end_low], [0.07, 0.07])
    # Towards the rear the upper edge comes down from the roof to the belt.
    height = body._cabin(np.array([end_high, end_low]))[2]
    fall = 0.10 if height[1] < 0.02 else min(0.10 + 0.05, 0.9)
    high = ([start, end_high, end_low], [0.90, 0.90, fall])
    panes = [(start - 0.06, end_low + 0.05, ([0, 9], [0.025, 0.025]),
              ([start, end_high + 0.03, end_low + 0.05], [0.945, 0.945, fall]), line),
             (start - 0.04, end_low + 0.02, ([0, 9], [0.05, 0.05]),
              ([start, end_high + 0.015, end_low + 0.02], [0.92, 0.92, fall]), GAP)]
    posts = _posts(body, start, end_low)
    edges = [start, *posts, end_low]
    for a, b in zip(edges, edges[1:], strict=False):
        gap = 0.025 if s.style != "van" else 0.035
        panes.append((a + (gap if a != start else 0), b - (gap if b != end_low else 0), low, high, GLASS))
    return panes


def _posts(body: Body, start: float, end: float) -> list[float]:
    """Return the places of the pillars between the side windows."""
    s = body.shape
    if s.doors == 1:
        first = s.front + 0.48 * s.wheelbase + 0.42
        return [first] if first < end - 0.25 else []
    first = s.front + 0.50 * s.wheelbase + (0.06 if s.style != "van" else -0.25)
    second = s.rear_axle - (0.16 if s.style not in ("van", "pickup") else 0.45)
    return [post for post in (first, second) if start + 0.3 < post < end - 0.12]


def front(body: Body, trim: Trim) -> list[Detail]:
    """Return grille, star, headlamps, air intakes and plate."""
    s = body.shape
    nose, sill = s.nose_z, s.clearance + 0.05
    span = nose - sill
    out = np.array([1.0, 0.0, 0.0])
    wide = np.linspace(-1, 1, 11)[:, None]
    line = CHROME if trim.chrome else PLASTIC
    details: list[Detail] = []

    def plane(half: float, low: float, high: float, material: Material, taper: float = 0.0, at: float = 0.0) -> None:
        z = np.linspace(low, high, 4)[None, :]
        share = half * (1 - taper * (high - z) / max(high - low, 1e-6))
        p = at + wide * share
        points = np.where((p >= 0)[..., None], body.nose(np.abs(p), z + 0 * p, LEFT), body.nose(np.abs(p), z + 0 * p, RIGHT))
        details.append(Detail(patch_of(points, out), material))

    top, bottom = nose - 0.07 * span - 0.03, nose - 0.52 * span
    if s.grille == "closed":
        plane(0.56, bottom + 0.18 * span, top, GAP, 0.25)
    else:
        plane(0.55, bottom - 0.015, top + 0.015, line, 0.22)
        plane(0.53, bottom, top, GAP, 0.22)
        if s.grille == "bars":
            for at in np.linspace(-0.46, 0.46, 13):
                plane(0.008, bottom + 0.01, top - 0.01, line, 0.0, at)
        else:
            count = {"louvre": 3, "diamond": 1, "slats": 2}[s.grille]
            for z in np.linspace(bottom, top, count + 2)[1:-1]:
                plane(0.50, z - 0.014, z + 0.014, line, 0.1)
    angle = np.linspace(0, 2 * np.pi, 17)[:, None]
    ring = np.array([[1.0, 0.72]]) * (0.085 if s.grille != "louvre" or s.style == "van" else 0.055)
    middle = (top + bottom) / 2
    half = float(body.half_width[0])
    details.append(Detail(_disc(body, middle, half, angle, ring, out), CHROME))
    for turn in (90, 210, 330):
        details.append(Detail(_star_arm(body, middle, half, np.radians(turn), float(ring[0, 0]), out), CHROME))
    plane(0.92, sill + 0.04 * span, sill + 0.16 * span, GAP, 0.1)
    if s.style != "van":
        for at in (-0.76, 0.76):
            plane(0.16, sill + 0.20 * span, sill + 0.40 * span, GAP, 0.3, at)
    if trim.plate:
        plane(0.26 / half, sill + 0.22 * span, sill + 0.22 * span + 0.11, PLATE)
    lamp = Material(LAMP.colour * 1.2, 0.2, 0.9, 90.0) if trim.lights else LAMP
    for side in SIDES:
        details += _headlamp(body, side, nose, span, lamp)
    return details


def _disc(body: Body, z: float, half: float, angle: np.ndarray, ring: np.ndarray, out: np.ndarray) -> Patch:
    y = ring * np.cos(angle)
    heights = z + ring * np.sin(angle)
    left, right = (body.nose(np.abs(y) / half, heights, side) for side in SIDES)
    return patch_of(np.where((y >= 0)[..., None], left, right), out)


def _star_arm(body: Body, z: float, half: float, turn: float, radius: float, out: np.ndarray) -> Patch:
    reach = np.array([[0.0], [radius]])
    width = np.array([[-1.0, 1.0]]) * np.array([[0.16 * radius], [0.03 * radius]])
    y = reach * np.cos(turn) - width * np.sin(turn)
    heights = z + reach * np.sin(turn) + width * np.cos(turn)
    left, right = (body.nose(np.abs(y) / half, heights, side) for side in SIDES)
    return patch_of(np.where((y >= 0)[..., None], left, right), out)


def _headlamp(body: Body, side: float, nose: float, span: float, lamp: Material) -> list[Detail]:
    s = body.shape
    out = np.array([1.0, side * 0.6, 0.1])
    if s.lamps == "round":
        angle = np.linspace(0, 2 * np.pi, 21)[:, None]
        half, z = float(body.half_width[0]), nose - 0.30 * span
        result = []
        for radius, material in ((0.125, PLASTIC), (0.105, lamp), (0.055, LAMP_DARK)):
            ring = radius * np.array([[0.0, 1.0]])
            points = body.nose(0.78 + ring * np.cos(angle) / half, z + ring * np.sin(angle), side)
            result.append(Detail(patch_of(points, out), material))
        return result
    tall = s.lamps == "tall"
    reach = 1.28 if s.style in ("van", "pickup") else 1.42
    start = 0.70 if tall else 0.64
    p = _span(start, reach, 14)
    share = (p - start) / (reach - start)
    rise = np.interp(p, [1.0, reach], [0.0, 0.10 + (0.03 if tall else 0.0)])
    low = nose - (0.46 if tall else 0.34) * span + 0.10 * span * np.abs(share * 2 - 0.7) + rise
    high = nose - 0.085 * span - 0.05 * span * (1 - share) + rise * 0.9
    z = _band(low, np.maximum(high, low + 0.012), 4)
    inner = _band(low + 0.22 * (high - low), low + 0.72 * (high - low), 3)
    p_in = start + (p - start) * 0.62 + 0.08
    return [
        Detail(patch_of(body.nose(np.broadcast_to(p, z.shape), z, side), out), LAMP_DARK),
        Detail(patch_of(body.nose(np.broadcast_to(p_in, inner.shape), inner, side), out), lamp),
    ]


def rear(body: Body, trim: Trim) -> list[Detail]:
    """Return tail lamps, plate, bumper and exhausts."""
    s = body.shape
    sill, belt = s.clearance + 0.13, float(body.shoulder_line[-1])
    span = belt - sill
    out = np.array([-1.0, 0.0, 0.1])
    details: list[Detail] = []
    tall = s.style in ("estate", "mpv", "van", "hatchback", "pickup") or s.corner < 0.2
    slim = s.style in ("coupe", "cabriolet", "coupe-4door", "suv-coupe", "roadster")
    top = belt - 0.04 - (0.0 if tall else 0.03)
    depth = 0.60 * span if s.style in ("van", "pickup") else (0.34 if tall else 0.24 if slim else 0.30) * span
    inner = {"van": 0.86, "pickup": 0.84}.get(s.style, 0.52 if slim else 0.58)
    if s.corner < 0.2:
        inner, top, depth = 0.72, sill + 0.42 * span, 0.16 * span
    for side in SIDES:
        p = _span(inner, 1.0 + (0.10 if s.corner < 0.2 or s.style in ("van", "pickup") else 0.30), 12)
        share = (p - inner) / (p[-1] - inner)
        low, high = top - depth * (0.72 + 0.28 * share), top - 0.02 * (1 - share) + 0 * p
        z = _band(low, high, 4)
        edge = np.array([-1.0, side * 0.5, 0.1])
        details.append(Detail(patch_of(body.tail(np.broadcast_to(p, z.shape), z, side), edge), TAIL_LAMP))
        strip = _band(low + 0.40 * (high - low), low + 0.58 * (high - low), 2)
        light = Material(np.array([0.85, 0.25, 0.22]), 0.1, 0.7, 80.0)
        details.append(Detail(patch_of(body.tail(np.broadcast_to(p, strip.shape), strip, side), edge), light))

    def plane(half: float, low: float, high: float, material: Material, at: float = 0.0) -> None:
        p, z = at + np.linspace(-1, 1, 9)[:, None] * half, np.linspace(low, high, 3)[None, :]
        left, right = (body.tail(np.abs(p), z + 0 * p, side) for side in SIDES)
        details.append(Detail(patch_of(np.where((p >= 0)[..., None], left, right), out), material))

    half = float(body.half_width[-1])
    plane(0.80, sill + 0.0 * span, sill + 0.13 * span, PLASTIC)
    for at in (-0.62, 0.62):
        plane(0.12, sill + 0.035 * span, sill + 0.10 * span, CHROME if trim.chrome else GAP, at)
    high_plate = s.style in ("hatchback", "estate", "mpv", "suv", "van", "sedan", "coupe-4door")
    plate = sill + (0.50 if high_plate else 0.22) * span
    plane(0.30 / half, plate - 0.02, plate + 0.15, GAP)
    if trim.plate:
        plane(0.26 / half, plate + 0.01, plate + 0.12, PLATE)
    if trim.chrome and s.style != "pickup":
        plane(0.42, plate + 0.165, plate + 0.185, CHROME)
    return details


def sills(body: Body) -> list[Detail]:
    """Return the dark sills of an off-road car."""
    s = body.shape
    result = []
    for side in SIDES:
        x = _span(s.front + s.tyre, s.rear_axle - s.tyre, 12)
        low = np.interp(x, body.stations, body.sill_line)
        z = _band(low, low + 0.11, 3)
        points = body.flank(np.broadcast_to(x, z.shape), z, side)
        result.append(Detail(patch_of(points, np.array([0.0, side, 0.0])), PLASTIC))
    return result


def bed(body: Body) -> list[Detail]:
    """Return the open bed of a pickup."""
    s = body.shape
    x, f = _span(s.deck + 0.06, s.length - 0.16, 6), np.linspace(-0.86, 0.86, 5)[None, :]
    return [Detail(patch_of(body.lid(x, f), np.array([0.0, 0.0, 1.0])), GAP)]


def cockpit(body: Body) -> list[Detail]:
    """Return the opening of an open car."""
    s = body.shape
    x, f = _span(s.cowl + 0.28, s.deck - 0.05, 12), np.linspace(-0.88, 0.88, 7)[None, :]
    return [Detail(patch_of(body.lid(x, f), np.array([0.0, 0.0, 1.0])), FABRIC)]


def seats(body: Body, leather: Material) -> list[Detail]:
    """Return what is seen of an open car's seats: backs and head restraints above the belt."""
    s = body.shape
    belt = s.cowl_z - 0.06
    rows = [s.cowl + 1.12] if s.style == "roadster" else [s.cowl + 1.10, s.cowl + 1.86]
    details = []
    for x in rows:
        for y in (-0.36, 0.36):
            details += [Detail(box((s.length / 2 - x, y, belt + 0.06), (0.16, 0.46, 0.26)), leather),
                        Detail(box((s.length / 2 - x - 0.03, y, belt + 0.27), (0.11, 0.26, 0.17)), leather)]
    details.append(Detail(box((s.length / 2 - s.cowl - 0.42, 0.36, belt + 0.10), (0.05, 0.34, 0.20)), GAP))
    return details


def box(middle: tuple[float, float, float], size: tuple[float, float, float]) -> Patch:
    """Return a box with softened edges as a patch."""
    angle, height = np.linspace(0, 2 * np.pi, 17)[:, None], np.linspace(-np.pi / 2, np.pi / 2, 9)[None, :]
    def power(value: np.ndarray) -> np.ndarray:
        return np.sign(value) * np.abs(value) ** 0.45
    points = np.stack(np.broadcast_arrays(
        power(np.cos(height)) * power(np.cos(angle)) * size[0] / 2,
        power(np.cos(height)) * power(np.sin(angle)) * size[1] / 2,
        power(np.sin(height)) * size[2] / 2), axis=-1)
    patch = patch_of(points, points)
    return Patch(patch.quads + np.array(middle), patch.normals)


def mirrors(body: Body, side: float) -> Patch:
    """Return one door mirror."""
    s = body.shape
    x = s.cowl + 0.46
    y = side * (s.width / 2 + 0.06)
    return box((s.length / 2 - x, y, s.cowl_z + 0.10), (0.14, 0.20, 0.14 if s.style not in ("van", "pickup") else 0.22))


def rails(body: Body) -> list[Line]:
    """Return the rails on the roof."""
    s = body.shape
    x = np.linspace(s.screen_top + 0.15, s.roof_end - 0.05, 12)
    return [Line(body.roof(x, np.full_like(x, side * 0.93)) + np.array([0.0, 0.0, 0.035]),
                 np.array([0.0, side * 0.4, 1.0]), 0.035, 0.55) for side in SIDES]


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
        for n, x in enumerate(places):
            low = float(np.interp(x, body.stations, body.sill_line)) + 0.10
            high = float(np.interp(x, body.stations, body.shoulder_line)) - 0.01
            z = np.linspace(low, high, 9)
            bow = 0.10 * ((z - low) / (high - low)) ** 2 * (1 if n == len(places) - 1 and s.style != "van" else 0)
            lines.append(Line(body.flank(x + bow, z, side), out, 0.009, 0.05))
        x = np.linspace(start, end if s.doors == 2 else middle, 12)
        low = np.interp(x, body.stations, body.sill_line) + 0.10
        lines.append(Line(body.flank(x, low, side), out, 0.008, 0.05))
        for x in ([middle, end + 0.02] if s.doors == 2 else [middle]):
            z = 0.80 * s.cowl_z
            handle = np.linspace(x - 0.27, x - 0.08, 4)
            lines.append(Line(body.flank(handle, np.full_like(handle, z), side), out, 0.030, 0.42))
        if s.style == "van":
            x = np.linspace(middle, s.length - 0.35, 12)
            lines.append(Line(body.flank(x, np.full_like(x, 0.92), side), out, 0.020, 0.10))
        bonnet = np.linspace(0.10, s.cowl + 0.05, 14)
        lines.append(Line(body.lid(bonnet, np.full_like(bonnet, side * 0.93)), np.array([0.0, 0.1 * side, 1.0]), 0.007, 0.08))
    f = np.linspace(-0.94, 0.94, 12)
    lines.append(Line(body.lid(np.full_like(f, 0.09), f), np.array([0.5, 0.0, 1.0]), 0.008, 0.08))
    return lines
