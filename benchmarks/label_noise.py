"""Label noise: how many swapped labels are found within a review budget, beside logistic regression and cleanlab.

    python benchmarks/label_noise.py FOLDER [--seeds 5] [--cleanlab]

FOLDER holds a folder of photographs a class (cars33: 33 fine-grained classes of Stanford Cars). For each seed 10 % of
the labels are swapped at random for another class. Every method ranks the same pictures by the same features, in this
run; the budget is the share of all pictures that a person looks at. ``--cleanlab`` adds its ranking (the extra
``bench``). At last the default threshold: what it flags of the swapped, of the others, and of clean labels.
"""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

import tables
from curate.embed import load_model
from curate.inspect import inspect_bytes
from curate.label_quality import assess_labels
from curate.params import FlagParams, InspectParams

BUDGETS = (0.05, 0.10, 0.20)
SWAPPED = 0.10


def read_features(folder: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return names, class numbers and features (n, 1280), float16 of unit length, as embed stores them."""
    model = load_model("efficientnet-lite0")
    files = sorted(path for path in folder.glob("*/*") if path.is_file())
    classes = sorted({path.parent.name for path in files})
    features = []
    for path in files:
        _, thumbnail = inspect_bytes(path.read_bytes(), InspectParams())
        pixels = np.asarray(cv2.imdecode(np.frombuffer(thumbnail, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)
        vector, _ = model.run(model.prepare(pixels)[None])
        features.append((vector[0] / np.linalg.norm(vector[0])).astype(np.float16))
    return [p.name for p in files], np.array([classes.index(p.parent.name) for p in files]), np.stack(features)


def swap(labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labels of which a share was swapped for another class, and which ones."""
    draw = np.random.default_rng(seed)
    chosen = draw.choice(len(labels), round(SWAPPED * len(labels)), replace=False)
    noisy, classes = labels.copy(), int(labels.max()) + 1
    noisy[chosen] = (noisy[chosen] + draw.integers(1, classes, len(chosen))) % classes
    return noisy, np.isin(np.arange(len(labels)), chosen)


def rank_by_whatbenz(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    names = [f"{n:064x}" for n in range(len(labels))]
    subjects = pd.DataFrame({"sha256": names, "class_id": [f"{c:03d}" for c in labels]}).astype("str")
    content = tables.make(tables.CONTENT, [{"sha256": name} for name in names])
    quality, _ = assess_labels(subjects, content, features, tables.make(tables.GROUPS), FlagParams())
    return quality["label_quality"].to_numpy()


def predict_by_logistic_regression(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return out-of-fold probabilities of the plain method: 5 stratified folds, scikit-learn's logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=200))
    return cross_val_predict(model, features.astype(np.float32), labels, cv=5, method="predict_proba")


def find_shares(ranking: np.ndarray, swapped: np.ndarray) -> list[float]:
    """Return the share of the swapped among the first of the ranking, for each budget."""
    order = np.argsort(ranking, kind="stable")
    return [swapped[order[:round(len(order) * budget)]].sum() / swapped.sum() for budget in BUDGETS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cleanlab", action="store_true")
    given = parser.parse_args()
    _, labels, features = read_features(given.folder)
    found: dict[str, list[list[float]]] = {}
    seconds: dict[str, float] = {}
    threshold = FlagParams().label_suspect.threshold
    flagged = []
    for seed in range(given.seeds):
        noisy, swapped = swap(labels, seed)
        start = time.process_time()
        quality = rank_by_whatbenz(features, noisy)
        seconds["whatbenz"] = seconds.get("whatbenz", 0) + time.process_time() - start
        flagged.append([(quality[swapped] < threshold).mean(), (quality[~swapped] < threshold).mean()])
        start = time.process_time()
        probabilities = predict_by_logistic_regression(features, noisy)
        seconds["logistic regression"] = seconds.get("logistic regression", 0) + time.process_time() - start
        rankings = {"whatbenz": quality, "logistic regression": probabilities[np.arange(len(noisy)), noisy]}
        if given.cleanlab:
            from cleanlab.rank import get_label_quality_scores

            for method in ("self_confidence", "normalized_margin", "confidence_weighted_entropy"):
                rankings[f"cleanlab {method}"] = get_label_quality_scores(noisy, probabilities, method=method)
        for name, ranking in rankings.items():
            found.setdefault(name, []).append(find_shares(ranking, swapped))
    print(f"{len(labels)} pictures, {labels.max() + 1} classes, {SWAPPED:.0%} swapped, {given.seeds} seeds")
    for name, shares in found.items():
        mean, spread = np.mean(shares, axis=0), np.std(shares, axis=0)
        cells = "  ".join(
            f"{b:.0%}: found {m:.3f} ± {s:.3f}, of those seen {m * SWAPPED / b:.2f}"
            for b, m, s in zip(BUDGETS, mean, spread, strict=True))
        cost = f"  {seconds[name] / given.seeds:.1f} CPU s" if name in seconds else ""
        print(f"{name:42} {cells}{cost}")
    clean = rank_by_whatbenz(features, labels)
    swapped_share, other_share = np.mean(flagged, axis=0)
    print(f"flag.label_suspect at {threshold}: {swapped_share:.3f} of the swapped, {other_share:.3f} of the others, "
          f"{(clean < threshold).mean():.3f} of all where no label is swapped")


if __name__ == "__main__":
    main()
