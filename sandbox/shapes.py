"""The proportions of the 33 classes: real lengths, wheelbases, heights and widths, and the lines of each body.

Lengths, widths (without mirrors), heights, wheelbases and front overhangs are the makers' published ones, in
metres; the places of windscreen, roof and rear window follow from the body style.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Shape:
    """One car's outline, in metres; places are measured backwards from the front bumper.

    Attributes:
        style: body style: sedan, hatchback, estate, mpv, coupe, coupe-4door, cabriolet, roadster, suv,
            suv-coupe, van or pickup.
        front: front overhang, front bumper to front axle.
        tyre: radius of the tyres.
        cowl, screen_top, roof_end, deck: where the windscreen begins, where it meets the roof, where the rear
            window begins and where it ends.
        nose_z, cowl_z, deck_z: heights of the bonnet's front edge, of the windscreen's foot and of the rear deck.
        clearance: height of the sill above ground.
        roof_drop: how much lower the roof is at its end than at its peak.
        tumblehome: how far the side windows lean inwards, metres a metre of height.
        edge: rounding of roof and deck lines; small is boxy.
        corner: radius of the body's corners seen from above.
        doors: doors on each side.
        grille: louvre, diamond, bars (upright), slats (off-road) or closed (electric).
        lamps: swept, round or tall.
        cladding: dark wheel arches and sills.
        rails: rails on the roof.
    """

    style: str
    length: float
    width: float
    height: float
    wheelbase: float
    front: float
    tyre: float
    cowl: float
    screen_top: float
    roof_end: float
    deck: float
    nose_z: float = 0.76
    cowl_z: float = 0.98
    deck_z: float = 1.03
    clearance: float = 0.19
    roof_drop: float = 0.07
    tumblehome: float = 0.34
    edge: float = 0.20
    corner: float = 0.62
    doors: int = 2
    grille: str = "diamond"
    lamps: str = "swept"
    cladding: bool = False
    rails: bool = False

    @property
    def rear_axle(self) -> float:
        """Place of the rear axle."""
        return self.front + self.wheelbase


def _shape(
    style: str, length: float, width: float, height: float, wheelbase: float, front: float, tyre: float, **lines: object
) -> Shape:
    """Return a shape whose lines follow from its style; ``lines`` overrides single ones."""
    axle, rear = front, front + wheelbase
    styles: dict[str, dict[str, object]] = {
        "sedan": {"cowl": axle + 0.56, "screen_top": axle + 1.42, "roof_end": rear - 0.22, "deck": rear + 0.47},
        "coupe-4door": {
            "cowl": axle + 0.58,
            "screen_top": axle + 1.46,
            "roof_end": rear - 0.48,
            "deck": rear + 0.56,
            "roof_drop": 0.12,
            "tumblehome": 0.40,
            "edge": 0.30,
        },
        "coupe": {
            "cowl": axle + 0.66,
            "screen_top": axle + 1.52,
            "roof_end": rear - 0.62,
            "deck": rear + 0.45,
            "roof_drop": 0.13,
            "tumblehome": 0.42,
            "edge": 0.30,
            "doors": 1,
        },
        "cabriolet": {
            "cowl": axle + 0.66,
            "screen_top": axle + 1.46,
            "roof_end": rear - 0.34,
            "deck": rear + 0.22,
            "roof_drop": 0.05,
            "tumblehome": 0.36,
            "edge": 0.22,
            "doors": 1,
        },
        "roadster": {
            "cowl": axle + 0.80,
            "screen_top": axle + 1.46,
            "roof_end": rear - 0.52,
            "deck": rear + 0.02,
            "roof_drop": 0.05,
            "tumblehome": 0.38,
            "edge": 0.22,
            "doors": 1,
        },
        "hatchback": {
            "cowl": axle + 0.42,
            "screen_top": axle + 1.26,
            "roof_end": length - 0.62,
            "deck": length - 0.20,
            "deck_z": 1.06,
            "edge": 0.16,
        },
        "mpv": {
            "cowl": axle + 0.30,
            "screen_top": axle + 1.16,
            "roof_end": length - 0.52,
            "deck": length - 0.16,
            "cowl_z": 1.04,
            "deck_z": 1.10,
            "nose_z": 0.80,
            "roof_drop": 0.06,
            "edge": 0.14,
        },
        "estate": {
            "cowl": axle + 0.56,
            "screen_top": axle + 1.42,
            "roof_end": length - 0.58,
            "deck": length - 0.17,
            "deck_z": 1.05,
            "roof_drop": 0.08,
            "edge": 0.14,
            "rails": True,
        },
        "suv": {
            "cowl": axle + 0.58,
            "screen_top": axle + 1.34,
            "roof_end": length - 0.62,
            "deck": length - 0.19,
            "nose_z": 0.92,
            "cowl_z": 1.13,
            "deck_z": 1.18,
            "clearance": 0.27,
            "roof_drop": 0.08,
            "tumblehome": 0.30,
            "edge": 0.16,
            "cladding": True,
            "rails": True,
        },
        "suv-coupe": {
            "cowl": axle + 0.58,
            "screen_top": axle + 1.40,
            "roof_end": rear - 0.55,
            "deck": length - 0.24,
            "nose_z": 0.92,
            "cowl_z": 1.12,
            "deck_z": 1.20,
            "clearance": 0.26,
            "roof_drop": 0.16,
            "tumblehome": 0.38,
            "edge": 0.34,
            "cladding": True,
        },
        "van": {
            "cowl": axle + 0.02,
            "screen_top": axle + 0.86,
            "roof_end": length - 0.32,
            "deck": length - 0.12,
            "nose_z": 0.86,
            "cowl_z": 1.20,
            "deck_z": 1.14,
            "clearance": 0.22,
            "roof_drop": 0.02,
            "tumblehome": 0.16,
            "edge": 0.10,
            "corner": 0.40,
            "lamps": "tall",
        },
        "pickup": {
            "cowl": axle + 0.62,
            "screen_top": axle + 1.40,
            "roof_end": rear - 0.66,
            "deck": rear - 0.50,
            "nose_z": 1.02,
            "cowl_z": 1.20,
            "deck_z": 1.22,
            "clearance": 0.33,
            "roof_drop": 0.04,
            "tumblehome": 0.26,
            "edge": 0.12,
            "corner": 0.42,
            "cladding": True,
        },
    }
    return replace(Shape(style, length, width, height, wheelbase, front, tyre, **styles[style]), **lines)  # type: ignore


SHAPES: dict[str, Shape] = {
    "a-hatchback": _shape("hatchback", 4.419, 1.796, 1.440, 2.729, 0.86, 0.325),
    "a-sedan": _shape("sedan", 4.549, 1.796, 1.446, 2.729, 0.86, 0.325, deck=4.549 - 0.48),
    "b": _shape("mpv", 4.419, 1.796, 1.562, 2.729, 0.86, 0.328),
    "cla-coupe": _shape("coupe-4door", 4.630, 1.777, 1.432, 2.699, 0.91, 0.325),
    "cla-shooting-brake": _shape("estate", 4.630, 1.777, 1.435, 2.699, 0.91, 0.325, roof_end=3.78, deck=4.40,
                                 roof_drop=0.15, tumblehome=0.40, edge=0.26, rails=False),
    "cls-sedan": _shape("coupe-4door", 4.988, 1.890, 1.435, 2.939, 0.87, 0.345),
    "c-cabriolet": _shape("cabriolet", 4.686, 1.810, 1.409, 2.840, 0.79, 0.330),
    "c-coupe": _shape("coupe", 4.686, 1.810, 1.405, 2.840, 0.79, 0.330),
    "c-estate": _shape("estate", 4.702, 1.810, 1.457, 2.840, 0.79, 0.325),
    "c-sedan": _shape("sedan", 4.686, 1.810, 1.442, 2.840, 0.79, 0.325, grille="louvre"),
    "eqc-suv": _shape("suv", 4.761, 1.884, 1.623, 2.873, 0.87, 0.362, grille="closed", roof_drop=0.10, nose_z=0.88,
                      rails=False),
    "e-all-terrain": _shape("estate", 4.947, 1.861, 1.497, 2.939, 0.85, 0.350, cladding=True, clearance=0.24,
                            grille="louvre"),
    "e-cabriolet": _shape("cabriolet", 4.826, 1.860, 1.428, 2.873, 0.84, 0.335),
    "e-coupe": _shape("coupe", 4.826, 1.860, 1.430, 2.873, 0.84, 0.335),
    "e-estate": _shape("estate", 4.933, 1.852, 1.475, 2.939, 0.84, 0.333, grille="louvre"),
    "e-sedan": _shape("sedan", 4.923, 1.852, 1.468, 2.939, 0.84, 0.333, grille="louvre"),
    "gla-suv": _shape("suv", 4.417, 1.804, 1.494, 2.699, 0.88, 0.345, cowl_z=1.03, nose_z=0.82, deck_z=1.10,
                      clearance=0.24, cowl=1.32, screen_top=2.14),
    "glc-suv": _shape("suv", 4.656, 1.890, 1.639, 2.873, 0.83, 0.362),
    "glc-coupe": _shape("suv-coupe", 4.732, 1.890, 1.602, 2.873, 0.83, 0.365),
    "gle-suv": _shape("suv", 4.924, 1.947, 1.772, 2.995, 0.88, 0.380, nose_z=1.00, cowl_z=1.20, deck_z=1.24),
    "gle-coupe": _shape("suv-coupe", 4.900, 2.003, 1.731, 2.915, 0.87, 0.385, nose_z=0.98, cowl_z=1.18, deck_z=1.28),
    "gls-suv": _shape("suv", 5.130, 1.934, 1.850, 3.075, 0.90, 0.385, nose_z=1.04, cowl_z=1.24, deck_z=1.26,
                      roof_end=4.58, deck=4.93, edge=0.12, grille="slats"),
    "gt-4-door-coupe": _shape("coupe-4door", 5.054, 1.953, 1.447, 2.951, 0.95, 0.355, grille="bars", deck=4.62,
                              roof_end=3.25),
    "gt-coupe": _shape("coupe", 4.551, 1.939, 1.288, 2.630, 0.93, 0.345, grille="bars", cowl=2.02, screen_top=2.68,
                       roof_end=3.10, deck=4.22, cowl_z=0.93, nose_z=0.66, deck_z=0.95, clearance=0.15),
    "gt-roadster": _shape("roadster", 4.551, 1.939, 1.259, 2.630, 0.93, 0.345, grille="bars", cowl=2.02,
                          screen_top=2.58, cowl_z=0.93, nose_z=0.66, deck_z=0.98, clearance=0.15),
    "g-suv": _shape("suv", 4.606, 1.931, 1.969, 2.890, 0.78, 0.395, cowl=1.62, screen_top=1.86, roof_end=4.46,
                    deck=4.54, nose_z=1.12, cowl_z=1.30, deck_z=1.30, tumblehome=0.10, edge=0.04, corner=0.14,
                    clearance=0.38, roof_drop=0.0, grille="slats", lamps="round", rails=False),
    "slc-roadster": _shape("roadster", 4.143, 1.810, 1.301, 2.430, 0.82, 0.320, cowl=1.58, screen_top=2.20),
    "sl-roadster": _shape("roadster", 4.631, 1.877, 1.314, 2.585, 0.96, 0.338, cowl=1.78, screen_top=2.42),
    "s-cabriolet": _shape("cabriolet", 5.027, 1.899, 1.417, 2.945, 0.88, 0.352),
    "s-coupe": _shape("coupe", 5.027, 1.899, 1.411, 2.945, 0.88, 0.352),
    "s-sedan": _shape("sedan", 5.255, 1.899, 1.494, 3.165, 0.87, 0.348, grille="louvre"),
    "v-van": _shape("van", 5.140, 1.928, 1.880, 3.200, 0.90, 0.345, grille="louvre"),
    "x-pickup": _shape("pickup", 5.340, 1.920, 1.819, 3.150, 0.91, 0.385, grille="slats"),
}

# Cars of other makes that a search finds: outlines that none of the classes has.
OTHERS: tuple[Shape, ...] = (
    _shape("hatchback", 3.571, 1.627, 1.488, 2.300, 0.64, 0.285, cowl=0.98, screen_top=1.66, roof_end=3.14, deck=3.42,
           nose_z=0.80, lamps="round", grille="closed", doors=1, edge=0.30),
    _shape("hatchback", 2.695, 1.663, 1.555, 1.873, 0.45, 0.285, cowl=0.78, screen_top=1.36, roof_end=2.20, deck=2.52,
           nose_z=0.84, doors=1, grille="closed", edge=0.22, corner=0.40),
    _shape("coupe", 4.499, 1.808, 1.300, 2.450, 1.00, 0.330, cowl=1.62, screen_top=2.28, roof_end=2.80, deck=4.10,
           nose_z=0.62, deck_z=0.86, lamps="round", grille="closed"),
    _shape("suv", 4.882, 1.852, 1.966, 3.022, 0.85, 0.400, cowl=1.60, screen_top=1.95, roof_end=4.62, deck=4.80,
           tumblehome=0.14, edge=0.06, corner=0.2, lamps="round", grille="slats", nose_z=1.08, cowl_z=1.22,
           deck_z=1.24),
)


def default_shape(class_id: str) -> Shape:
    """Return the shape of a class; of a class that is none of the 33, that of one of them by its name."""
    if class_id in SHAPES:
        return SHAPES[class_id]
    known = sorted(SHAPES)
    return SHAPES[known[sum(class_id.encode()) % len(known)]]
