"""Front and rear: grille, star, lamps, air intakes, plates, exhausts."""

import numpy as np

from sandbox.body import Body, Patch, patch_of
from sandbox.details import LEFT, RIGHT, SIDES, Detail, Trim, band_of, span_of
from sandbox.paint import CHROME, GAP, LAMP, LAMP_DARK, PLASTIC, PLATE, TAIL_LAMP, Material


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
        points = np.where(
            (p >= 0)[..., None], body.nose(np.abs(p), z + 0 * p, LEFT), body.nose(np.abs(p), z + 0 * p, RIGHT)
        )
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
        half, middle = float(body.half_width[0]), nose - 0.30 * span
        result = []
        for radius, material in ((0.125, PLASTIC), (0.105, lamp), (0.055, LAMP_DARK)):
            ring = radius * np.array([[0.0, 1.0]])
            points = body.nose(0.78 + ring * np.cos(angle) / half, middle + ring * np.sin(angle), side)
            result.append(Detail(patch_of(points, out), material))
        return result
    tall = s.lamps == "tall"
    reach = 1.28 if s.style in ("van", "pickup") else 1.42
    start = 0.70 if tall else 0.64
    p = span_of(start, reach, 14)
    share = (p - start) / (reach - start)
    rise = np.interp(p, [1.0, reach], [0.0, 0.10 + (0.03 if tall else 0.0)])
    low = nose - (0.46 if tall else 0.34) * span + 0.10 * span * np.abs(share * 2 - 0.7) + rise
    high = nose - 0.085 * span - 0.05 * span * (1 - share) + rise * 0.9
    z = band_of(low, np.maximum(high, low + 0.012), 4)
    inner = band_of(low + 0.22 * (high - low), low + 0.72 * (high - low), 3)
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
        p = span_of(inner, 1.0 + (0.10 if s.corner < 0.2 or s.style in ("van", "pickup") else 0.30), 12)
        share = (p - inner) / (p[-1] - inner)
        low, high = top - depth * (0.72 + 0.28 * share), top - 0.02 * (1 - share) + 0 * p
        z = band_of(low, high, 4)
        edge = np.array([-1.0, side * 0.5, 0.1])
        details.append(Detail(patch_of(body.tail(np.broadcast_to(p, z.shape), z, side), edge), TAIL_LAMP))
        strip = band_of(low + 0.40 * (high - low), low + 0.58 * (high - low), 2)
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
