"""Label quality: how far a picture's features bear its label out, learned from other pictures only.

Linear discriminant analysis with a shrunken covariance (Friedman, Regularized discriminant analysis, 1989) gives
out-of-fold probabilities; the probability of the picture's own label is its quality (self-confidence: Northcutt, Jiang
and Chuang, Confident learning, 2021). A class is described by its mean, which a few wrong labels hardly move, and one
covariance is shared by all classes, so that it takes few pictures and a time that grows with their number alone.
"""

import hashlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.linalg

import tables
from curate.params import FlagParams
from pipeline.errors import TableError

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]

SHRINKAGE = 0.8  # share of the covariance that is replaced by a round one
PARTITIONS = 4  # ways to cut into folds, over which the probabilities are averaged
TEMPERATURES = np.geomspace(0.5, 64, 29)  # by which logits are divided; the likeliest is taken


def read_features(content: pd.DataFrame, path: Path) -> Halves:
    """Return the features, float16 (n, size) of unit length, whose rows are those of ``tables.CONTENT``.

    Raises:
        TableError: the file is missing, or has another number of rows.
    """
    if not path.exists():
        raise TableError(f"{path}: the features are not there; run whatbenz embed")
    features = np.load(path, mmap_mode="r", allow_pickle=False)
    if len(features) != len(content):
        raise TableError(f"{path}: {len(features)} rows where content.parquet has {len(content)}; run whatbenz embed")
    return features


def assess_labels(subjects: pd.DataFrame, content: pd.DataFrame, features: Halves, groups: pd.DataFrame,
                  params: FlagParams) -> tuple[pd.DataFrame, list[str]]:
    """Return ``tables.LABELS``, a row a subject, sorted, and a sentence for each thing that could not be computed.

    No probability comes from a model that has seen the picture or a near-duplicate of it: all pictures of one
    split_group_id stand in one fold.

    Args:
        subjects: columns sha256, class_id; the class is taken for right until the other pictures contradict it.
        content: ``tables.CONTENT``, whose rows are those of ``features``.
        features: float16 (n, size), of unit length.
        groups: ``tables.GROUPS``.
        params: folds and min_photographs.
    """
    row_of = {sha256: row for row, sha256 in enumerate(content["sha256"])}
    split_group = dict(zip(groups["sha256"], groups["split_group_id"], strict=True))
    labels = subjects[["sha256", "class_id"]].sort_values(["sha256", "class_id"], ignore_index=True)
    labels = tables.make(tables.LABELS, labels)
    known = labels[labels["sha256"].isin(row_of.keys())]
    photographs = known["sha256"].map(lambda sha256: split_group.get(sha256, sha256))
    counts = photographs.groupby(known["class_id"]).nunique()
    large = sorted(counts[counts >= params.min_photographs].index)
    small = sorted(set(labels["class_id"]) - set(large))
    messages = []
    if small:
        messages.append(f"label quality: left out, with fewer than {params.min_photographs} different photographs "
                        f"(flag.min_photographs): {', '.join(small)}")
    here = known.index[known["class_id"].isin(large)].to_numpy()
    if not len(here) or not features.shape[1]:
        messages.append("label quality: no class is large enough; nothing is flagged as label_suspect or outlier")
        return tables.make(tables.LABELS, labels), messages
    values = np.asarray(features[[row_of[sha256] for sha256 in labels.loc[here, "sha256"]]], np.float32)
    classes = np.searchsorted(large, labels.loc[here, "class_id"])
    together = photographs.loc[here].to_numpy()
    labels.loc[here, "outlier"] = measure_distance(values, classes, together)
    if len(large) < 2:
        messages.append("label quality: it takes 2 classes that are large enough; nothing is flagged as label_suspect")
        return tables.make(tables.LABELS, labels), messages
    probabilities = estimate(values, classes, together, params.folds)
    labels.loc[here, "label_quality"] = probabilities[np.arange(len(here)), classes]
    labels.loc[here, "suggested_class_id"] = np.asarray(large, object)[probabilities.argmax(axis=1)]
    labels.loc[here, "suggested_probability"] = probabilities.max(axis=1)
    return tables.make(tables.LABELS, labels), messages


