"""Front and rear: grille, star, lamps, air intakes, plates, exhausts."""

from dataclasses import dataclass

import numpy as np

from sandbox.body import Body, Patch, patch_of
from sandbox.details import LEFT, RIGHT, SIDES, Choice, Detail, Option, Trim, band_of, part_of, span_of
from sandbox.paint import CHROME, GAP, INK, LAMP, LAMP_DARK, PLASTIC, PLATE, TAIL_LAMP, Material
from sandbox.shapes import Shape
from sandbox.windows import bright_line

PLATE_HALF, PLATE_HIGH = 0.26, 0.11  # metres
# The seven segments of a sign on a plate: left, bottom, right, top in shares of its cell.
SEGMENTS = np.array(
    [
        [0.1, 0.84, 0.9, 1.0],
        [0.72, 0.5, 0.9, 1.0],
        [0.72, 0.0, 0.9, 0.5],
        [0.1, 0.0, 0.9, 0.16],
        [0.1, 0.0, 0.28, 0.5],
        [0.1, 0.5, 0.28, 1.0],
        [0.1, 0.42, 0.9, 0.58],
    ]
)


@dataclass(frozen=True)
class Face:
    """How a class looks from ahead and behind, beside its shape: the same for all cars of a shape.

    Attributes:
        grille_half, grille_low: half width (share of the nose) and depth (share of its height) of the grille.
        lamp_start, lamp_low, lamp_reach: where the headlamps begin, how deep and how far back they go.
        signature: which part of a headlamp shines: its lower edge, its upper edge, its inner or its outer end.
        intake: half width of the outer air intakes.
        tail_inner, tail_depth, tail_strip: where the tail lamps begin, how deep they are, where their light lies.
    """

    grille_half: float
    grille_low: float
    lamp_start: float
    lamp_low: float
    lamp_reach: float
    signature: int
    intake: float
    tail_inner: float
    tail_depth: float
    tail_strip: float


def face_of(shape: Shape) -> Face:
    """Return the face of a shape; shapes of other sizes have other faces."""
    sizes = (shape.length, shape.width, shape.height, shape.wheelbase, shape.front)
    rng = np.random.default_rng([round(value * 1000) for value in sizes])
    return Face(
        rng.uniform(0.46, 0.60),
        rng.uniform(0.44, 0.62),
        rng.uniform(0.60, 0.70),
        rng.uniform(0.26, 0.42),
        rng.uniform(1.30, 1.48),
        int(rng.integers(4)),
        rng.uniform(0.10, 0.20),
        rng.uniform(-0.10, 0.10),
        rng.uniform(0.8, 1.25),
        rng.uniform(0.20, 0.75),
    )


def _plate(trim: Trim) -> Material | None:
    return PLATE if trim.plate else None


def _lamp(trim: Trim) -> Material:
    return Material(LAMP.colour * 1.2, 0.2, 0.9, 90.0) if trim.lights else LAMP


def front(body: Body) -> list[Detail | Option]:
    """Return grille, star, headlamps, air intakes and plate."""
    s, face = body.shape, face_of(body.shape)
    nose, sill = s.nose_z, s.clearance + 0.05
    span = nose - sill
    out = np.array([1.0, 0.0, 0.0])
    wide = np.linspace(-1, 1, 11)[:, None]
    details: list[Detail | Option] = []

    def plane(half: float, low: float, high: float, material: Material | Choice, taper: float = 0.0,
              at: float = 0.0) -> None:
        z = np.linspace(low, high, 4)[None, :]
        share = half * (1 - taper * (high - z) / max(high - low, 1e-6))
        p = at + wide * share
        details.append(part_of(patch_of(body.nose(np.abs(p), z, _side_of(p)), out), material))

    top, bottom = nose - 0.07 * span - 0.03, nose - face.grille_low * span
    grille = face.grille_half
    if s.grille == "closed":
        plane(grille, bottom + 0.18 * span, top, GAP, 0.25)
    else:
        plane(grille + 0.02, bottom - 0.015, top + 0.015, bright_line, 0.22)
        plane(grille, bottom, top, GAP, 0.22)
        if s.grille == "bars":
            for at in np.linspace(-0.86, 0.86, 13) * grille:
                plane(0.008, bottom + 0.01, top - 0.01, bright_line, 0.0, at)
        else:
            count = {"louvre": 3, "diamond": 1, "slats": 2}[s.grille]
            for z in np.linspace(bottom, top, count + 2)[1:-1]:
                plane(grille * 0.95, z - 0.014, z + 0.014, bright_line, 0.1)
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
            plane(face.intake, sill + 0.20 * span, sill + 0.40 * span, GAP, 0.3, at)
    low = front_plate(s)
    plane(PLATE_HALF / half, low, low + PLATE_HIGH, _plate)
    for side in SIDES:
        details += _headlamp(body, face, side, nose, span)
    return details


