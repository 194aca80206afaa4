"""The stage train as a whole: fine-tune, calibrate, export, check, explain."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import nn

from pipeline.files import write_text
from pipeline.layout import Layout
from train.architectures import Body
from train.calibration import choose_reject, fit_temperature
from train.card import format_card
from train.checkpoints import Checkpoints, fingerprint
from train.export import check_parity, export_learner, export_onnx, make_labels, write_labels
from train.finetune import Material, Note, finetune, plan
from train.gradcam import explain, overlay
from train.inference import Preprocessing, predict
from train.outcome import Outcome, make_metrics, make_plots, measure
from train.page import Explain, render_page
from train.params import TrainParams
from train.pictures import read_picture

PARITY_PICTURES = 64


@dataclass(frozen=True)
class Trained:
    """A fine-tuned network and what came of it."""

    model: nn.Module
    preprocessing: Preprocessing
    outcome: Outcome
    metrics: dict[str, Any]


def train(body: Body, material: Material, off_topic: Sequence[Path], params: TrainParams, checkpoints: Path,
          note: Note) -> Trained:
    """Fine-tune ``body`` in two steps, choose temperature and threshold, and measure on the validation pictures.

    Args:
        body: with its pretrained weights.
        material: pictures by side, classes in the model's order.
        off_topic: pictures that show no car from outside, to hold the reject threshold against.
        params: the section ``train``.
        checkpoints: folder; a training that was killed goes on.
        note: called with each epoch's row.
    """
    key = fingerprint(params, body.module.state_dict(), _name(material))
    model, history = finetune(body, material, plan(params), params, Checkpoints(checkpoints, key), note)
    preprocessing = Preprocessing(params.input_size, body.mean, body.std)
    paths = [path for path, _ in material.valid]
    labels = np.array([material.classes.index(class_id) for _, class_id in material.valid], np.int64)
    logits = predict(model, preprocessing, paths, "validate")
    temperature = fit_temperature(logits, labels)
    others = predict(model, preprocessing, off_topic, "off-topic")
    reject = choose_reject(logits, others, temperature, params.keep)
    outcome = measure(material.classes, paths, labels, logits, temperature, reject, history)
    return Trained(model, preprocessing, outcome, make_metrics(outcome))


def _name(material: Material) -> list[list[tuple[str, str]]]:
    return [[(path.name, class_id) for path, class_id in side] for side in (material.train, material.valid)]


def write(trained: Trained, material: Material, names: Mapping[str, str], facts: Mapping[str, Any],
          layout: Layout) -> float:
    """Write the models, labels.json, the card, the metrics, the plots and the page; return the parity of pkl and onnx.

    Args:
        trained: as :func:`train` gives it.
        material: what it was trained on.
        names: class_id → name as people say it.
        facts: architecture, weights, sandbox, train_pictures, stanford_cars.
        layout: where everything goes.

    Raises:
        ModelError: the ONNX file does not answer as the network does.
    """
    model, preprocessing, found = trained.model, trained.preprocessing, trained.outcome
    export_learner(model, material.classes, preprocessing, material.valid[0][0], layout.learner)
    export_onnx(model, preprocessing, layout.model)
    difference = check_parity(model, layout.model, preprocessing, found.paths[:PARITY_PICTURES])
    write_labels(make_labels(material.classes, names, facts["architecture"], preprocessing, found.temperature,
                             found.reject, layout.model, facts["sandbox"]), layout.model_labels)
    write_text(layout.model_card, format_card(found, trained.metrics, names, facts, preprocessing))
    write_text(layout.training / "metrics.json", json.dumps(trained.metrics, indent=1) + "\n")
    for name, text in make_plots(found).items():
        write_text(layout.training / "plots" / name, text)
    write_text(layout.training / "training.html",
               render_page(found, trained.metrics, names, facts, _explainer(trained)))
    return difference


def _explainer(trained: Trained) -> Explain:
    def draw(path: Path, class_id: str) -> Image.Image:
        heat = explain(trained.model, trained.preprocessing.read(path), trained.outcome.classes.index(class_id))
        return overlay(read_picture(path), heat)

    return draw
