"""Fit curate/models/content-head.npz on pictures labelled by eye. The pictures are read, never kept.

    python tools/fit_content_head.py OUTPUT \\
        --labelled FOLDER LABELS.csv   (repeated: a scrape, and its labels by sha256: ok, detail, toy, drawing, …) \\
        --cars FOLDER                  (repeated: nothing but photographs of cars from outside) \\
        --drawings FOLDER              (repeated: clip art) --nothing FOLDER   (repeated: anything without a car)

Each picture counts as it is and mirrored, with its quality scores. From the photographs of cars more is made, by a
seed: collages of several, close crops of one (a detail), and strips of what lies above the car (nothing).
"""

import argparse
import csv
import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from curate.content import KINDS, QUALITY, Head, Scale, join, read_quality
from curate.decoding import DecodeError, read_grey
from curate.embed import OnnxModel, load_model
from curate.inspect import inspect_bytes
from curate.params import InspectParams
from curate.quality import find_margin, score
from pipeline.files import atomic_path
from pipeline.progress import track

Pixels = npt.NDArray[np.uint8]
Facts = Mapping[str, Any]  # the quality scores of one picture, among other columns of tables.IMAGES

KIND_OF = {"ok": "car", "other_car": "car", "detail": "detail", "toy": "toy", "drawing": "drawing", "many": "many",
           "no_car": "nothing"}
DOUBTFUL = 0.5  # weight of a picture whose label one could see differently
MADE = {"many": (120, 0.1), "nothing": (150, 0.1), "detail": (200, 0.05)}  # kind → how many a source, their weight
DRAWINGS, NOTHING = (800, 0.1), (300, 0.5)  # at most so many, their weight
SHARE = {"car": 1.0, "detail": 0.35, "toy": 0.35, "drawing": 0.35, "many": 0.2, "nothing": 0.35}
INVERSE_PENALTY = 1.0  # C of the logistic regression


@dataclass(frozen=True)
class Sample:
    """Features of some pictures, each twice (as it is and mirrored), with kind and weight."""

    features: npt.NDArray[np.float32]  # (n, size), of unit length
    texture: npt.NDArray[np.float32]  # (n, statistics)
    quality: npt.NDArray[np.float32]  # (n, scores), as curate.content.read_quality gives it
    kinds: npt.NDArray[np.str_]
    weights: npt.NDArray[np.float64]


def read_labels(path: Path) -> dict[str, tuple[str, float]]:
    """Return sha256 → kind and weight from a CSV with the columns sha256, label and doubt."""
    with open(path, encoding="utf-8", newline="") as file:
        return {row["sha256"]: (KIND_OF[row["label"]], DOUBTFUL if row["doubt"] == "1" else 1.0)
                for row in csv.DictReader(file)}


def read_pictures(folder: Path, most: int | None = None) -> Iterator[tuple[str, Pixels, Facts]]:
    """Yield sha256, pixels and facts of pictures below ``folder``, as stages see them; each once, ``most`` by hash."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    files.sort(key=lambda path: hashlib.sha256(path.name.encode()).digest() if most else path.as_posix().encode())
    seen: set[str] = set()
    for path in files[:most]:
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 in seen:
            continue
        seen.add(sha256)
        try:
            facts, thumbnail = inspect_bytes(data, InspectParams(max_pixels=400_000_000))
        except DecodeError:
            continue
        yield sha256, read_thumbnail(thumbnail), facts


def read_thumbnail(data: bytes) -> Pixels:
    """Return a thumbnail's RGB pixels, as embed reads them."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)


def measure(pixels: Pixels) -> Facts:
    """Return the quality scores of a picture that is no file."""
    grey = read_grey(pixels)
    return score(pixels, grey) | {"border": find_margin(grey).border}


