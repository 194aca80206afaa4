"""A small run as tables: three classes with a duplicate, a conflict, flags, losses and pictures to draw."""

import dataclasses
import datetime as dt
import hashlib

import numpy as np
import pandas as pd
import pytest

import tables
from curate.report.material import TABLES, Material, make_material

FOUND = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
CLASSES = ("a-sedan", "b", "c-estate")
NAMES = {"a-sedan": "A-Class Sedan", "b": "B-Class"}


def sha(name: str) -> str:
    """Return the sha256 that stands for the picture ``name``."""
    return hashlib.sha256(name.encode()).hexdigest()


def make_hit(name: str, class_id: str, status: str = "saved", **values: object) -> dict[str, object]:
    hit = {"class_id": class_id, "source": "commons", "query": f"Mercedes {class_id}", "rank": 0,
           "url": f"https://host.example/{name}.jpg", "page_url": f"https://host.example/{name}",
           "title": f"Car {name}", "author": "Ada", "license": "CC BY-SA 4.0", "found_at": FOUND, "status": status,
           "license_url": "https://creativecommons.org/licenses/by-sa/4.0"}
    return hit | ({"sha256": sha(name)} if status in ("saved", "duplicate") else {"reason": "not_found"}) | values


def make_image(name: str, **values: object) -> dict[str, object]:
    return {"sha256": sha(name), "path": f"{sha(name)[:2]}/{sha(name)}.jpg", "bytes": 20_000, "format": "JPEG",
            "width": 640, "height": 480} | values


def make_kept(name: str, class_id: str, split: str = "train", **values: object) -> dict[str, object]:
    return {"sha256": sha(name), "class_id": class_id, "split": split, "file": f"{split}/{class_id}/{sha(name)}.jpg",
            "split_group_id": sha(name), "url": f"https://host.example/{name}.jpg", "author": "Ada",
            "page_url": f"https://host.example/{name}", "license": "CC BY-SA 4.0", "width": 640, "height": 480,
            "license_url": "https://creativecommons.org/licenses/by-sa/4.0"} | values


def make_drop(name: str, class_id: str, stage: str, reason: str, detail: str) -> dict[str, object]:
    return {"sha256": sha(name), "class_id": class_id, "stage": stage, "reason": reason, "detail": detail}


def make_group(name: str, keeper: str | None = None) -> dict[str, object]:
    return {"sha256": sha(name), "group_id": sha(keeper or name), "keeper": keeper is None, "reason": "most pixels",
            "split_group_id": sha(keeper or name)}


def make_flag(name: str, class_id: str, flag: str, action: str = "review") -> dict[str, object]:
    return {"sha256": sha(name), "class_id": class_id, "flag": flag, "score": 0.1, "threshold": 0.2, "action": action,
            "detail": f"its {flag} is 0.1"}


def make_small_run() -> Material:
    """Return a run of 3 × 6 pictures: a5 is a mirror image of a1, b4 stands under c-estate too, c5 is too small."""
    names = [(f"{c[0]}{n}", c) for c in CLASSES for n in range(6)]
    hits = [make_hit(name, c, rank=n) for n, (name, c) in enumerate(names)]
    hits += [make_hit("b4", "c-estate"), make_hit("x1", "b", "failed"), make_hit("x2", "b", "rejected"),
             make_hit("a0", "a-sedan", "duplicate", query="another query", rank=3)]
    low, high = sorted((sha("a1"), sha("a5")))
    gone = {("a5", "a-sedan"), ("b4", "b"), ("b4", "c-estate"), ("c5", "c-estate")}
    kept = [(name, c) for name, c in [*names, ("b4", "c-estate")] if (name, c) not in gone]
    waits = "the same photograph also stands under {}; it waits for a decision"
    rng = np.random.default_rng(1)
    return make_material(
        NAMES,
        hits=tables.make(tables.HITS, hits), images=tables.make(tables.IMAGES, [make_image(name) for name, _ in names]),
        pairs=tables.make(tables.PAIRS, [{"sha256_a": low, "sha256_b": high, "found_by": "mirror,neighbour",
                                          "hash_distance": 4, "inliers": 90, "scale": 1.0, "mirrored": True,
                                          "overlap": 0.98, "verdict": "duplicate"}]),
        groups=tables.make(tables.GROUPS, [make_group(name, "a1" if name == "a5" else None) for name, _ in names]),
        scores=tables.make(tables.SCORES, [
            {"sha256": sha(name), "class_id": c, "off_topic": float(rng.uniform(0, 1)), "too_small": 480.0, "dark": 0.4}
            for name, c in names]),
        flags=tables.make(tables.FLAGS, [
            make_flag("a2", "a-sedan", "off_topic"), make_flag("a5", "a-sedan", "dark"),
            make_flag("b4", "b", "label_conflict"), make_flag("b4", "c-estate", "label_conflict"),
            make_flag("c5", "c-estate", "too_small", "drop"), make_flag("c1", "c-estate", "label_suspect")]),
        labels=tables.make(tables.LABELS, [
            {"sha256": sha("c1"), "class_id": "c-estate", "label_quality": 0.05, "suggested_class_id": "b",
             "suggested_probability": 0.9}]),
        manifest=tables.make(tables.MANIFEST, [make_kept(n, c, "valid" if n[1] == "0" else "train") for n, c in kept]),
        dropped=tables.make(tables.DROPPED, [
            make_drop("a5", "a-sedan", "dedupe", "duplicate", f"the same photograph as {sha('a1')}"),
            make_drop("b4", "b", "flag", "label_conflict", waits.format("c-estate")),
            make_drop("b4", "c-estate", "flag", "label_conflict", waits.format("b")),
            make_drop("c5", "c-estate", "flag", "too_small", "its shorter side has 64 px, fewer than 128")]),
        decisions=tables.make(tables.DECISIONS))


@pytest.fixture
def run() -> Material:
    return make_small_run()


def with_tables(material: Material, **frames: pd.DataFrame) -> Material:
    """Return the material with some tables replaced; one given as None is missing."""
    by_name = {table.name: table for table in TABLES}
    made = {name: tables.make(by_name[name]) if frame is None else frame for name, frame in frames.items()}
    missing = (material.missing - set(frames)) | {name for name, frame in frames.items() if frame is None}
    return dataclasses.replace(material, **made, missing=frozenset(missing))


def draw(sha256: str) -> np.ndarray:
    """Return pixels of noise that follow from a sha256: the pictures that compress worst."""
    return np.random.default_rng(int(sha256[:12], 16)).integers(0, 255, (96, 128, 3), dtype=np.uint8)