def _side_of(across: np.ndarray) -> np.ndarray:
    """Return the side of places across the car, which grow towards the left."""
    return np.where(across >= 0, LEFT, RIGHT)


def _disc(body: Body, z: float, half: float, angle: np.ndarray, ring: np.ndarray, out: np.ndarray) -> Patch:
    y = ring * np.cos(angle)
    heights = z + ring * np.sin(angle)
    return patch_of(body.nose(np.abs(y) / half, heights, _side_of(y)), out)


def _star_arm(body: Body, z: float, half: float, turn: float, radius: float, out: np.ndarray) -> Patch:
    reach = np.array([[0.0], [radius]])
    width = np.array([[-1.0, 1.0]]) * np.array([[0.16 * radius], [0.03 * radius]])
    y = reach * np.cos(turn) - width * np.sin(turn)
    heights = z + reach * np.sin(turn) + width * np.cos(turn)
    return patch_of(body.nose(np.abs(y) / half, heights, _side_of(y)), out)


def _headlamp(body: Body, face: Face, side: float, nose: float, span: float) -> list[Detail | Option]:
    s = body.shape
    out = np.array([1.0, side * 0.6, 0.1])
    if s.lamps == "round":
        angle = np.linspace(0, 2 * np.pi, 21)[:, None]
        half, middle = float(body.half_width[0]), nose - 0.30 * span
        result = []
        rings: tuple[tuple[float, Material | Choice], ...] = ((0.125, PLASTIC), (0.105, _lamp), (0.055, LAMP_DARK))
        for radius, material in rings:
            ring = radius * np.array([[0.0, 1.0]])
            points = body.nose(0.78 + ring * np.cos(angle) / half, middle + ring * np.sin(angle), side)
            result.append(part_of(patch_of(points, out), material))
        return result
    tall = s.lamps == "tall"
    reach = 1.28 if s.style in ("van", "pickup") else face.lamp_reach
    start = 0.70 if tall else face.lamp_start
    p = span_of(start, reach, 14)
    share = (p - start) / (reach - start)
    rise = np.interp(p, [1.0, reach], [0.0, 0.10 + (0.03 if tall else 0.0)])
    low = nose - (0.46 if tall else face.lamp_low) * span + 0.10 * span * np.abs(share * 2 - 0.7) + rise
    high = nose - 0.085 * span - 0.05 * span * (1 - share) + rise * 0.9
    z = band_of(low, np.maximum(high, low + 0.012), 4)
    ends, edges = (
        ((0.08, 0.70), (0.22, 0.72)),
        ((0.05, 0.80), (0.66, 0.90)),
        ((0.10, 0.40), (0.15, 0.85)),
        ((0.45, 0.90), (0.2, 0.8)),
    )[face.signature]
    p_lit = start + (reach - start) * (ends[0] + (ends[1] - ends[0]) * share)
    low_lit, high_lit = (np.interp(p_lit, p[:, 0], line[:, 0]) for line in (low, np.maximum(high, low + 0.012)))
    lit = band_of(low_lit + edges[0] * (high_lit - low_lit), low_lit + edges[1] * (high_lit - low_lit), 3)
    return [
        Detail(patch_of(body.nose(np.broadcast_to(p, z.shape), z, side), out), LAMP_DARK),
        Option(patch_of(body.nose(np.broadcast_to(p_lit, lit.shape), lit, side), out), _lamp),
    ]


def front_plate(shape: Shape) -> float:
    """Return the height of the front plate's lower edge."""
    return shape.clearance + 0.05 + 0.22 * (shape.nose_z - shape.clearance - 0.05)


