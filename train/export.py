"""What a training leaves: export.pkl for fastai, model.onnx for everything else, labels.json that explains both."""

import json
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from fastai.data.core import DataLoaders, Datasets, TfmdDL
from fastai.data.transforms import Categorize, IntToFloatTensor, Normalize, ToTensor, parent_label
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from fastai.optimizer import Adam
from fastai.vision.augment import Resize, ResizeMethod
from fastai.vision.core import PILImage
from torch import nn

from pipeline.errors import ModelError
from pipeline.files import atomic_path, sha256_of, write_text
from train.calibration import Reject
from train.inference import Preprocessing, predict, predict_onnx

OPSET = 17
CLOSE = 1e-3  # by how much logits of network and ONNX file may differ; rounding gives some 1e-5


def export_learner(model: nn.Module, classes: Sequence[str], preprocessing: Preprocessing, example: Path,
                   path: Path) -> None:
    """Write a fastai learner that ``load_learner`` opens wherever fastai is installed.

    It holds library classes only: no function of ours, no picture, no optimizer state. ``predict`` takes a path or a
    PILImage, which must be upright: fastai does not apply EXIF orientation.

    Args:
        model: body and head.
        classes: in the model's order.
        preprocessing: how the model is to be fed.
        example: a picture in a folder named as its class; fastai looks at one to learn the types.
        path: file to write.
    """
    sets = Datasets([example], [[PILImage.create], [parent_label, Categorize(vocab=list(classes), sort=False)]],
                    splits=[[0], [0]])
    normalize = Normalize.from_stats(preprocessing.mean, preprocessing.std, cuda=False)
    loaders = [TfmdDL(part, bs=16, num_workers=0,
                      after_item=[Resize(preprocessing.size, ResizeMethod.Squish), ToTensor()],
                      after_batch=[IntToFloatTensor(), normalize]) for part in (sets.train, sets.valid)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        learner = Learner(DataLoaders(*loaders, device=torch.device("cpu")), model.cpu().eval(),
                          loss_func=CrossEntropyLossFlat(), opt_func=partial(Adam), path=folder)
        learner.export("export.pkl")
        with atomic_path(path) as temporary:
            shutil.copyfile(Path(folder) / "export.pkl", temporary)


def export_onnx(model: nn.Module, preprocessing: Preprocessing, path: Path) -> None:
    """Write the network as ONNX: ``image`` float32 (n, 3, h, w) → ``logits`` float32 (n, classes), n free."""
    model = model.cpu().eval().to(memory_format=torch.contiguous_format)
    with atomic_path(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that traces is called old; the new one refuses fastai's layers
        torch.onnx.export(model, (torch.zeros(2, 3, *preprocessing.size),), str(temporary), opset_version=OPSET,
                          dynamo=False, input_names=["image"], output_names=["logits"],
                          dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}})
        onnx.checker.check_model(onnx.load(temporary))


def check_parity(model: nn.Module, onnx_path: Path, preprocessing: Preprocessing, paths: Sequence[Path]) -> float:
    """Return the largest difference of a logit between network and ONNX file over some pictures.

    Raises:
        ModelError: it is more than rounding.
    """
    ours = predict(model, preprocessing, paths, "check network")
    theirs = predict_onnx(onnx_path, preprocessing, paths, "check onnx")
    difference = float(np.abs(ours - theirs).max())
    if not difference < CLOSE:
        raise ModelError(f"{onnx_path}: its logits differ from the network's by up to {difference:.2g}; this "
                         "architecture is not exported faithfully, choose another pretrain.architecture")
    return difference


def make_labels(classes: Sequence[str], names: Mapping[str, str], architecture: str, preprocessing: Preprocessing,
                temperature: float, reject: Reject, model: Path, sandbox: bool) -> dict[str, Any]:
    """Return labels.json: how to feed the model, and what its outputs mean."""
    return {
        "version": 1, "classes": list(classes), "names": {c: names.get(c, c) for c in classes},
        "architecture": architecture, "input": "image", "output": "logits",
        "preprocessing": {"size": list(preprocessing.size), "resize": "squish", "interpolation": "bilinear",
                          "mean": list(preprocessing.mean), "std": list(preprocessing.std)},
        "temperature": round(temperature, 6),
        "reject": {"score": reject.score, "threshold": round(reject.threshold, 6)},
        "model_sha256": sha256_of(model), "sandbox": sandbox,
    }


def write_labels(labels: Mapping[str, Any], path: Path) -> None:
    """Write labels.json."""
    write_text(path, json.dumps(labels, ensure_ascii=False, indent=1) + "\n")
