"""Is a photograph on both sides of the split? Every train picture is held against every valid picture, loosely."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import tables
from curate.candidates import Candidates, find_candidates
from curate.duplicates import SEARCHED, Workshop, collect_features, measure_pairs
from curate.judged import Relations
from curate.local_search import find_matches
from curate.params import DedupeParams
from curate.verdicts import judge

MORE_BITS = 2  # that two hashes may differ by, compared with dedupe
LOOSER = 1.25  # times dedupe's thresholds on what is left after alignment


def loosen(params: DedupeParams) -> DedupeParams:
    """Return the parameters of a search that finds more than dedupe's does and believes in a duplicate sooner."""
    residual = min(0.65, params.max_residual * LOOSER)
    return replace(
        params, phash_distance=params.phash_distance + MORE_BITS,
        phash256_distance=params.phash256_distance + 4 * MORE_BITS, most_per_net=2 * params.most_per_net,
        min_matches=max(3, params.min_matches - 1), max_residual=residual, review_residual=residual,
        max_structure=params.max_structure * LOOSER, max_shift=params.max_shift * LOOSER)


def find_leaks(train: Collection[str], valid: Collection[str], images: pd.DataFrame, workshop: Workshop,
               params: DedupeParams, decisions: pd.DataFrame, known: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return tables.PAIRS of the pictures, one in train and one in valid, that look like one photograph.

    Crops, mirror images and turns included, at looser thresholds than dedupe's. What dedupe found is not asked.

    Args:
        train, valid: sha256 of the pictures of each side; one on both sides is a leak as well.
        images: tables.IMAGES, with a row for each of them.
        workshop: folders and processes.
        params: the section dedupe, which is loosened here.
        decisions: tables.DECISIONS; a pair that a person called different is none.
        known: tables.PAIRS whose measurements, not verdicts, are taken over: they depend on the bytes alone.
    """
    train, valid = set(train), set(valid)
    rows = [{"sha256_a": sha, "sha256_b": sha, "found_by": "exact", "hash_distance": 0, "verdict": "duplicate"}
            for sha in sorted(train & valid)]
    params = loosen(params)
    good = images[images["error"].isna() & images["sha256"].isin(train | valid)]
    good = good.sort_values("sha256", ignore_index=True)
    shas = good["sha256"].tolist()
    side = np.array([(sha in train) + 2 * (sha in valid) for sha in shas], np.int64)
    features = collect_features(shas, workshop)
    with threadpool_limits(None if workshop.jobs < 0 else workshop.jobs):
        matches = find_matches([row["descriptors"][:min(int(row["count"]), SEARCHED)] for row in features])
        found = find_candidates(good, matches, None, params)
    across = Candidates()
    for key, nets in found.nets.items():
        if side[key[0]] != side[key[1]]:
            across.nets[key] = nets
            if key in found.matches:
                across.matches[key] = found.matches[key]
    relations = Relations.of(decisions)
    for row in measure_pairs(across, shas, workshop, known):
        verdict = judge(row, params)
        said = relations.between(row["sha256_a"], row["sha256_b"])
        if said == "same" or (verdict != "different" and said != "different"):
            rows.append(row | {"verdict": verdict})
    return tables.make(tables.PAIRS, rows)
