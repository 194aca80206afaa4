"""What the measurements of two pictures mean: one photograph, a variant, a case for a person, or different pictures."""

import math
from dataclasses import replace
from typing import Any

from curate.params import DedupeParams
from curate.verification import Measurement

Row = dict[str, Any]

ONE_SIDED = 0.15  # how one-sided the structure of what differs is where it was put on one picture
LOOSER = 1.25  # times dedupe's thresholds on what is left after alignment, where a leak is at stake


def to_row(measured: Measurement) -> Row:
    """Return the measurement as columns of tables.PAIRS."""
    row: Row = {"inliers": measured.inliers, "miss": measured.miss, "scale": measured.scale,
                "mirrored": measured.mirrored}
    left = measured.residual
    if left is not None:
        row |= {"overlap": left.overlap, "span": left.span, "clash": left.clash, "extent": left.extent,
                "blocks": left.blocks, "side": left.side, "residual": 1 - left.agreement, "structure": left.structure,
                "shift": left.shift, "tone": left.tone, "chroma": left.chroma, "marked": left.marked}
    return row


def judge(row: Row, params: DedupeParams) -> str:
    """Return the verdict on the measured columns of one row of tables.PAIRS."""
    if "exact" in str(row["found_by"]).split(","):
        return "duplicate"
    if _missing(row["residual"]) or row["span"] < params.min_span:
        return "different"
    aligned = row["structure"] <= params.max_structure and row["shift"] <= params.max_shift
    if aligned and row["residual"] <= params.max_residual:
        if is_doubtful(row, params):
            return "review"
        return "variant" if is_repainted(row, params) or is_altered(row, params) else "duplicate"
    if is_variant(row, params):
        return "variant"
    return "review" if aligned and row["residual"] <= params.review_residual else "different"


def loosen(params: DedupeParams) -> DedupeParams:
    """Return thresholds that believe in a duplicate sooner: what they let through may not straddle the split."""
    residual = min(0.65, params.max_residual * LOOSER)
    return replace(params, max_residual=residual, review_residual=max(residual, params.review_residual),
                   max_structure=params.max_structure * LOOSER, max_shift=params.max_shift * LOOSER,
                   min_span=params.min_span / LOOSER)


def is_doubtful(row: Row, params: DedupeParams) -> bool:
    """Return whether two pictures that look alike are too small or too empty to be sure."""
    small = row["side"] < params.min_side and row["residual"] > params.max_residual / 3
    return bool(small or row["blocks"] < params.min_blocks)


def is_repainted(row: Row, params: DedupeParams) -> bool:
    """Return whether tone or colour changed on a part of the picture only, which no edit of a photograph does."""
    tone = 0.0 if _missing(row["tone"]) else row["tone"]
    chroma = 0.0 if _missing(row["chroma"]) else row["chroma"]
    return bool(tone > params.max_tone or chroma > params.max_chroma)


def is_altered(row: Row, params: DedupeParams) -> bool:
    """Return whether something else stands amidst what agrees: other wheels, or another car at the same place.

    A watermark or text stands there as well, but in one of the pictures alone.
    """
    if _missing(row["marked"]):
        return bool(row["clash"] > params.max_clash)
    return bool(row["clash"] > params.max_altered and abs(row["marked"]) < ONE_SIDED)


def is_variant(row: Row, params: DedupeParams) -> bool:
    """Return whether many features agree to the pixel though the picture changed: repainted, or frames of a series."""
    return bool(row["inliers"] >= params.variant_inliers and not _missing(row["miss"])
                and row["miss"] <= params.variant_miss and row["structure"] <= params.variant_structure)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or value is not value
