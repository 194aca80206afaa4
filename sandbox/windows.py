"""Windows of closed cars; the cockpit and the seats of open ones."""

from itertools import pairwise

import numpy as np

from sandbox.body import Body, patch_of
from sandbox.details import SIDES, Choice, Detail, Option, Trim, band_of, part_of, span_of
from sandbox.flanks import box
from sandbox.paint import CHROME, FABRIC, GAP, GLASS, PLASTIC, Material

# One pane of a side: where it starts and ends, its lower and its upper edge as (places, shares of the cabin's height).
Edge = tuple[list[float], list[float]]
Pane = tuple[float, float, Edge, Edge, Material | Choice]


def bright_line(trim: Trim) -> Material:
    """Return what window lines and grilles are made of."""
    return CHROME if trim.chrome else PLASTIC


def windows(body: Body) -> list[Detail | Option]:
    """Return windscreen, rear window and side windows of a closed car."""
    s = body.shape
    details: list[Detail | Option] = []
    across = np.linspace(-1, 1, 9)[None, :]
    up = np.array([0.0, 0.0, 1.0])
    edge = 0.90 if s.corner > 0.2 else 0.92
    screen = span_of(s.cowl + 0.10, s.screen_top - 0.02, 9)
    details.append(Detail(patch_of(body.roof(screen, across * edge), up), GLASS))
    if s.style == "van" or s.corner < 0.2:
        rear = span_of(s.deck - (s.deck - s.roof_end) * 0.92, s.deck - (s.deck - s.roof_end) * 0.22, 6)
    else:
        rear = span_of(s.roof_end + 0.03, s.deck - 0.14 * (s.deck - s.roof_end), 8)
    details.append(Detail(patch_of(body.roof(rear, across * edge * 0.96), up), GLASS))
    for side in SIDES:
        out = np.array([0.0, side, 0.2])
        for start, end, low, high, material in _side_glass(body):
            x = span_of(start, end, max(3, round((end - start) / 0.09)))
            bottom, top = np.interp(x, *low), np.interp(x, *high)
            grid = band_of(bottom, np.maximum(top, bottom), 4)
            details.append(part_of(patch_of(body.pane(np.broadcast_to(x, grid.shape), grid, side), out), material))
    return details


def _side_glass(body: Body) -> list[Pane]:
    """Return the panes of one side: start, end, lower and upper edge as (places, shares of height), material.

    The frame comes first and is a little larger; panes of glass lie on it.
    """
    s = body.shape
    start = s.cowl + 0.22
    roof_end, deck = s.roof_end, s.deck
    upright = s.style in ("van", "pickup") or s.corner < 0.2
    if upright:
        end_low, end_high = (
            (deck - 0.12, roof_end + 0.06) if s.style != "pickup" else (roof_end + 0.02, roof_end - 0.08)
        )
    elif s.style in ("estate", "hatchback", "mpv", "suv"):
        back = {"estate": 0.02, "hatchback": -0.12, "mpv": 0.0, "suv": -0.02}[s.style]
        end_low, end_high = roof_end + 0.16 + back, roof_end - 0.16 + back
    elif s.style == "suv-coupe":
        end_low, end_high = roof_end + 0.62, roof_end + 0.02
    else:
        end_low, end_high = roof_end + 0.34, roof_end - 0.06
    low = ([start, end_low], [0.07, 0.07])
    # Towards the rear the upper edge comes down from the roof to the belt.
    fall = 0.10 if body.cabin_height(end_low) < 0.02 else 0.15
    high = ([start, end_high, end_low], [0.90, 0.90, fall])
    frame_low, frame_high = [0.025, 0.025], [0.945, 0.945, fall]
    seal_low, seal_high = [0.05, 0.05], [0.92, 0.92, fall]
    panes: list[Pane] = [
        (start - 0.06, end_low + 0.05, ([0.0, 9.0], frame_low),
         ([start, end_high + 0.03, end_low + 0.05], frame_high), bright_line),
        (start - 0.04, end_low + 0.02, ([0.0, 9.0], seal_low),
         ([start, end_high + 0.015, end_low + 0.02], seal_high), GAP),
    ]
    posts = _posts(body, start, end_low)
    edges = [start, *posts, end_low]
    for a, b in pairwise(edges):
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


def cockpit(body: Body) -> list[Detail | Option]:
    """Return the opening of an open car."""
    s = body.shape
    x, f = span_of(s.cowl + 0.28, s.deck - 0.05, 12), np.linspace(-0.88, 0.88, 7)[None, :]
    return [Detail(patch_of(body.lid(x, f), np.array([0.0, 0.0, 1.0])), FABRIC)]


def seats(body: Body, leather: Material) -> list[Detail]:
    """Return what is seen of an open car's seats: backs and head restraints above the belt."""
    s = body.shape
    belt = s.cowl_z - 0.06
    rows = [s.cowl + 1.12] if s.style == "roadster" else [s.cowl + 1.10, s.cowl + 1.86]
    details = []
    for x in rows:
        for y in (-0.36, 0.36):
            details += [
                Detail(box((s.length / 2 - x, y, belt + 0.06), (0.16, 0.46, 0.26)), leather),
                Detail(box((s.length / 2 - x - 0.03, y, belt + 0.27), (0.11, 0.26, 0.17)), leather),
            ]
    details.append(Detail(box((s.length / 2 - s.cowl - 0.42, 0.36, belt + 0.10), (0.05, 0.34, 0.20)), GAP))
    return details
