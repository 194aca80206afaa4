"""A small data set on disk, with the tables it comes from."""

import datetime as dt
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import tables
from curate.documents.folder import write_documents
from curate.params import SplitParams

# Read when huggingface_hub is imported, which the tests do: nothing leaves this machine.
os.environ["HF_HUB_OFFLINE"] = "1"

CLASSES = ("a-sedan", "b", "c-estate")
FOUND = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)


@dataclass(frozen=True)
class SmallDataset:
    """Five pictures a class, one of them in valid; a sixth was dropped."""

    folder: Path
    manifest: pd.DataFrame
    dropped: pd.DataFrame
    hits: pd.DataFrame


def make_hit(class_id: str, number: int, **values: object) -> dict[str, object]:
    url = f"https://host.example/{class_id}/{number}.jpg"
    hit = {"class_id": class_id, "source": "commons", "query": class_id, "rank": number, "url": url,
           "page_url": f"{url}.html", "title": f"Car {number}", "author": "Ada", "license": "CC BY-SA 4.0",
           "license_url": "https://creativecommons.org/licenses/by-sa/4.0", "found_at": FOUND, "status": "saved",
           "sha256": hashlib.sha256(url.encode()).hexdigest(), "bytes": 3}
    return hit | values


def write_dataset(folder: Path, hits: list[dict[str, object]]) -> SmallDataset:
    """Write files, tables and documents for ``hits``; of each class the first is in valid, the sixth dropped."""
    rng = np.random.default_rng(7)
    manifest, dropped = [], []
    for hit in hits:
        sha, class_id, number = hit["sha256"], hit["class_id"], hit["rank"]
        if number == 5:
            dropped.append({"sha256": sha, "class_id": class_id, "stage": "flag", "reason": "too_small",
                            "detail": "80 px on its shorter side"})
            continue
        split = "valid" if number == 0 else "train"
        file = f"{split}/{class_id}/{sha}.jpg"
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (30, 40, 3), dtype=np.uint8)).save(folder / file)
        manifest.append({"sha256": sha, "class_id": class_id, "split": split, "file": file, "split_group_id": sha,
                         "width": 40, "height": 30}
                        | {k: hit[k] for k in ("url", "page_url", "author", "license", "license_url")})
    frames = (tables.make(tables.MANIFEST, manifest), tables.make(tables.DROPPED, dropped),
              tables.make(tables.HITS, hits))
    folder.mkdir(parents=True, exist_ok=True)
    tables.write(tables.MANIFEST, frames[0], folder / "manifest.parquet")
    tables.write(tables.DROPPED, frames[1], folder / "dropped.parquet")
    write_documents(folder, *frames, {"b": "B-Class"}, SplitParams())
    return SmallDataset(folder, *frames)


@pytest.fixture
def dataset(tmp_path: Path) -> SmallDataset:
    return write_dataset(tmp_path / "dataset", [make_hit(c, n) for c in CLASSES for n in range(6)])


@pytest.fixture
def make_dataset(tmp_path: Path):
    """Return a function that writes a data set of hits with the values given for all of them."""
    def make(**values: object) -> SmallDataset:
        return write_dataset(tmp_path / "dataset", [make_hit(c, n, **values) for c in CLASSES for n in range(6)])
    return make


@pytest.fixture
def empty_dataset(tmp_path: Path) -> SmallDataset:
    return write_dataset(tmp_path / "dataset", [])
