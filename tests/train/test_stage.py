"""pretrain and train as commands, on a small drawn data set."""

import json
import pickletools
import zipfile

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from fastai.learner import load_learner
from fastai.vision.core import PILImage

import tables
from pipeline.files import sha256_of
from serve.labels import read_labels
from tests.train.workspace import CLASSES, ROOT, write_workspace
from train.inference import Preprocessing, predict_onnx
from train.measures import softmax
from train.pictures import list_material, list_off_topic
from whatbenz import main


def valid_files(layout):
    return sorted((layout.dataset / "valid").glob("*/*.jpg"))


def test_without_stanford_cars_pretrain_says_so_in_one_line_and_passes_the_weights_on(trained):
    lines = (trained.root / "pretrain.log").read_text().splitlines()
    assert len(lines) == 1 and "pretrain.stanford_cars names no folder" in lines[0]
    facts = json.loads((trained.pretrained / "pretrained.json").read_text())
    assert facts["architecture"] == "efficientnet-lite0" and facts["weights"].startswith("ImageNet")


def test_the_log_has_a_line_for_each_epoch_of_both_steps(trained):
    log = (trained.root / "train.log").read_text()
    assert [part in log for part in ("the head, epoch 1, 32 × 64 px", "all layers, epoch 1, 32 × 64 px",
                                     "all layers, epoch 2, 64 × 96 px")] == [True] * 3


def test_the_service_reads_the_labels(trained):
    labels = read_labels(trained.model_labels)
    assert labels.classes == CLASSES and labels.name("g-suv") == "G-Class"
    assert labels.size == (64, 96) and labels.sandbox
    assert labels.model_sha256 == sha256_of(trained.model)


def test_the_card_says_how_a_picture_is_fed_and_below_what_it_is_no_car(trained):
    card = " ".join(trained.model_card.read_text(encoding="utf-8").split())
    threshold = json.loads(trained.model_labels.read_text())["reject"]["threshold"]
    assert "squeezed to 96 × 64 px" in card
    assert any(f"{score} is below {threshold:.4f} is \"not one of these cars\"" in card
               for score in ("largest probability", "log-sum-exp of the logits"))


def list_modules(path):
    """Return the modules whose classes a torch pickle names."""
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith("data.pkl"))
        words, found = [], set()
        for op, argument, _ in pickletools.genops(archive.read(name)):
            if op.name == "GLOBAL":
                found.add(argument.split(" ")[0])
            elif op.name == "STACK_GLOBAL":
                found.add(words[-2])
            elif isinstance(argument, str):
                words.append(argument)
    return found


def test_the_learner_holds_nothing_of_ours(trained):
    own = {"train", "curate", "pipeline", "scrape", "tables", "whatbenz", "tests", "__main__"}
    modules = list_modules(trained.learner)
    assert "fastai.learner" in modules and not {m.split(".")[0] for m in modules} & own


def test_learner_and_onnx_file_give_the_same_probabilities(trained):
    learner = load_learner(trained.learner)
    assert tuple(learner.dls.vocab) == CLASSES
    labels = read_labels(trained.model_labels)
    files = valid_files(trained)
    ours = softmax(predict_onnx(trained.model, Preprocessing(labels.size, labels.mean, labels.std), files))
    with learner.no_bar():
        theirs = [learner.predict(PILImage.create(file))[2].numpy() for file in files]
        by_path = learner.predict(files[0])[2].numpy()
    assert np.abs(ours - np.stack(theirs)).max() < 1e-5
    assert np.array_equal(by_path, theirs[0])


def test_metrics_and_plots_are_about_all_validation_pictures(trained):
    metrics = json.loads((trained.training / "metrics.json").read_text())
    assert metrics["valid_pictures"] == len(valid_files(trained)) and metrics["classes"] == len(CLASSES)
    assert 0 <= metrics["top1"] <= metrics["top3"] == 1.0
    confusion = json.loads((trained.training / "plots" / "confusion.json").read_text())
    assert np.mean([row["actual"] == row["predicted"] for row in confusion]) == pytest.approx(metrics["top1"], abs=1e-4)
    assert metrics["reject_off_topic"] == 3


def test_dvc_declares_every_file_that_a_training_leaves(trained):
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    named = {p for entry in [*stages["train"]["outs"], *stages["train"]["metrics"], *stages["pretrain"]["outs"]]
             for p in (entry if isinstance(entry, dict) else [entry])}
    left = {p.relative_to(trained.root) for folder in ("models", "reports") for p in (trained.root / folder).rglob("*")
            if p.is_file() and trained.train_checkpoints.parent not in p.parents}  # those are nobody's input
    assert [str(p) for p in sorted(left) if not named & {str(p), *map(str, p.parents)}] == []


def test_a_picture_that_is_flagged_as_off_topic_is_not_learnt_from(trained):
    layout = trained
    flagged = tables.read(tables.MANIFEST, layout.manifest).iloc[0]
    flags = tables.make(tables.FLAGS, [{"sha256": flagged["sha256"], "class_id": flagged["class_id"], "flag": "detail",
                                        "score": 0.9, "threshold": 0.5, "action": "review", "detail": "a wheel"}])
    out = list_off_topic(flags, tables.make(tables.DROPPED), ("detail",))
    material = list_material(tables.read(tables.MANIFEST, layout.manifest), layout.dataset, out)
    names = [path.name for path, _ in (*material.train, *material.valid)]
    assert f"{flagged['sha256']}.jpg" not in names and len(names) == 3 * 11 - 1


def test_train_without_pretrain_names_the_stage_to_run(tmp_path):
    layout = write_workspace(tmp_path, train=2, valid=1, off_topic=0)
    result = CliRunner().invoke(main, ["-C", str(layout.root), "train"])
    assert result.exit_code == 1 and "run whatbenz pretrain" in result.output
