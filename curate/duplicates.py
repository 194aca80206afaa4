"""Pictures → pairs with a verdict and groups: candidates, verification, decisions of people, grouping."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

import tables
from curate.candidates import find_candidates
from curate.geometry import align, find_features
from curate.groups import make_groups
from curate.judged import Relations, judge_pairs
from curate.params import DedupeParams
from curate.residual import measure_residual

Pixels = npt.NDArray[np.uint8]
FEATURE_SIDE, FEATURES = 384, 400


def dedupe(images: pd.DataFrame, hits: pd.DataFrame, read_pixels: Callable[[str], Pixels],
           embeddings: npt.NDArray[np.float16] | None, params: DedupeParams,
           decisions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return tables.PAIRS and tables.GROUPS."""
    good = images[images["error"].isna()].sort_values("sha256", ignore_index=True)
    candidates = find_candidates(good, embeddings, params)
    shas = good["sha256"].tolist()
    cache: dict[int, tuple[Pixels, Any]] = {}

    def picture(row: int) -> tuple[Pixels, Any]:
        if row not in cache:
            pixels = read_pixels(shas[row])
            scale = min(1.0, FEATURE_SIDE / max(pixels.shape[:2]))
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            cache[row] = pixels, find_features(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), FEATURES)
        return cache[row]

    rows = []
    for pair in sorted(candidates.nets):
        (pixels_a, features_a), (pixels_b, features_b) = picture(pair[0]), picture(pair[1])
        row: dict[str, Any] = {
            "sha256_a": shas[pair[0]], "sha256_b": shas[pair[1]], "found_by": candidates.found_by(pair),
            "hash_distance": candidates.hash_distance(pair), "verdict": "different"}
        alignment = align(features_a, features_b)
        if alignment is not None and alignment.inliers >= params.min_inliers:
            left = measure_residual(pixels_a, pixels_b, alignment.matrix, alignment.mirrored)
            row |= {"inliers": alignment.inliers, "scale": alignment.scale, "mirrored": alignment.mirrored,
                    "overlap": left.overlap, "residual": left.structure, "chroma": left.chroma,
                    "verdict": "duplicate" if left.structure <= params.max_residual else "variant"
                    if left.structure <= 1.6 * params.max_residual else "different"}
        rows.append(row)
    relations = Relations.of(decisions)
    pairs = judge_pairs(tables.make(tables.PAIRS, rows), relations, shas)
    return pairs, make_groups(images, pairs, hits, params.max_page_pictures, relations)
