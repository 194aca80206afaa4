"""Flags: what a person would remove, on scrapes that the content head was not fitted on; what is flagged of clean ones.

    python -m benchmarks.flags PHOTOS --drawings FOLDER --nothing FOLDER   (--nothing repeated)

PHOTOS holds scraped/renault-4, scraped/citroen-2cv with scraped/labels.csv, mercedes and cars33; the labels of
renault-4 and mercedes stand in benchmarks/labels, by sha256. Twice a head is fitted on one scrape, every other class of
cars33 and mercedes, and the drawings and wallpapers that curate/models/README.md names. The stage's own functions then
judge three collections of which the head has seen nothing: the other scrape and the other classes. ``off_topic`` and
its kin should flag details, toys, drawings, crowds and pictures without a car, and no others.

At last what becomes of other cars (labelled other_car), which is a matter of labels: each scrape stands as one class
beside the other and the 33 of cars33, and the flags of labels are counted.
"""

import argparse
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

import tables
from curate.content import Head, describe
from curate.decoding import DecodeError
from curate.embed import OnnxModel, load_model
from curate.flags import adapt, judge, measure
from curate.inspect import inspect_bytes
from curate.label_quality import assess_labels
from curate.params import FlagParams, InspectParams, Rule
from tools import fit_content_head as fitting

LABELS = Path(__file__).parent / "labels"
CONTENT_FLAGS = ("off_topic", "not_a_photo", "detail", "many_cars")
THRESHOLDS = (0.25, 0.28, 0.31, 0.36, 0.4)  # of off_topic, printed beside the default
SAME_BITS = 8  # of two perceptual hashes that may differ where pictures are taken for one


@dataclass(frozen=True)
class Collection:
    """Pictures of some classes: rows of ``facts``, and the model's outputs for each as it is and mirrored."""

    facts: pd.DataFrame  # tables.IMAGES with class_id, label and doubt
    sample: fitting.Sample  # two rows a picture

    def take(self, chosen: np.ndarray) -> "Collection":
        """Return the pictures of which ``chosen`` (bool, one a picture) is true."""
        rows, sample = np.repeat(chosen, 2), self.sample
        return Collection(self.facts[chosen].reset_index(drop=True),
                          fitting.Sample(*(getattr(sample, name)[rows] for name in sample.__dataclass_fields__)))


def describe_collection(model: OnnxModel, folder: Path, labels: Path | None, class_id: str | None = None) -> Collection:
    """Return the labelled pictures below ``folder``, of one class or of a class a sub-folder; without labels all ok."""
    known = pd.read_csv(labels, index_col="sha256") if labels else None
    rows: dict[str, dict] = {}

    def read():
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            data = path.read_bytes()
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 in rows or (known is not None and sha256 not in known.index):
                continue
            try:
                facts, thumbnail = inspect_bytes(data, InspectParams())
            except DecodeError:
                continue
            label, doubt = known.loc[sha256, ["label", "doubt"]] if known is not None else ("ok", 0)
            rows[sha256] = {"sha256": sha256, "path": path.name, "bytes": len(data), "label": label, "doubt": doubt,
                            "class_id": class_id or path.parent.name} | facts
            yield fitting.read_thumbnail(thumbnail), facts, fitting.KIND_OF[label], fitting.DOUBTFUL if doubt else 1.0

    sample = fitting.describe(model, read(), folder.name)
    return Collection(pd.DataFrame(rows.values()), sample)


def join(*collections: Collection) -> Collection:
    return Collection(pd.concat([c.facts for c in collections], ignore_index=True),
                      fitting.Sample(*(np.concatenate([getattr(c.sample, name) for c in collections])
                                       for name in fitting.Sample.__dataclass_fields__)))


def group_alike(facts: pd.DataFrame) -> pd.DataFrame:
    """Return ``tables.GROUPS``: pictures stand with the first one that has almost their perceptual hash."""
    hashes = facts["phash"].to_numpy(np.uint64)
    first = [int(np.flatnonzero(np.bitwise_count(hashes[:n + 1] ^ value) <= SAME_BITS)[0])
             for n, value in enumerate(hashes)]
    shas = facts["sha256"].to_numpy()
    return tables.make(tables.GROUPS, [{"sha256": sha, "group_id": sha, "keeper": True, "reason": "alone",
                                        "split_group_id": shas[n]} for sha, n in zip(shas, first, strict=True)])


def run_stage(head: Head, model: OnnxModel, collection: Collection,
              params: FlagParams) -> Callable[[FlagParams], pd.DataFrame]:
    """Return what gives ``tables.FLAGS`` at some thresholds, as the stage does, for a collection that stands alone."""
    facts, rows = collection.facts, slice(0, None, 2)
    features = collection.sample.features[rows].astype(np.float16)
    none = np.zeros((len(facts), len(model.labels)), np.float16)
    evidence = np.concatenate([none, collection.sample.texture[rows].astype(np.float16)], axis=1)
    content = describe(facts, features, evidence, model.labels, model.checksum, head)
    subjects, groups = facts[["sha256", "class_id"]], group_alike(facts)
    labels, _ = assess_labels(subjects, content, features, groups, params)
    scores = measure(subjects, tables.make(tables.IMAGES, facts[tables.IMAGES.names]), content, labels)

    def hold(params: FlagParams) -> pd.DataFrame:
        adapted, messages = adapt(scores, params)
        print(*messages, sep="\n", end="\n" if messages else "")
        return judge(scores, content, labels, tables.make(tables.PAIRS), groups, tables.make(tables.DECISIONS), adapted)

    return hold


