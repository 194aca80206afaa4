import numpy as np
import pytest

from curate.content import KINDS, Head, describe, load_head
from curate.embed import BUILT_IN, load_model
from pipeline.errors import ModelError

LABELS = ("sports car", "teddy")


def make_head(model="m"):
    """Return a head that reads the kind from the place of the largest feature."""
    weights = np.zeros((8, 6), np.float32)
    weights[range(6), range(6)] = 20
    return Head(model, weights, np.zeros(6, np.float32), np.zeros(2, np.float32), np.ones(2, np.float32))


def describe_kinds(*kinds, checksum="m"):
    features = np.eye(6, dtype=np.float16)[[KINDS.index(kind) for kind in kinds]]
    evidence = np.tile(np.float16([0.2, 0.8, 0, 0]), (len(kinds), 1))
    return describe([f"{n:064x}" for n in range(len(kinds))], features, evidence, LABELS, checksum, make_head())


@pytest.mark.parametrize(("kind", "column"), [("car", "car"), ("detail", "detail"), ("toy", "toy"),
                                              ("drawing", "drawing"), ("many", "many")])
def test_each_kind_is_sure_in_its_own_column(kind, column):
    row = describe_kinds(kind).iloc[0]
    assert row[column] > 0.99
    assert all(row[other] < 0.01 for other in ("car", "detail", "toy", "drawing", "many") if other != column)


@pytest.mark.parametrize("kind", ["toy", "drawing"])
def test_toys_and_drawings_are_no_photographs(kind):
    assert describe_kinds(kind)["photo"][0] < 0.01
    assert describe_kinds("detail")["photo"][0] > 0.99


def test_the_likeliest_general_class_is_named():
    assert describe_kinds("car")["top_label"][0] == "teddy"


def test_nothing_is_said_of_the_features_of_another_model():
    row = describe_kinds("car", checksum="another").iloc[0]
    assert np.isnan(row["car"]) and row["top_label"] == "teddy"


def test_no_pictures_give_an_empty_table():
    frame = describe([], np.zeros((0, 6), np.float16), np.zeros((0, 4), np.float16), LABELS, "m", make_head())
    assert frame.empty


def test_the_head_that_comes_along_is_for_the_model_that_comes_along():
    head, model = load_head(), load_model("efficientnet-lite0", threads=1)
    assert head.model == model.checksum
    pixels = np.zeros((224, 224, 3), np.uint8)
    features, evidence = model.run(model.prepare(pixels)[None])
    shares = head.judge(features / np.linalg.norm(features), evidence[:, len(model.labels):])
    assert shares.shape == (1, len(KINDS)) and shares.sum() == pytest.approx(1, abs=1e-5)
    assert shares[0, KINDS.index("car")] < 0.5  # a black rectangle is no car


def test_a_damaged_head_is_refused(tmp_path):
    (tmp_path / "head.npz").write_bytes(BUILT_IN["efficientnet-lite0"].read_bytes()[:100])
    with pytest.raises(ModelError, match="head.npz"):
        load_head(tmp_path / "head.npz")


def test_a_head_of_other_kinds_is_refused(tmp_path):
    np.savez(tmp_path / "head.npz", kinds=np.array(["cat", "dog"]), model=np.array("m"))
    with pytest.raises(ModelError, match="cat"):
        load_head(tmp_path / "head.npz")