def rear_plate(body: Body) -> float:
    """Return the height of the rear plate's lower edge."""
    sill, belt = body.shape.clearance + 0.13, float(body.shoulder_line[-1])
    high = body.shape.style in ("hatchback", "estate", "mpv", "suv", "van", "sedan", "coupe-4door")
    return sill + (0.50 if high else 0.22) * (belt - sill)


def lettering(body: Body, signs: np.ndarray) -> list[Detail]:
    """Return what stands on both plates.

    Args:
        signs: (n, 7) bool, the segments of each sign that are inked.
    """
    cell = 2 * PLATE_HALF / (len(signs) + 1)
    places, segments = np.nonzero(signs)
    boxes = SEGMENTS[segments]
    left = -PLATE_HALF + cell * (0.5 + places)
    y = left[:, None] + cell * 0.8 * boxes[:, [0, 2, 2, 0]]
    rise = PLATE_HIGH * (0.18 + 0.64 * boxes[:, [1, 1, 3, 3]])
    details = []
    for place, half_width, low, out in (
        (body.nose, float(body.half_width[0]), front_plate(body.shape), 1.0),
        (body.tail, float(body.half_width[-1]), rear_plate(body) + 0.01, -1.0),
    ):
        p, z = y * -out / half_width, low + rise
        quads = place(np.abs(p), z, _side_of(p))
        details.append(Detail(Patch(quads, np.tile([out, 0.0, 0.0], (len(quads), 1))), INK))
    return details


def rear(body: Body) -> list[Detail | Option]:
    """Return tail lamps, plate, bumper and exhausts."""
    s, face = body.shape, face_of(body.shape)
    sill, belt = s.clearance + 0.13, float(body.shoulder_line[-1])
    span = belt - sill
    out = np.array([-1.0, 0.0, 0.1])
    details: list[Detail | Option] = []
    tall = s.style in ("estate", "mpv", "van", "hatchback", "pickup") or s.corner < 0.2
    slim = s.style in ("coupe", "cabriolet", "coupe-4door", "suv-coupe", "roadster")
    top = belt - 0.04 - (0.0 if tall else 0.03)
    depth = 0.60 * span if s.style in ("van", "pickup") else (0.34 if tall else 0.24 if slim else 0.30) * span
    depth *= face.tail_depth
    inner = {"van": 0.86, "pickup": 0.84}.get(s.style, (0.52 if slim else 0.58) + face.tail_inner)
    if s.corner < 0.2:
        inner, top, depth = 0.72, sill + 0.42 * span, 0.16 * span
    for side in SIDES:
        p = span_of(inner, 1.0 + (0.10 if s.corner < 0.2 or s.style in ("van", "pickup") else 0.30), 12)
        share = (p - inner) / (p[-1] - inner)
        low, high = top - depth * (0.72 + 0.28 * share), top - 0.02 * (1 - share) + 0 * p
        z = band_of(low, high, 4)
        edge = np.array([-1.0, side * 0.5, 0.1])
        details.append(Detail(patch_of(body.tail(np.broadcast_to(p, z.shape), z, side), edge), TAIL_LAMP))
        strip = band_of(low + face.tail_strip * (high - low), low + (face.tail_strip + 0.18) * (high - low), 2)
        light = Material(np.array([0.85, 0.25, 0.22]), 0.1, 0.7, 80.0)
        details.append(Detail(patch_of(body.tail(np.broadcast_to(p, strip.shape), strip, side), edge), light))

    def plane(half: float, low: float, high: float, material: Material | Choice, at: float = 0.0) -> None:
        p, z = at + np.linspace(-1, 1, 9)[:, None] * half, np.linspace(low, high, 3)[None, :]
        details.append(part_of(patch_of(body.tail(np.abs(p), z, _side_of(p)), out), material))

    half = float(body.half_width[-1])
    plane(0.80, sill + 0.0 * span, sill + 0.13 * span, PLASTIC)
    for at in (-0.62, 0.62):
        plane(0.12, sill + 0.035 * span, sill + 0.10 * span, lambda trim: CHROME if trim.chrome else GAP, at)
    plate = rear_plate(body)
    plane(0.30 / half, plate - 0.02, plate + 0.15, GAP)
    plane(PLATE_HALF / half, plate + 0.01, plate + 0.01 + PLATE_HIGH, _plate)
    if s.style != "pickup":
        plane(0.42, plate + 0.165, plate + 0.185, lambda trim: CHROME if trim.chrome else None)
    return details
