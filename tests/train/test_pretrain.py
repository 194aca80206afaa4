"""Architectures by name, first weights, and Stanford Cars in small."""

import json
from dataclasses import replace
from urllib.error import URLError

import pytest
import torch
import torchvision
from safetensors.torch import load_file, save_file

from pipeline.errors import ModelError, ParamError
from tests.train.test_stanford_cars import paint
from train.architectures import load_file_into, load_imagenet, make_body
from train.params import PretrainParams
from train.pretrain import begin, choose_architecture, learn_cars, read_body, write_body

PARAMS = PretrainParams(architecture="efficientnet-lite0", size=(32, 64), head_epochs=1, epochs=1, batch=4)


@pytest.mark.parametrize(("name", "sources", "expected"), [
    ("auto", ("commons", "openverse"), "resnet34"), ("auto", ("folder",), "resnet34"),
    ("auto", ("sandbox",), "efficientnet-lite0"), ("auto", ("sandbox", "commons"), "resnet34"),
    ("mobilenetv3_small_100", ("sandbox",), "mobilenetv3_small_100"),
])
def test_auto_is_resnet34_but_where_everything_must_run_without_network(name, sources, expected):
    assert choose_architecture(name, sources) == expected


def test_an_unknown_architecture_names_where_the_names_are():
    with pytest.raises(ParamError, match=r"'resnet35' is not known.*timm.list_models"):
        make_body("resnet35")


def test_torchvisions_own_weights_fit_the_body(tmp_path):
    whole = torchvision.models.resnet34(weights=None).eval()
    torch.save(whole.state_dict(), tmp_path / "resnet34.pth")
    body = make_body("resnet34")
    assert body.features == 512
    assert load_file_into(body, tmp_path / "resnet34.pth") == str(tmp_path / "resnet34.pth")
    picture = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        pooled = body.module.eval()(picture).mean(dim=(2, 3))
        assert torch.allclose(whole.fc(pooled), whole(picture), atol=1e-5)


def test_weights_of_another_architecture_are_refused(tmp_path):
    save_file({"a": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match=r"other.safetensors: no weights of efficientnet-lite0"):
        load_file_into(make_body("efficientnet-lite0"), tmp_path / "other.safetensors")


@pytest.mark.parametrize("name", ["torn.pth", "torn.safetensors", "gone.pth", "gone.safetensors"])
def test_a_file_that_holds_no_weights_is_named(tmp_path, name):
    (tmp_path / "torn.pth").write_bytes(b"torn")
    (tmp_path / "torn.safetensors").write_bytes(b"torn")
    with pytest.raises(ModelError, match=name):
        load_file_into(make_body("efficientnet-lite0"), tmp_path / name)


def test_without_network_resnet34_says_what_else_there_is(monkeypatch):
    def refuse(*arguments, **options):
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    with pytest.raises(ModelError, match=r"cannot be fetched .*pretrain.weights.*efficientnet-lite0.*none"):
        load_imagenet(make_body("resnet34"))


def test_random_weights_follow_from_the_seed():
    first, source = begin("efficientnet-lite0", "none", 5)
    again, _ = begin("efficientnet-lite0", "none", 5)
    other, _ = begin("efficientnet-lite0", "none", 6)
    weights = [body.module[0][1].weight for body in (first, again, other)]
    assert source == "random, seed 5"
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_a_body_is_read_as_it_was_written_and_a_damaged_file_is_refused(tmp_path):
    body, source = begin("efficientnet-lite0", "none", 5)
    write_body(tmp_path, body, source, None)
    again, facts = read_body(tmp_path)
    assert facts["weights"] == source and facts["stanford_cars"] is None
    assert all(torch.equal(a, b) for a, b in zip(body.module.state_dict().values(), again.module.state_dict().values(),
                                                 strict=True))
    tensors = load_file(tmp_path / "weights.safetensors")
    save_file({name: value + 1 for name, value in tensors.items()}, tmp_path / "weights.safetensors")
    with pytest.raises(ModelError, match="run whatbenz pretrain again"):
        read_body(tmp_path)


def test_the_body_learns_from_stanford_cars_and_goes_on_without_learning_twice(tmp_path):
    for side, count in (("train", 4), ("test", 2)):
        for n in range(count):
            paint(tmp_path / "cars" / side / "low" / f"{n}.jpg", (20, 150 - n, 280, 190), (300, 200))
            paint(tmp_path / "cars" / side / "high" / f"{n}.jpg", (60, 20 + n, 120, 190), (300, 200))
    rows = []
    body, _ = begin("efficientnet-lite0", "none", 5)
    before = body.module[0][1].weight.clone()
    found = learn_cars(body, tmp_path / "cars", tmp_path / "work", PARAMS, rows.append)
    assert (found["classes"], found["train"], found["test"], found["epochs"]) == (2, 8, 4, 2)
    assert json.dumps(found) and not torch.equal(before, body.module[0][1].weight)
    body, _ = begin("efficientnet-lite0", "none", 5)
    learn_cars(body, tmp_path / "cars", tmp_path / "work", PARAMS, rows.append)
    assert [row.get("resumed", False) for row in rows] == [False, False, True, True]
    body, _ = begin("efficientnet-lite0", "none", 5)
    learn_cars(body, tmp_path / "cars", tmp_path / "work", replace(PARAMS, epochs=2), rows.append)
    assert len(rows) == 4 + 3
