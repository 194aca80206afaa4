"""Fine-tuning on photographs: the two steps against the head alone, over several seeds, with the time of each.

    python -m benchmarks.training DATASET --seeds 1 2 3 --work DIR [-S train.key=value]

DATASET is data/dataset of a run, for example of Stanford Cars' pictures in class folders::

    whatbenz -C RUN -S scrape.sources=[folder] -S scrape.folder=PICTURES -S scrape.classes=found search   # … to split

A run that is stopped goes on after its last epoch. CPU seconds (user and system) say more than wall time on a machine
that does other things as well; both are printed. Accuracy is that of the epoch with the least validation loss, which
the same pictures choose, and that of the last epoch, which nothing chooses.
"""

import argparse
import json
import resource
import statistics
import time
from pathlib import Path

import numpy as np
import torch

from pipeline.params import read_params
from train.checkpoints import Checkpoints, fingerprint
from train.finetune import HEAD, Material, finetune, plan
from train.inference import Preprocessing, predict
from train.params import TrainParams
from train.pretrain import begin


def list_material(dataset):
    train, valid = ([(file, file.parent.name) for file in sorted((dataset / side).glob("*/*.jpg"))]
                    for side in ("train", "valid"))
    return Material(train, valid, sorted({class_id for _, class_id in train}))


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Mirrored(Preprocessing):
    """Pictures as in a mirror."""

    def read(self, path):
        return np.ascontiguousarray(super().read(path)[:, :, ::-1])


def measure_mirrored(model, body, size, material):
    """Return the share of the validation pictures that are told rightly with the help of their mirror images."""
    paths = [path for path, _ in material.valid]
    logits = np.add(*(predict(model, kind(size, body.mean, body.std), paths) for kind in (Preprocessing, Mirrored)))
    right = [material.classes[n] == class_id for n, (_, class_id) in zip(logits.argmax(axis=1), material.valid,
                                                                        strict=True)]
    return round(float(np.mean(right)), 6)


def run(material, architecture, weights, params, folder):
    """Train once; return accuracy of the head alone, of the best and of the last epoch, and the time."""
    body, source = begin(architecture, weights, params.seed)
    key = fingerprint(params, body.module.state_dict(), [(p.name, c) for p, c in (*material.train, *material.valid)])
    began, spent = time.monotonic(), cpu_seconds()
    model, history = finetune(body, material, plan(params), params, Checkpoints(folder, key),
                              lambda row: print(json.dumps(row), flush=True))
    spent = cpu_seconds() - spent
    head = [row["accuracy"] for row in history if row["step"] == HEAD]
    steps = [row for row in history if row["step"] != HEAD] or history
    best = min(steps, key=lambda row: row["valid_loss"])
    return {"seed": params.seed, "weights": source.partition(",")[0], "head": head[-1] if head else None,
            "best": best["accuracy"], "last": steps[-1]["accuracy"],
            "mirror": measure_mirrored(model, body, params.input_size, material), "epochs": len(history),
            "epoch_seconds": round(sum(row["seconds"] for row in history)), "cpu_seconds": round(spent),
            "wall_seconds": round(time.monotonic() - began)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--architecture", default="efficientnet-lite0")
    parser.add_argument("--weights", default="imagenet", help="imagenet, none, or a file")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--work", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("-S", "--set", action="append", default=[], metavar="train.KEY=VALUE")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    material = list_material(options.dataset)
    print(f"{len(material.train)} to learn from, {len(material.valid)} to validate with, "
          f"{len(material.classes)} classes")
    rows = []
    for seed in options.seeds:
        params = read_params(TrainParams, "params.yaml", (*options.set, f"train.seed={seed}"))
        rows.append(run(material, options.architecture, options.weights, params, options.work / str(seed)))
        print(json.dumps(rows[-1]), flush=True)
    for name in ("head", "best", "last", "mirror"):
        values = [row[name] for row in rows if row[name] is not None]
        if values:
            spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
            print(f"{name}: {statistics.mean(values):.3f}{spread} over {len(values)} seeds")


if __name__ == "__main__":
    main()