def describe(model: OnnxModel, pictures: Iterable[tuple[Pixels, Facts, str, float]], label: str) -> Sample:
    """Run pictures with their facts, kinds and weights through the model; the mirror image has the same facts."""
    features, texture, quality, kinds, weights = [], [], [], [], []
    for pixels, facts, kind, weight in track(pictures, label):
        both = np.stack([model.prepare(pixels), model.prepare(np.ascontiguousarray(pixels[:, ::-1]))])
        vectors, evidence = model.run(both)
        features.append(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
        texture.append(evidence[:, len(model.labels):])
        quality += [{name: facts[name] for name in QUALITY}] * 2
        kinds += [kind] * 2
        weights += [weight] * 2
    return Sample(np.concatenate(features), np.concatenate(texture), read_quality(pd.DataFrame(quality)),
                  np.array(kinds), np.array(weights))


def describe_source(model: OnnxModel, folder: Path, labels: Path | None) -> Sample:
    """Return the sample of one folder of photographs with what is made from it; all are cars where labels is None."""
    known = read_labels(labels) if labels else None
    real, cars = [], []
    for sha256, pixels, facts in read_pictures(folder):
        kind, weight = ("car", 1.0) if known is None else known.get(sha256, ("", 0.0))
        if kind:
            real.append((pixels, facts, kind, weight))
        if kind == "car":
            cars.append(pixels)
    made = make_more(cars, random.Random(folder.name))
    return describe(model, [*real, *made], folder.name)


def describe_made(model: OnnxModel, folder: Path, labels: Path) -> Sample:
    """Return the sample of what is made from the cars of a labelled folder, without the folder's own pictures."""
    known = read_labels(labels)
    cars = [pixels for sha256, pixels, _ in read_pictures(folder) if known.get(sha256, ("", 0.0))[0] == "car"]
    return describe(model, make_more(cars, random.Random(folder.name)), f"{folder.name}, made")


def describe_extra(model: OnnxModel, drawings: list[Path], nothing: list[Path]) -> list[Sample]:
    """Return the samples of folders of drawings and of folders of pictures without a car."""
    return [describe(model, ((pixels, facts, kind, weight) for _, pixels, facts in read_pictures(folder, most)),
                     folder.name)
            for folders, kind, (most, weight) in ((drawings, "drawing", DRAWINGS), (nothing, "nothing", NOTHING))
            for folder in folders]


def make_more(cars: list[Pixels], draw: random.Random) -> Iterator[tuple[Pixels, Facts, str, float]]:
    """Yield collages, close crops and strips without a car, made from photographs of cars."""
    makers = {"many": _make_collage, "detail": _cut_close, "nothing": _cut_above}
    for kind, (count, weight) in MADE.items():
        for _ in range(count):
            pixels = makers[kind](cars, draw)
            yield pixels, measure(pixels), kind, weight


def _make_collage(cars: list[Pixels], draw: random.Random) -> Pixels:
    rows, columns = draw.choice([(1, 2), (2, 1), (2, 2), (2, 2), (2, 3), (3, 2), (1, 3), (3, 3), (3, 1)])
    height, width = draw.choice([(120, 160), (110, 170), (130, 150)])
    gap, ground = draw.choice([0, 0, 2, 4]), draw.choice([0, 255, 255])
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), ground, np.uint8)
    for row in range(rows):
        for column in range(columns):
            top, left = row * (height + gap), column * (width + gap)
            sheet[top:top + height, left:left + width] = cv2.resize(draw.choice(cars), (width, height),
                                                                    interpolation=cv2.INTER_AREA)
    return sheet


def _cut_close(cars: list[Pixels], draw: random.Random) -> Pixels:
    pixels, share = draw.choice(cars), draw.uniform(0.22, 0.4)
    height, width = pixels.shape[:2]
    inner_height, inner_width = max(8, int(height * share)), max(8, int(width * share))
    top = min(max(0, int(draw.uniform(0.35, 0.7) * height - inner_height / 2)), height - inner_height)
    left = min(max(0, int(draw.uniform(0.2, 0.8) * width - inner_width / 2)), width - inner_width)
    return np.ascontiguousarray(pixels[top:top + inner_height, left:left + inner_width])


def _cut_above(cars: list[Pixels], draw: random.Random) -> Pixels:
    pixels = draw.choice(cars)
    height, width = pixels.shape[:2]
    inner_height = max(8, int(height * draw.uniform(0.25, 0.38)))
    inner_width = max(8, int(width * draw.uniform(0.3, 0.6)))
    left = draw.choice([0, width - inner_width])
    return np.ascontiguousarray(pixels[:inner_height, left:left + inner_width])


def fit(samples: list[Sample], checksum: str) -> Head:
    """Return the head fitted on the samples, each kind brought to its share of the weight."""
    from sklearn.linear_model import LogisticRegression

    features, texture, quality, kinds, weights = (np.concatenate([getattr(sample, name) for sample in samples])
                                                  for name in Sample.__dataclass_fields__)
    for kind in KINDS:
        here = kinds == kind
        weights[here] *= SHARE[kind] / max(weights[here].sum(), 1e-9)
    weights *= len(weights) / 3
    of_texture, of_quality = _measure_scale(texture, weights), _measure_scale(quality, weights)
    inputs = join(features, of_texture.apply(texture), of_quality.apply(quality))
    order = [KINDS.index(kind) for kind in kinds]
    found = LogisticRegression(C=INVERSE_PENALTY, max_iter=300, tol=1e-3).fit(inputs, order, sample_weight=weights)
    if found.classes_.tolist() != list(range(len(KINDS))):
        raise SystemExit(f"pictures of every kind are needed ({', '.join(KINDS)}); found {sorted(set(kinds))}")
    return Head(checksum, found.coef_.T.astype(np.float32), found.intercept_.astype(np.float32), of_texture, of_quality)


def _measure_scale(values: npt.NDArray[np.float32], weights: npt.NDArray[np.float64]) -> Scale:
    mean = np.average(values, axis=0, weights=weights).astype(np.float32)
    std = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights)).astype(np.float32)
    return Scale(mean, std + np.float32(1e-6))


def save(head: Head, path: Path) -> None:
    """Write the head as curate.content.load_head reads it."""
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, kinds=np.array(KINDS), quality=np.array(QUALITY), model=np.array(head.model),
                 weights=head.weights.astype(np.float16), bias=head.bias, texture_mean=head.texture.mean,
                 texture_std=head.texture.std, quality_mean=head.quality.mean, quality_std=head.quality.std)


def main() -> None:
    """Read the pictures, fit the head, write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--labelled", nargs=2, type=Path, action="append", default=[], metavar=("FOLDER", "LABELS"))
    for name in ("cars", "drawings", "nothing"):
        parser.add_argument(f"--{name}", type=Path, action="append", default=[], metavar="FOLDER")
    given = parser.parse_args()
    model = load_model("efficientnet-lite0")
    assert isinstance(model, OnnxModel)
    samples = [describe_source(model, folder, labels) for folder, labels in given.labelled]
    samples += [describe_source(model, folder, None) for folder in given.cars]
    samples += describe_extra(model, given.drawings, given.nothing)
    save(fit(samples, model.checksum), given.output)


if __name__ == "__main__":
    main()