def measure_distance(features: Floats, classes: npt.NDArray[np.int64],
                     groups: npt.NDArray) -> npt.NDArray[np.float64]:
    """Return each picture's distance to the middle of its class as a multiple of the class's median, float64 (n,).

    The middle is that of the class's other photographs; the distance is one minus the cosine.
    """
    distances = np.zeros(len(classes))
    for class_number in np.unique(classes):
        here = np.flatnonzero(classes == class_number)
        values = features[here].astype(np.float64)
        _, of_group = np.unique(groups[here].astype(str), return_inverse=True)
        sums = np.zeros((of_group.max() + 1, values.shape[1]))
        np.add.at(sums, of_group, values)
        others = values.sum(axis=0) - sums[of_group]
        lengths = np.linalg.norm(others, axis=1) * np.linalg.norm(values, axis=1)
        distance = 1 - (others * values).sum(axis=1) / np.maximum(lengths, 1e-12)
        distances[here] = distance / max(float(np.median(distance)), 1e-12)
    return distances


def assign_folds(classes: npt.NDArray, groups: npt.NDArray, folds: int, partition: int = 0) -> npt.NDArray[np.int64]:
    """Return the fold of each subject: a group stands in one fold, and each class is spread over all of them.

    Groups are visited the largest first, those of one size in the order of their hash, and go where their classes
    have fewest so far: the order of the rows changes nothing. Another ``partition`` salts the hash.
    """
    members: dict[str, Counter] = defaultdict(Counter)
    for class_id, group in zip(classes, groups, strict=True):
        members[group][class_id] += 1
    filled: dict[str, npt.NDArray[np.int64]] = defaultdict(lambda: np.zeros(folds, np.int64))
    total = np.zeros(folds, np.int64)
    fold_of: dict[str, int] = {}
    visited = sorted(members, key=lambda g: (-members[g].total(), hashlib.sha256(f"{partition}:{g}".encode()).digest()))
    for group in visited:
        load = sum((filled[class_id] * count for class_id, count in members[group].items()), np.zeros(folds, np.int64))
        fold = int(np.lexsort((np.arange(folds), total, load))[0])
        fold_of[group] = fold
        total[fold] += members[group].total()
        for class_id, count in members[group].items():
            filled[class_id][fold] += count
    return np.array([fold_of[group] for group in groups], np.int64)


def estimate(features: Floats, labels: npt.NDArray[np.int64], groups: npt.NDArray,
             folds: int) -> npt.NDArray[np.float64]:
    """Return out-of-fold class probabilities, float64 (n, classes), averaged over :data:`PARTITIONS`.

    Args:
        features: float32 (n, size), of unit length.
        labels: the class number of each row.
        groups: what stands in one fold.
        folds: number of folds of a partition.
    """
    classes = int(labels.max()) + 1
    centred = features - features.mean(axis=0)
    all_scatter = centred.T @ centred
    all_sums, all_counts = _sum_by_class(centred, labels, classes)
    probabilities = np.zeros((len(labels), classes))
    for partition in range(PARTITIONS):
        fold_of = assign_folds(labels, groups, folds, partition)
        logits = np.full((len(labels), classes), -np.inf)
        for fold in np.unique(fold_of):
            test = fold_of == fold
            sums, counts = _sum_by_class(centred[test], labels[test], classes)
            scatter = all_scatter - centred[test].T @ centred[test]
            logits[test] = _discriminate(centred[test], scatter, all_sums - sums, all_counts - counts)
        probabilities += _as_probabilities(logits, labels)
    return probabilities / PARTITIONS


def _sum_by_class(features: Floats, labels: npt.NDArray[np.int64],
                  classes: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    members = np.eye(classes, dtype=np.float32)[labels]
    return (members.T @ features).astype(np.float64), members.sum(axis=0).astype(np.int64)


def _discriminate(features: Floats, scatter: Floats, sums: npt.NDArray[np.float64],
                  counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the logits of ``features`` under classes of equal prior; -inf for a class without a picture."""
    there = counts > 0
    means = sums[there] / counts[there, None]
    within = (scatter - sums[there].T @ means) / counts.sum()
    size = len(within)
    within = (1 - SHRINKAGE) * within + (SHRINKAGE * np.trace(within) / size + 1e-9) * np.eye(size)
    directions = scipy.linalg.solve(within, means.T, assume_a="pos")
    logits = np.full((len(features), len(counts)), -np.inf)
    logits[:, there] = features @ directions - 0.5 * (means.T * directions).sum(axis=0)
    return logits


def _as_probabilities(logits: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the logits as probabilities at the temperature that makes the labels likeliest.

    Temperature scaling: Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, 2017. Features of
    a network are more alike than the normal distributions of the analysis, which is too sure of itself.
    """
    rows = np.arange(len(labels))
    best, least = None, np.inf
    for temperature in TEMPERATURES:
        scaled = logits / temperature
        shifted = scaled - scaled.max(axis=1, keepdims=True)
        probabilities = np.exp(shifted)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        loss = -np.log(np.maximum(probabilities[rows, labels], 1e-12)).mean()
        if loss < least:
            best, least = probabilities, loss
    assert best is not None
    return best
