"""The body before it sees the data set: ImageNet or given weights, and Stanford Cars where a folder of it is given."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from pipeline.errors import ModelError
from pipeline.files import atomic_path, sha256_of, write_text
from train.architectures import Body, load_file_into, load_imagenet, make_body
from train.checkpoints import Checkpoints, fingerprint
from train.finetune import Material, Note, finetune, plan
from train.params import Phase, PretrainParams, TrainParams
from train.stanford_cars import crop_all, read_annotations

RESNET, LITE = "resnet34", "efficientnet-lite0"
WEIGHTS, FACTS = "weights.safetensors", "pretrained.json"


def choose_architecture(name: str, sources: Sequence[str]) -> str:
    """Return the architecture: ``auto`` is resnet34, on the sandbox alone the one whose weights need no network."""
    if name != "auto":
        return name
    return LITE if tuple(sources) == ("sandbox",) else RESNET


def begin(architecture: str, weights: str, seed: int) -> tuple[Body, str]:
    """Return a body with its first weights, and where they are from.

    Args:
        architecture: a name that :func:`train.architectures.make_body` knows.
        weights: ``imagenet``, ``none`` or a file.
        seed: of random weights.

    Raises:
        ParamError, ModelError: as the functions of train/architectures.py.
    """
    torch.manual_seed(seed)
    body = make_body(architecture)
    if weights == "none":
        return body, f"random, seed {seed}"
    return body, load_imagenet(body) if weights == "imagenet" else load_file_into(body, Path(weights))


def as_training(params: PretrainParams) -> TrainParams:
    """Return the section ``pretrain`` as parameters of the two steps."""
    height, width = params.size
    return TrainParams(size=params.size, head_epochs=params.head_epochs, phases=(Phase(params.epochs, height, width),),
                       rate=params.rate, batch=params.batch, seed=params.seed, patience=params.epochs)


def learn_cars(body: Body, folder: Path, work: Path, params: PretrainParams, note: Note) -> dict[str, Any]:
    """Train ``body`` on Stanford Cars in the two steps; return what came of it on its test pictures.

    Args:
        body: with its first weights; it has those of the best epoch afterwards.
        folder: as :func:`train.stanford_cars.read_annotations` takes it.
        work: for crops and checkpoints; a run that was killed goes on.
        params: the section ``pretrain``.
        note: called with each epoch's row.

    Raises:
        MaterialError: the folder is not Stanford Cars, or a picture is missing or broken.
    """
    train, test = read_annotations(folder)
    classes = sorted({annotation.class_id for annotation in train})
    material = Material(crop_all(train, work / "crops" / "train"), crop_all(test, work / "crops" / "test"), classes)
    training = as_training(params)
    key = fingerprint(params, body.module.state_dict(), [(a.file.name, a.class_id, a.box) for a in (*train, *test)])
    _, history = finetune(body, material, plan(training), training, Checkpoints(work / "epochs", key), note)
    best = min((row for row in history if row["step"] == history[-1]["step"]), key=lambda row: row["valid_loss"])
    return {"classes": len(classes), "train": len(train), "test": len(test), "top1": best["accuracy"],
            "epochs": len(history)}


def write_body(folder: Path, body: Body, source: str, stanford_cars: dict[str, Any] | None) -> dict[str, Any]:
    """Write weights.safetensors and pretrained.json; return what the latter says."""
    tensors = {key: value.detach().cpu().contiguous() for key, value in body.module.state_dict().items()}
    with atomic_path(folder / WEIGHTS) as temporary:
        save_file(tensors, temporary)
    facts = {"architecture": body.name, "weights": source, "stanford_cars": stanford_cars,
             "sha256": sha256_of(folder / WEIGHTS)}
    write_text(folder / FACTS, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    return facts


def read_body(folder: Path) -> tuple[Body, dict[str, Any]]:
    """Return the body that ``whatbenz pretrain`` wrote, and what pretrained.json says of it.

    Raises:
        ModelError: it is not there, or damaged.
    """
    if not (folder / FACTS).exists():
        raise ModelError(f"{folder / FACTS}: there is no such file; run whatbenz pretrain")
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    if not (folder / WEIGHTS).exists() or sha256_of(folder / WEIGHTS) != facts["sha256"]:
        raise ModelError(f"{folder / WEIGHTS}: missing or not the file that {FACTS} names; run whatbenz pretrain again")
    body = make_body(facts["architecture"])
    body.module.load_state_dict(load_file(folder / WEIGHTS))
    return body, facts