def count(name: str, collection: Collection, flags: pd.DataFrame) -> str:
    """Return a line of recall, precision and false flags."""
    facts = collection.facts
    flagged = facts["sha256"].isin(flags.loc[flags["flag"].isin(CONTENT_FLAGS), "sha256"]).to_numpy()
    any_flag, sure = facts["sha256"].isin(flags["sha256"]).to_numpy(), facts["doubt"].to_numpy() == 0
    remove = ~facts["label"].isin(["ok", "other_car"]).to_numpy()
    line = (f"{name:11} {(~remove).sum():5} good, flagged {flagged[~remove].mean():.3f} "
            f"(without doubt {flagged[~remove & sure].mean():.3f}; by any flag {any_flag[~remove].mean():.3f})")
    if remove.any():
        kinds = ", ".join(f"{kind} {flagged[facts['label'] == kind].mean():.2f} of {(facts['label'] == kind).sum()}"
                          for kind in sorted(set(facts.loc[remove, "label"])))
        line += (f"; {remove.sum()} to remove, recall {flagged[remove].mean():.3f} "
                 f"(without doubt {flagged[remove & sure].mean():.3f}), precision "
                 f"{(flagged & remove).sum() / max(flagged.sum(), 1):.3f}; {kinds}")
    return line


def count_kinds_of_flags(flags: pd.DataFrame, pictures: int) -> str:
    return ", ".join(f"{name} {number / pictures:.4f}" for name, number in flags["flag"].value_counts().items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    for name in ("drawings", "nothing"):
        parser.add_argument(f"--{name}", type=Path, required=True, action="append")
    given = parser.parse_args()
    model, photos, params = load_model("efficientnet-lite0"), given.photos, FlagParams()
    assert isinstance(model, OnnxModel)
    labels = {"renault-4": LABELS / "renault-4.csv", "citroen-2cv": photos / "scraped" / "labels.csv"}
    scrapes = {name: describe_collection(model, photos / "scraped" / name, path, name) for name, path in labels.items()}
    made = {name: fitting.describe_made(model, photos / "scraped" / name, path) for name, path in labels.items()}
    clean = {"cars33": describe_collection(model, photos / "cars33", None),
             "mercedes": describe_collection(model, photos / "mercedes", LABELS / "mercedes.csv")}
    extra = fitting.describe_extra(model, given.drawings, given.nothing)
    seen, unseen = {}, {}
    for name, collection in clean.items():
        half = collection.facts["class_id"].isin(sorted(set(collection.facts["class_id"]))[::2]).to_numpy()
        seen[name], unseen[name] = collection.take(half), collection.take(~half)

    heads = {}
    for name, other in (("renault-4", "citroen-2cv"), ("citroen-2cv", "renault-4")):
        parts = [scrapes[name].sample, made[name], *(part.sample for part in seen.values()), *extra]
        heads[name] = fitting.fit(parts, model.checksum)
        print(f"fitted on {name}, thresholds as shipped (off_topic {params.off_topic.threshold})")
        for title, collection in ((other, scrapes[other]), *unseen.items()):
            flags = run_stage(heads[name], model, collection, params)(params)
            print(count(title, collection, flags))
            print(f"{'':11} {count_kinds_of_flags(flags, len(collection.facts))}")
        remove = ~scrapes[other].facts["label"].isin(["ok", "other_car"]).to_numpy()
        hold, cells = run_stage(heads[name], model, scrapes[other], params), []
        for threshold in THRESHOLDS:
            moved = replace(params, off_topic=Rule(threshold, params.off_topic.action))
            flags = hold(moved)
            hit = scrapes[other].facts["sha256"].isin(flags.loc[flags["flag"].isin(CONTENT_FLAGS), "sha256"]).to_numpy()
            cells.append(f"{threshold}: {hit[remove].mean():.3f} / {hit[~remove].mean():.3f}")
        print(f"{other}, recall / good ones flagged, with off_topic at " + ", ".join(cells))

    for name, other in (("citroen-2cv", "renault-4"), ("renault-4", "citroen-2cv")):
        together = join(scrapes[name], scrapes[other], clean["cars33"])
        flags = run_stage(heads[other], model, together, params)(params)
        of_labels = {flag: set(flags.loc[flags["flag"] == flag, "sha256"]) for flag in ("label_suspect", "outlier")}
        of_labels["either"] = of_labels["label_suspect"] | of_labels["outlier"]
        for label in ("other_car", "ok"):
            shas = scrapes[name].facts.loc[scrapes[name].facts["label"] == label, "sha256"]
            print(f"{name}, {len(shas)} {label}: " +
                  ", ".join(f"{flag} {shas.isin(found).mean():.3f}" for flag, found in of_labels.items()))


if __name__ == "__main__":
    main()
