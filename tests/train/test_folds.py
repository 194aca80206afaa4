"""Out-of-fold predictions: nothing judges a picture that learnt from it or from a near-duplicate."""

from dataclasses import replace

import numpy as np
import torch
from click.testing import CliRunner

import tables
from curate.predictions import read_predictions
from tests.train.training import PARAMS, make_body
from train import folds as module
from train.architectures import add_classifier
from train.folds import cross_predict
from train.params import Phase
from whatbenz import main


def test_no_group_of_near_duplicates_is_on_both_sides_of_a_fold(trained, tmp_path, monkeypatch):
    manifest = tables.read(tables.MANIFEST, trained.manifest)
    manifest["split_group_id"] = [f"group {n // 3}" for n in range(len(manifest))]
    group_of = dict(zip(manifest["file"].map(lambda f: f.rpartition("/")[2]), manifest["split_group_id"], strict=True))
    seen = []

    def judge(body, material, steps, params, checkpoints, note, choose_best):
        seen.append(material)
        assert not choose_best
        return add_classifier(body, len(material.classes), 0.0).eval(), []

    monkeypatch.setattr(module, "finetune", judge)
    found = cross_predict(make_body, manifest, trained.dataset, PARAMS, 3, tmp_path, print)
    assert len(seen) == 3 and len(found) == len(manifest)
    for material in seen:
        learnt, judged = ({group_of[path.name] for path, _ in side} for side in (material.train, material.valid))
        assert judged and not learnt & judged
    judged = [path.name for material in seen for path, _ in material.valid]
    assert len(judged) == len(set(judged)) == len(manifest)


def test_the_last_epoch_judges_and_not_the_one_that_the_judged_pictures_would_choose(trained, tmp_path):
    manifest = tables.read(tables.MANIFEST, trained.manifest)
    params = replace(PARAMS, head_epochs=1, phases=(Phase(4, 32, 64),), rate=3.0, patience=1)
    found = cross_predict(make_body, manifest, trained.dataset, params, 2, tmp_path, lambda row: None)
    states = [torch.load(tmp_path / str(fold) / "last.pth", weights_only=True) for fold in range(2)]
    assert [state["epoch"] for state in states] == [4, 4]
    assert np.isfinite(found["label_quality"]).all()


def test_the_command_writes_a_row_for_each_picture_that_flag_reads(trained):
    short = "train.phases=[{epochs: 1, height: 32, width: 64}]"
    result = CliRunner().invoke(main, ["-C", str(trained.root), "-S", short, "cross-predict", "--folds", "2"])
    assert result.exit_code == 0, result.output
    assert "fold 2, all layers, epoch 1" in result.output and "33 pictures in 2 folds" in result.output
    predictions = read_predictions(trained.predictions)
    manifest = tables.read(tables.MANIFEST, trained.manifest)
    assert set(predictions["sha256"]) == set(manifest["sha256"])
    assert (predictions["suggested_probability"] >= predictions["label_quality"] - 1e-9).all()
