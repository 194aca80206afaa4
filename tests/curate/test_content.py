from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

import tables
from curate.content import KINDS, PATH, QUALITY, Head, Scale, describe, load_head, read_quality
from curate.embed import BUILT_IN, load_model
from curate.inspect import thumbnail_path
from pipeline.errors import ModelError
from pipeline.layout import Layout
from tests.curate.rows import make_images
from whatbenz import main

LABELS = ("sports car", "teddy")


def make_head(model="m"):
    """Return a head that reads the kind from the place of the largest feature."""
    weights = np.zeros((8 + len(QUALITY), 6), np.float32)
    weights[range(6), range(6)] = 20
    return Head(model, weights, np.zeros(6, np.float32), make_scale(2), make_scale(len(QUALITY)))


def make_scale(statistics):
    return Scale(np.zeros(statistics, np.float32), np.ones(statistics, np.float32))


def make_scores(count, **scores):
    """Return rows of images of usual quality, except for ``scores``."""
    usual = {"brightness": 0.5, "contrast": 0.2, "sharpness": 0.7, "entropy": 7.0, "colourfulness": 40.0,
             "aspect": 4 / 3, "border": 0.0}
    return make_images(*(f"{n:02x}" for n in range(count))).assign(**usual | scores)


def describe_kinds(*kinds, checksum="m"):
    features = np.eye(6, dtype=np.float16)[[KINDS.index(kind) for kind in kinds]]
    evidence = np.tile(np.float16([0.2, 0.8, 0, 0]), (len(kinds), 1))
    return describe(make_scores(len(kinds)), features, evidence, LABELS, checksum, make_head())


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
    frame = describe(make_scores(0), np.zeros((0, 6), np.float16), np.zeros((0, 4), np.float16), LABELS, "m",
                     make_head())
    assert frame.empty


def test_the_head_that_comes_along_is_for_the_model_that_comes_along():
    head, model = load_head(), load_model("efficientnet-lite0", threads=1)
    assert head.model == model.checksum
    pixels = np.zeros((224, 224, 3), np.uint8)
    features, evidence = model.run(model.prepare(pixels)[None])
    black = make_scores(1, brightness=0.0, contrast=0.0, sharpness=0.0, entropy=0.0, colourfulness=0.0)
    shares = head.judge(features / np.linalg.norm(features), evidence[:, len(model.labels):], read_quality(black))
    assert shares.shape == (1, len(KINDS)) and shares.sum() == pytest.approx(1, abs=1e-5)
    assert shares[0, KINDS.index("car")] < 0.5  # a black rectangle is no car


def test_the_head_that_comes_along_reads_quality_where_the_features_say_nothing():
    head = load_head()
    features, texture = np.zeros((2, 1280), np.float32), np.tile(head.texture.mean, (2, 1))
    scores = make_scores(2, sharpness=[0.7, 0.7], border=[0.0, 0.0], aspect=[1.4, 0.6])
    wide, tall = head.judge(features, texture, read_quality(scores))[:, KINDS.index("car")]
    assert wide > tall + 0.05  # a car from outside is rarely in a tall picture


def test_each_quality_score_counts_in_its_own_place():
    head = make_head()
    head.weights[8 + QUALITY.index("border"), KINDS.index("drawing")] = 100
    features = np.full((2, 6), 0.4, np.float16)
    frame = describe(make_scores(2, border=[0.0, 0.5]), features, np.zeros((2, 4), np.float16), LABELS, "m", head)
    assert frame["drawing"].iloc[1] > 0.9 > 0.2 > frame["drawing"].iloc[0]


def test_a_score_that_is_not_known_counts_as_the_mean():
    scale = Scale(np.full(len(QUALITY), 3, np.float32), np.ones(len(QUALITY), np.float32))
    assert (scale.apply(read_quality(make_images("a"))) == 0).all()


def test_a_score_beyond_all_measure_is_clipped():
    assert make_scale(1).apply(np.array([[1e9]])) == [[6]]


def test_embed_judges_each_picture_by_its_own_quality_whatever_the_order_of_the_rows(tmp_path):
    layout = Layout(tmp_path)
    (tmp_path / "classes.csv").write_bytes((Path(__file__).parents[2] / "classes.csv").read_bytes())
    images = make_scores(3, aspect=[0.5, 1.0, 1.5])
    tables.write(tables.IMAGES, images.iloc[::-1], layout.inspected)
    for sha256 in images["sha256"]:  # one and the same thumbnail, so that nothing but quality differs
        path = layout.thumbnails / thumbnail_path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((60, 90, 3), 200, np.uint8))
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "embed"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    content = tables.read(tables.CONTENT, layout.content).set_index("sha256")
    assert content.index.tolist() == sorted(images["sha256"])  # the order of embeddings.npy
    tall, square, wide = content.loc[images["sha256"], "car"]
    assert tall < square < wide


def test_a_damaged_head_is_refused(tmp_path):
    (tmp_path / "head.npz").write_bytes(BUILT_IN["efficientnet-lite0"].read_bytes()[:100])
    with pytest.raises(ModelError, match="head.npz"):
        load_head(tmp_path / "head.npz")


def test_a_head_of_other_kinds_is_refused(tmp_path):
    np.savez(tmp_path / "head.npz", kinds=np.array(["cat", "dog"]), model=np.array("m"))
    with pytest.raises(ModelError, match="cat"):
        load_head(tmp_path / "head.npz")


def test_a_head_for_other_quality_scores_is_refused(tmp_path):
    with np.load(PATH) as arrays:
        np.savez(tmp_path / "head.npz", **{**arrays, "quality": np.array(["width", "height"])})
    with pytest.raises(ModelError, match="width"):
        load_head(tmp_path / "head.npz")
