"""Label quality: how far a picture's features bear its label out, learned from other pictures only."""

import hashlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

import tables
from curate.params import FlagParams
from pipeline.errors import TableError

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]


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
    known = labels[labels["sha256"].isin(row_of.keys())]
    photographs = known["sha256"].map(lambda sha256: split_group.get(sha256, sha256))
    counts = photographs.groupby(known["class_id"]).nunique()
    large = sorted(counts[counts >= params.min_photographs].index)
    small = sorted(set(labels["class_id"]) - set(large))
    messages = []
    if small:
        messages.append(f"label quality: left out, with fewer than {params.min_photographs} different photographs "
                        f"(flag.min_photographs): {', '.join(small)}")
    if len(large) < 2 or not features.shape[1]:
        messages.append("label quality: it takes features and 2 classes that are large enough; nothing is flagged "
                        "as label_suspect")
        return tables.make(tables.LABELS, labels), messages
    here = known.index[known["class_id"].isin(large)].to_numpy()
    values = np.asarray(features[[row_of[sha256] for sha256 in labels.loc[here, "sha256"]]], np.float32)
    classes = np.searchsorted(large, labels.loc[here, "class_id"])
    folds = assign_folds(classes, photographs.loc[here].to_numpy(), params.folds)
    probabilities = estimate(values, classes, folds)
    labels.loc[here, "label_quality"] = probabilities[np.arange(len(here)), classes]
    labels.loc[here, "suggested_class_id"] = np.asarray(large, object)[probabilities.argmax(axis=1)]
    labels.loc[here, "suggested_probability"] = probabilities.max(axis=1)
    return tables.make(tables.LABELS, labels), messages


def assign_folds(classes: npt.NDArray, groups: npt.NDArray, folds: int) -> npt.NDArray[np.int64]:
    """Return the fold of each subject: a group stands in one fold, and each class is spread over all of them.

    Groups are visited the largest first, those of one size in the order of their hash, and go where their classes
    have fewest so far: the order of the rows changes nothing.
    """
    members: dict[str, Counter] = defaultdict(Counter)
    for class_id, group in zip(classes, groups, strict=True):
        members[group][class_id] += 1
    filled: dict[str, npt.NDArray[np.int64]] = defaultdict(lambda: np.zeros(folds, np.int64))
    total = np.zeros(folds, np.int64)
    fold_of: dict[str, int] = {}
    for group in sorted(members, key=lambda g: (-members[g].total(), hashlib.sha256(str(g).encode()).digest())):
        load = sum(filled[class_id] * count for class_id, count in members[group].items())
        fold = int(np.lexsort((np.arange(folds), total, load))[0])
        fold_of[group] = fold
        total[fold] += members[group].total()
        for class_id, count in members[group].items():
            filled[class_id][fold] += count
    return np.array([fold_of[group] for group in groups], np.int64)


def estimate(features: Floats, labels: npt.NDArray[np.int64], folds: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return out-of-fold class probabilities, float64 (n, classes), from a logistic regression a fold."""
    from sklearn.linear_model import LogisticRegression

    classes = int(labels.max()) + 1
    probabilities = np.zeros((len(labels), classes))
    for fold in np.unique(folds):
        test = folds == fold
        scale = features[~test].std(axis=0) + 1e-6
        model = LogisticRegression(C=0.01, max_iter=300).fit(features[~test] / scale, labels[~test])
        probabilities[np.ix_(test, model.classes_)] = model.predict_proba(features[test] / scale)
    return probabilities
