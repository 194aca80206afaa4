"""Is a photograph on both sides of the split? Every train picture is held against every valid picture, loosely."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

import tables
from curate.candidates import Candidates, find_candidates
from curate.duplicates import Workshop, find_alike, measure_pairs, read_features
from curate.judged import Relations
from curate.params import DedupeParams
from curate.verdicts import judge, loosen
from pipeline.errors import LeakError

MORE_BITS = 2  # of 64 that two hashes may differ by, compared with dedupe; four times as many of 256


def loosen_search(params: DedupeParams) -> DedupeParams:
    """Return the parameters of a search that finds more than dedupe's does and believes in a duplicate sooner."""
    return replace(
        loosen(params), phash_distance=params.phash_distance + MORE_BITS,
        phash256_distance=params.phash256_distance + 4 * MORE_BITS, most_per_net=2 * params.most_per_net)


def find_leaks(train: Collection[str], valid: Collection[str], images: pd.DataFrame, workshop: Workshop,
               params: DedupeParams, decisions: pd.DataFrame, known: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return tables.PAIRS of the pictures, one in train and one in valid, that look like one photograph.

    All pairs are searched anew, crops, mirror images and turns included, at looser thresholds than dedupe's. Which
    pairs dedupe found, and what it said of them, is not asked. Two cars at one place are none.

    Args:
        train, valid: sha256 of the pictures of each side; one on both sides is a leak as well.
        images: tables.IMAGES, with a row for each of them.
        workshop: dedupe's folders, and how many processes may run.
        params: the section dedupe, which is loosened here.
        decisions: tables.DECISIONS; a pair that a person called different is none.
        known: tables.PAIRS of which measurements, not verdicts, are taken over: they depend on the bytes alone.

    Raises:
        TableError: dedupe's local features are not those of ``images``.
    """
    train, valid = set(train), set(valid)
    rows = [{"sha256_a": sha, "sha256_b": sha, "found_by": "exact", "hash_distance": 0, "verdict": "duplicate"}
            for sha in sorted(train & valid)]
    if not train or not valid:
        return tables.make(tables.PAIRS, rows)
    params, relations = loosen_search(params), Relations.of(decisions)
    good = images[images["error"].isna()].sort_values("sha256", ignore_index=True)
    shas = good["sha256"].tolist()
    across = _search_across(good, train, valid, read_features(shas, workshop), params, workshop)
    for row in measure_pairs(across, shas, workshop, _as_found(known, across, shas)):
        verdict, said = judge(row, params), relations.between(row["sha256_a"], row["sha256_b"])
        if said == "same" or (verdict != "different" and said != "different"):
            rows.append(row | {"verdict": verdict})
    return tables.make(tables.PAIRS, rows)


def check_apart(train: Collection[str], valid: Collection[str], leaks: pd.DataFrame) -> None:
    """Check that the search of :func:`find_leaks` found nothing.

    Raises:
        LeakError: it did; the pair that looks most like one photograph is named.
    """
    if leaks.empty:
        return
    worst = leaks.sort_values(["residual", "sha256_a", "sha256_b"], na_position="first").iloc[0]
    a, b = worst["sha256_a"], worst["sha256_b"]
    sides = ("train" if a in train else "valid"), ("valid" if b in valid else "train")
    raise LeakError(
        f"split: {len(leaks)} pairs on both sides may be one photograph; {a} is in {sides[0]}, {b} is in {sides[1]} "
        f"({worst['verdict']}, found by {worst['found_by']}). Look: whatbenz pairs show {a[:12]} {b[:12]}; then add a "
        "row same or different to reviews/decisions.csv (docs/review.md) and run dvc repro")


def _search_across(good: pd.DataFrame, train: set[str], valid: set[str], features: npt.NDArray[np.void],
                   params: DedupeParams, workshop: Workshop) -> Candidates:
    """Return the candidates between the sides, by rows of ``good``.

    Local features are searched among all pictures, as dedupe does, those in neither side included: what a feature
    finds must not depend on which pictures were chosen. Hashes are searched among the chosen, so that no dropped
    copy takes the place of one of them.
    """
    side = np.array([(sha in train) + 2 * (sha in valid) for sha in good["sha256"]], np.int64)
    placed = np.flatnonzero(side)
    with threadpool_limits(workshop.threads):
        found = find_candidates(good.iloc[placed].reset_index(drop=True), [], params)
        alike = list(find_alike(features, np.arange(len(good)), params, workshop.threads))
    across = Candidates()
    for key, nets in found.nets.items():
        a, b = (int(placed[row]) for row in key)
        if side[a] != side[b]:
            across.nets[a, b] = nets
    for a, b, net in alike:
        if side[a] != side[b] and side[a] and side[b]:
            across.add(a, b, net)
    return across


def _as_found(known: pd.DataFrame | None, across: Candidates, shas: list[str]) -> pd.DataFrame | None:
    """Return the known pairs that were measured in every way that the search suggests, as if it had found them."""
    if known is None:
        return None
    nets = {(shas[a], shas[b]): found for (a, b), found in across.nets.items()}
    names = [nets.get(pair) for pair in zip(known["sha256_a"], known["sha256_b"], strict=True)]
    measured = np.array([found is not None and found.keys() <= set(by.split(","))
                         for found, by in zip(names, known["found_by"], strict=True)], bool)
    return known[measured].assign(found_by=[",".join(sorted(found)) for found, use in zip(names, measured, strict=True)
                                            if use and found is not None])
