"""The two steps: what moves in each, and a training that is killed ends as an undisturbed one."""

import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch

from tests.train.training import PARAMS, list_items, make_body, run
from tests.train.workspace import CLASSES, ROOT, write_workspace
from train.architectures import add_classifier, load_imagenet, split_layers
from train.architectures import make_body as make_known_body
from train.batches import make_loaders
from train.checkpoints import Checkpoints, fingerprint
from train.finetune import finetune, plan
from train.params import Phase


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_workspace(tmp_path_factory.mktemp("drawn"), off_topic=0).dataset


@pytest.fixture(scope="module")
def undisturbed(dataset, tmp_path_factory):
    return run(tmp_path_factory.mktemp("undisturbed"), dataset)


def moved(before, after):
    """Return the names of the tensors that differ in any bit."""
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_step_one_moves_the_head_and_no_bit_of_the_body(dataset, tmp_path):
    before = make_body().module.state_dict()
    checkpoints = Checkpoints(tmp_path, fingerprint(PARAMS, {}, 0))
    finetune(make_body(), list_items(dataset), plan(PARAMS)[:1], PARAMS, checkpoints, lambda row: None)
    tensors = torch.load(tmp_path / "last.pth", weights_only=True)["model"]
    after, head = ({name[2:]: value for name, value in tensors.items() if name.startswith(part)}
                   for part in ("0.", "1."))
    assert moved(before, after) == set()
    first = {name[2:]: value for name, value in add_head_of(PARAMS).items() if name.startswith("1.")}
    assert moved(first, head) == set(head) == {"3.weight", "3.bias"}


def add_head_of(params):
    """Return the tensors of the network with the head that ``params.seed`` draws."""
    body = make_body()
    torch.manual_seed(params.seed)
    return add_classifier(body, len(CLASSES), params.dropout).state_dict()


def test_step_two_moves_every_tensor(undisturbed):
    before = make_body().module.state_dict()
    model, _ = undisturbed
    assert moved(before, model[0].state_dict()) == set(before)


def test_a_training_that_is_killed_in_step_two_ends_as_an_undisturbed_one(undisturbed, dataset, tmp_path):
    command = [sys.executable, "-W", "ignore", "-m", "tests.train.training", str(tmp_path), str(dataset)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=250)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    kept = torch.load(tmp_path / "last.pth", weights_only=True)
    assert (kept["step"], kept["epoch"]) == ("all", 2)
    model, history = run(tmp_path, dataset)
    whole, whole_history = undisturbed
    assert [without_time(row) for row in history] == [without_time(row) for row in whole_history]
    assert moved(whole.state_dict(), model.state_dict()) == set()


def without_time(row):
    return {key: value for key, value in row.items() if key != "seconds"}


def test_a_finished_training_is_not_trained_again(dataset, tmp_path):
    params = replace(PARAMS, head_epochs=1, phases=(Phase(1, 32, 64),))
    first, _ = run(tmp_path, dataset, params)
    written = (tmp_path / "last.pth").stat().st_mtime_ns
    again, _ = run(tmp_path, dataset, params)
    assert (tmp_path / "last.pth").stat().st_mtime_ns == written
    assert moved(first.state_dict(), again.state_dict()) == set()


def test_other_parameters_begin_anew(dataset, tmp_path):
    params = replace(PARAMS, head_epochs=1, phases=(Phase(1, 32, 64),))
    run(tmp_path, dataset, params)
    _, history = run(tmp_path, dataset, replace(params, dropout=0.5))
    assert len(history) == 2


def test_step_two_ends_when_nothing_improves_and_the_best_weights_are_kept(dataset, tmp_path):
    params = replace(PARAMS, head_epochs=1, phases=(Phase(12, 32, 64),), rate=3.0, patience=2)
    model, history = run(tmp_path, dataset, params)
    losses = [row["valid_loss"] for row in history if row["step"] == "all"]
    best = losses.index(min(losses))
    assert len(losses) == best + 3 < 12
    kept = torch.load(tmp_path / "best.pth", weights_only=True)
    assert moved(kept, model.state_dict()) == set()


def test_no_picture_is_turned_upside_down_and_validation_sees_it_whole(dataset):
    material = list_items(dataset)
    body = make_body()
    loaders = make_loaders(material.train, material.valid, material.classes, body, (32, 64), (64, 96), 8)
    names = [type(t).__name__ for dl in (loaders.train, loaders.valid) for t in (*dl.after_item, *dl.after_batch)]
    assert "Normalize" in names and not {"Dihedral", "DihedralItem"} & set(names)
    assert [type(t).__name__ for t in loaders.valid.after_item] == ["Resize", "ToTensor"]
    assert loaders.train.one_batch()[0].shape[1:] == (3, 32, 64)
    pixels = loaders.valid.one_batch()[0]
    assert pixels.shape[1:] == (3, 64, 96) and pixels.min() >= -2.001 and pixels.max() <= 2.001


@pytest.mark.parametrize("name", ["efficientnet-lite0", "resnet34", "mobilenetv3_small_100"])
def test_the_layer_groups_hold_each_parameter_once(name):
    model = add_classifier(make_known_body(name), 3, 0.1)
    groups = split_layers(model)
    assert len(groups) == 3 and all(groups)
    ids = [id(p) for group in groups for p in group]
    assert len(ids) == len(set(ids)) == len(list(model.parameters()))
    assert {id(p) for p in groups[2]} == {id(p) for p in model[1].parameters()}


def test_lite0_with_the_packages_weights_gives_the_features_that_embed_computes():
    """curate's ONNX file was converted from the package's own network."""
    body = make_known_body("efficientnet-lite0")
    load_imagenet(body)
    rng = np.random.default_rng(0)
    pixels = rng.normal(0, 0.5, (2, 3, 224, 224)).astype(np.float32).cumsum(axis=3).clip(-1, 1)
    session = onnxruntime.InferenceSession(str(ROOT / "curate" / "models" / "efficientnet-lite0.onnx"))
    theirs = session.run(["features"], {"pixels": pixels})[0]
    with torch.no_grad():
        ours = body.module.eval()(torch.from_numpy(pixels)).mean(dim=(2, 3)).numpy()
    assert np.abs(ours - theirs).max() < 0.02 * np.abs(theirs).max()  # its weights are rounded to 16 bits
