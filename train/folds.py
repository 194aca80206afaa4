"""Out-of-fold predictions: what a network that was fine-tuned without a picture thinks of the picture's label."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from curate.label_quality import assign_folds
from curate.predictions import COLUMNS
from train.architectures import Body
from train.calibration import fit_temperature
from train.checkpoints import Checkpoints, fingerprint
from train.finetune import Material, Note, finetune, plan
from train.inference import Preprocessing, predict
from train.measures import softmax
from train.params import TrainParams


def cross_predict(make_body: Callable[[], Body], manifest: pd.DataFrame, dataset: Path, params: TrainParams, folds: int,
                  work: Path, note: Note) -> pd.DataFrame:
    """Return a row for each picture of the data set: the probability of its label and the likeliest class.

    The data set is cut into folds, a group of near-duplicates in one; for each fold the network is fine-tuned on all
    others as ``whatbenz train`` does it, and its last epoch judges the fold: no picture has a say in what judges it.

    Args:
        make_body: returns the pretrained body, anew for each fold.
        manifest: ``tables.MANIFEST``; both sides count.
        dataset: folder of its files.
        params: the section ``train``.
        folds: how many.
        work: folder of checkpoints; a run that was killed goes on.
        note: called with each epoch's row, and the fold from 1.

    Returns:
        The columns of :data:`curate.predictions.COLUMNS`, in the order of ``manifest``.
    """
    items = [(dataset / row.file, row.class_id) for row in manifest.itertuples()]
    classes = sorted(manifest["class_id"].unique())
    labels = np.array([classes.index(class_id) for _, class_id in items], np.int64)
    fold_of = assign_folds(labels, manifest["split_group_id"].to_numpy(), folds)
    logits = np.zeros((len(items), len(classes)), np.float32)
    for fold in range(folds):
        body, here = make_body(), np.flatnonzero(fold_of == fold)
        material = Material([items[n] for n in np.flatnonzero(fold_of != fold)], [items[n] for n in here], classes)
        key = fingerprint((params, folds, fold), body.module.state_dict(), [(p.name, c) for p, c in items])
        model, _ = finetune(body, material, plan(params), params, Checkpoints(work / str(fold), key),
                            partial(_note_fold, note, fold + 1), choose_best=False)
        preprocessing = Preprocessing(params.input_size, body.mean, body.std)
        logits[here] = predict(model, preprocessing, [items[n][0] for n in here], f"fold {fold + 1}")
    probabilities = softmax(logits, fit_temperature(logits, labels))
    rows = np.arange(len(items))
    return pd.DataFrame(dict(zip(COLUMNS, (
        manifest["sha256"].to_numpy(), manifest["class_id"].to_numpy(), probabilities[rows, labels],
        np.asarray(classes, object)[probabilities.argmax(axis=1)], probabilities.max(axis=1)), strict=True)))


def _note_fold(note: Note, fold: int, row: dict[str, Any]) -> None:
    note({**row, "fold": fold})
