"""Where everything lies below the working directory: one name for each path of the flow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


def _at(*parts: str) -> Any:
    return property(lambda layout: layout.root.joinpath(*parts))


@dataclass(frozen=True)
class Layout:
    """The paths of one run, all below ``root``. A stage reads and writes only these."""

    root: Path = Path()

    # what people write
    params = _at("params.yaml")
    classes = _at("classes.csv")
    decisions = _at("reviews", "decisions.csv")
    predictions = _at("reviews", "predictions.csv")

    # scrape/
    candidates = _at("data", "candidates", "candidates.parquet")
    pages = _at("data", "candidates", "pages")
    raw = _at("data", "raw")
    images = _at("data", "raw", "images")
    ledger = _at("data", "raw", "ledger.sqlite")
    hits = _at("data", "raw", "hits.parquet")

    # curate/
    inspected = _at("data", "inspected", "images.parquet")
    thumbnails = _at("data", "inspected", "thumbnails")
    embeddings = _at("data", "embedded", "embeddings.npy")
    content = _at("data", "embedded", "content.parquet")
    pairs = _at("data", "deduped", "pairs.parquet")
    groups = _at("data", "deduped", "groups.parquet")
    flags = _at("data", "flagged", "flags.parquet")
    labels = _at("data", "flagged", "labels.parquet")
    scores = _at("data", "flagged", "scores.parquet")
    sides = _at("data", "split", "sides.parquet")
    dataset = _at("data", "dataset")
    manifest = _at("data", "dataset", "manifest.parquet")
    dropped = _at("data", "dataset", "dropped.parquet")

    # mercedes_api/
    api_cache = _at("data", "vehicles", "answers")
    models = _at("data", "vehicles", "models.parquet")
    paints = _at("data", "vehicles", "paints.parquet")
    summary = _at("data", "vehicles", "summary.parquet")

    # train/
    pretrained = _at("models", "pretrained")
    pretrain_checkpoints = _at("models", "checkpoints", "pretrain")
    train_checkpoints = _at("models", "checkpoints", "train")
    fold_checkpoints = _at("models", "checkpoints", "folds")
    learner = _at("models", "export.pkl")
    model_card = _at("models", "MODEL_CARD.md")
    training = _at("reports", "training")

    # serve/
    model = _at("models", "model.onnx")
    model_labels = _at("models", "labels.json")
    bundle = _at("models", "bundle")
    feedback = _at("data", "feedback")

    # sandbox/ and reports/
    truth = _at("data", "sandbox", "truth.parquet")
    report = _at("reports", "dataset.html")
    metrics = _at("reports", "metrics.json")
    credits = _at("reports", "CREDITS.md")
    plots = _at("reports", "plots")


def image_path(sha256: str, extension: str) -> str:
    """Return the path of a picture below ``data/raw/images``: ``ab/<sha256>.<ext>``."""
    return f"{sha256[:2]}/{sha256}.{extension}"
