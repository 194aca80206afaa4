"""Flags: recall and false flags on a scrape that the content head was not fitted on.

    python -m benchmarks.flags PHOTOS --drawings FOLDER --nothing FOLDER

PHOTOS holds scraped/renault-4, scraped/citroen-2cv with scraped/labels.csv, mercedes and cars33; the labels of
renault-4 and mercedes stand in benchmarks/labels, by sha256. Twice a head is fitted on one scrape and every other
class of cars33 and mercedes (and the drawings and wallpapers that curate/models/README.md names), and tested at the
default thresholds on the other scrape and the other classes.
"""

import argparse
from pathlib import Path

import numpy as np

from curate.content import KINDS, Head
from curate.embed import load_model
from curate.params import FlagParams
from tools import fit_content_head as fitting

LABELS = Path(__file__).parent / "labels"
Sample = fitting.Sample


def take(sample: Sample, rows: np.ndarray) -> Sample:
    return Sample(sample.features[rows], sample.texture[rows], sample.kinds[rows], sample.weights[rows])


def describe_classes(model, folder: Path, labels: Path | None) -> tuple[Sample, Sample]:
    """Return the samples of every other class folder, and of those between."""
    halves = []
    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    for chosen in (classes[::2], classes[1::2]):
        parts = [fitting.describe(model, list(read_labelled(path, labels)), path.name) for path in chosen]
        halves.append(Sample(*(np.concatenate([getattr(part, name) for part in parts])
                               for name in ("features", "texture", "kinds", "weights"))))
    return halves[0], halves[1]


def read_labelled(folder: Path, labels: Path | None):
    known = fitting.read_labels(labels) if labels else None
    for sha256, pixels in fitting.read_pictures(folder):
        kind, weight = known[sha256] if known else ("car", 1.0)
        yield pixels, kind, weight


def judge(head: Head, sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Return kinds and probabilities of the pictures as they are, without their mirror images."""
    rows = slice(0, None, 2)
    shares = head.judge(sample.features[rows].astype(np.float16), sample.texture[rows].astype(np.float16))
    return sample.kinds[rows], shares


def report(name: str, head: Head, sample: Sample) -> None:
    kinds, shares = judge(head, sample)
    params, index = FlagParams(), {kind: n for n, kind in enumerate(KINDS)}
    flagged = 1 - shares[:, 0] > params.off_topic.threshold
    flagged |= shares[:, index["toy"]] + shares[:, index["drawing"]] > params.not_a_photo.threshold
    flagged |= shares[:, index["detail"]] > params.detail.threshold
    flagged |= shares[:, index["many"]] > params.many_cars.threshold
    good = kinds == "car"
    line = f"{name:14} {good.sum():5} good, flagged {flagged[good].mean():.3f}"
    if (~good).any():
        hits = (flagged & ~good).sum()
        found = ", ".join(f"{k} {flagged[kinds == k].mean():.2f} of {(kinds == k).sum()}" for k in KINDS[1:]
                          if (kinds == k).any())
        line += f"; {(~good).sum()} to remove, recall {flagged[~good].mean():.3f}, precision " \
                f"{hits / max(flagged.sum(), 1):.3f} ({found})"
    print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    for name in ("drawings", "nothing"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    model, photos = load_model("efficientnet-lite0"), given.photos
    scrapes = {"renault-4": LABELS / "renault-4.csv", "citroen-2cv": photos / "scraped" / "labels.csv"}
    fitted = {name: fitting.describe_source(model, photos / "scraped" / name, labels)
              for name, labels in scrapes.items()}
    counts = {name: len(list(read_labelled(photos / "scraped" / name, labels))) for name, labels in scrapes.items()}
    cars, unseen_cars = describe_classes(model, photos / "cars33", None)
    press, unseen_press = describe_classes(model, photos / "mercedes", LABELS / "mercedes.csv")
    extra = [fitting.describe(model, [(pixels, kind, weight) for _, pixels in fitting.read_pictures(folder, most)],
                              kind)
             for folder, kind, (most, weight) in ((given.drawings, "drawing", fitting.DRAWINGS),
                                                  (given.nothing, "nothing", fitting.NOTHING))]
    for name, other in (("renault-4", "citroen-2cv"), ("citroen-2cv", "renault-4")):
        head = fitting.fit([fitted[name], cars, press, *extra], model.checksum)
        print(f"fitted on {name}")
        report(other, head, take(fitted[other], np.arange(2 * counts[other])))
        report("cars33", head, unseen_cars)
        report("mercedes", head, unseen_press)


if __name__ == "__main__":
    main()
