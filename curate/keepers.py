"""Which file of one photograph is kept, and why the others yield to it."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

CROPPED = 0.92  # share of another picture's scene below which a picture is a crop of it
INSIDE = 0.9  # share of the crop that must lie in the other
FINER = 1.5  # times the resolution (linear) from which a crop is kept none the less: its original is a thumbnail
SIZE_STEP = 1.1  # pixel counts within one step are alike
QUALITY_STEP = 10  # JPEG qualities within one step are alike
GREY = 4.0  # colourfulness below which a picture is grey
BORDERED = 0.01  # share of the picture from which a border counts
MARKED = 0.1  # how one-sided the structure of differing blocks must be for a watermark or text
LOSSLESS = ("PNG", "BMP", "TIFF", "GIF")
UNKNOWN_QUALITY = 80  # of other formats that say nothing about it

Facts = Mapping[str, Any]  # one row of tables.IMAGES


@dataclass(frozen=True)
class Worth:
    """What speaks for a file, in the order in which it counts; the greater tuple is kept."""

    whole: bool  # not cut out of another file of the group
    size: int  # steps of its pixels inside its border
    quality: int  # steps of JPEG quality
    clean: bool  # no border and no watermark
    colour: bool
    licensed: bool

    def order(self) -> tuple[bool, int, int, bool, bool, bool]:
        """Return what the files of a group are sorted by."""
        return self.whole, self.size, self.quality, self.clean, self.colour, self.licensed


# The field that decided between two files → the reason that is stored.
REASONS = {"whole": "the whole scene, not a crop", "size": "most pixels", "quality": "higher JPEG quality",
           "clean": "no border or watermark", "colour": "in colour", "licensed": "its source has a licence"}


def choose(members: Sequence[str], facts: Mapping[str, Facts], crops: Collection[str], marked: Collection[str],
           licensed: Collection[str]) -> tuple[str, dict[str, str]]:
    """Return the sha256 of the file of one photograph that is kept, and for every file the reason.

    Args:
        members: sha256 of the files.
        facts: rows of tables.IMAGES by sha256.
        crops, marked: files that were cut out of another, that bear a watermark or text, see :func:`find_flaws`.
        licensed: files of which a source names the licence.
    """
    if len(members) == 1:
        return members[0], {members[0]: "only picture of its group"}
    worth = {sha: weigh(facts[sha], sha not in crops, sha in marked, sha in licensed) for sha in members}
    ranked = sorted(members, key=lambda sha: (*(-value for value in worth[sha].order()), sha))
    keeper, second = ranked[0], ranked[1]
    reasons = {sha: f"yields to {keeper}: {_difference(worth[keeper], worth[sha])}" for sha in ranked[1:]}
    return keeper, reasons | {keeper: f"kept: {_difference(worth[keeper], worth[second])}"}


def weigh(facts: Facts, whole: bool, marked: bool, licensed: bool) -> Worth:
    """Return what speaks for a file with these facts (a row of tables.IMAGES)."""
    border = facts["border"] if pd.notna(facts["border"]) else 0.0
    pixels = max(1.0, facts["width"] * facts["height"] * (1 - border))
    quality = facts["jpeg_quality"]
    if pd.isna(quality):
        quality = 100 if facts["format"] in LOSSLESS else UNKNOWN_QUALITY
    colour = pd.isna(facts["colourfulness"]) or facts["colourfulness"] >= GREY
    return Worth(whole, round(math.log(pixels, SIZE_STEP)), int(quality) // QUALITY_STEP,
                 border < BORDERED and not marked, bool(colour), licensed)


def find_flaws(duplicates: Iterable[Facts], facts: Mapping[str, Facts]) -> tuple[set[str], set[str]]:
    """Return the pictures that were cut out of another and those with a watermark or text that another lacks.

    Args:
        duplicates: rows of tables.PAIRS whose verdict is ``duplicate``.
        facts: rows of tables.IMAGES by sha256.
    """
    crops: set[str] = set()
    votes: dict[str, int] = defaultdict(int)
    for pair in duplicates:
        a, b = pair["sha256_a"], pair["sha256_b"]
        if pd.isna(pair["extent"]):
            continue
        border_a, border_b = (facts[sha]["border"] if pd.notna(facts[sha]["border"]) else 0.0 for sha in (a, b))
        extent = pair["extent"] * (1 - border_b) / (1 - border_a)
        pixels_a, pixels_b = (facts[sha]["width"] * facts[sha]["height"] for sha in (a, b))
        finer = math.sqrt(pixels_b / (pixels_a * pair["extent"]))  # px of b on one px of a
        if pair["overlap"] >= INSIDE:
            if extent < CROPPED and finer < FINER:
                crops.add(b)
            elif extent > 1 / CROPPED and 1 / finer < FINER:
                crops.add(a)
        if pd.notna(pair["marked"]) and abs(pair["marked"]) >= MARKED:
            more, less = (b, a) if pair["marked"] > 0 else (a, b)
            votes[more] += 1
            votes[less] -= 1
    return crops, {sha for sha, count in votes.items() if count > 0}


def _difference(kept: Worth, other: Worth) -> str:
    return next((reason for name, reason in REASONS.items() if getattr(kept, name) != getattr(other, name)),
                "the smaller sha256 of equals")
