"""A small CLIP network with random weights, saved to a file, stands for one that open_clip would fetch."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import open_clip
import pytest
import torch
from click.testing import CliRunner

import tables
from curate.clip import PROMPTS, load_clip
from curate.content import KINDS, Head, Scale, describe
from curate.embed import load_model
from pipeline.errors import ModelError
from pipeline.layout import Layout
from tests.curate.rows import make_images, sha
from whatbenz import main

ROOT = Path(__file__).parents[2]
NOTHING = np.zeros(1, np.float32)
NO_HEAD = Head("none", NOTHING, NOTHING, *(Scale(NOTHING, NOTHING),) * 2)
SMALL = {"embed_dim": 32, "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16},
         "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 1}}
CLASSES = ("C-Class Sedan", "SL Roadster")


@pytest.fixture(scope="module")
def name(tmp_path_factory):
    """Return the name of a small architecture, known to open_clip, with its weights in a file."""
    folder = tmp_path_factory.mktemp("clip")
    (folder / "small-clip.json").write_text(json.dumps(SMALL))
    open_clip.add_model_config(folder)
    torch.manual_seed(0)
    torch.save(open_clip.create_model("small-clip").state_dict(), folder / "weights.pt")
    return f"open_clip:small-clip:{folder / 'weights.pt'}"


@pytest.fixture(scope="module")
def clip(name):
    return load_model(name, classes=CLASSES)


def test_there_is_a_prompt_for_every_kind_of_picture():
    assert tuple(PROMPTS) == KINDS


def test_features_have_unit_length_and_both_sets_of_probabilities_sum_to_one(clip):
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    features, evidence = clip.run(np.stack([clip.prepare(pixels)] * 3))
    assert features.shape == (3, clip.size) and evidence.shape == (3, len(KINDS) + 2)
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(evidence[:, :len(KINDS)].sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(evidence[:, len(KINDS):].sum(axis=1), 1, atol=1e-5)


def test_an_input_is_what_open_clips_own_transform_gives(clip):
    from PIL import Image

    pixels = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8), (0, 0), 4)
    theirs = open_clip.image_transform(32, is_train=False, mean=clip.mean, std=clip.std)(Image.fromarray(pixels))
    assert np.abs(clip.prepare(pixels) - theirs.numpy()).mean() < 0.02


def test_a_probability_is_that_of_open_clips_own_cosines(clip):
    inputs = np.random.default_rng(1).normal(size=(1, 3, 32, 32)).astype(np.float32)
    with torch.inference_mode():
        image = clip.network.encode_image(torch.from_numpy(inputs), normalize=True)
        texts = [clip.network.encode_text(open_clip.tokenize(list(prompts)), normalize=True).mean(dim=0)
                 for prompts in PROMPTS.values()]
        cosines = image @ torch.nn.functional.normalize(torch.stack(texts), dim=1).T
        expected = (cosines * clip.network.logit_scale.exp()).softmax(dim=1)
    np.testing.assert_allclose(clip.run(inputs)[1][:, :len(KINDS)], expected.numpy(), atol=1e-5)


def test_the_checksum_changes_with_the_weights_and_with_the_classes(clip, name, tmp_path):
    state = torch.load(name.split(":")[2], weights_only=True)
    torch.save({**state, "ln_final.bias": state["ln_final.bias"] + 1}, tmp_path / "other.pt")
    other = load_clip(f"open_clip:small-clip:{tmp_path / 'other.pt'}", CLASSES)
    assert len({clip.checksum, other.checksum, load_clip(name).checksum}) == 3


@pytest.mark.parametrize(("wrong", "said"), [("open_clip:ViT-X-1", "no model ViT-X-1"),
                                             ("open_clip:small-clip", "no weights"),
                                             ("open_clip:small-clip:nowhere.pt", "nowhere.pt cannot be had")])
def test_what_open_clip_cannot_give_is_refused(name, wrong, said):
    with pytest.raises(ModelError, match=said):
        load_clip(wrong)


def test_weights_that_are_code_are_refused(name, tmp_path):
    torch.save({"visual": print}, tmp_path / "code.pt")
    with pytest.raises(ModelError, match="cannot be had"):
        load_clip(f"open_clip:small-clip:{tmp_path / 'code.pt'}")


def test_without_the_extra_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "open_clip", None)
    with pytest.raises(ModelError, match=r"whatbenz\[clip\]"):
        load_model("open_clip:ViT-B-32")


def test_zero_shot_probabilities_become_the_content():
    evidence = np.float16([[0.9, 0.02, 0.02, 0.02, 0.02, 0.02, 0.3, 0.7], [0.1, 0.7, 0.05, 0.05, 0.05, 0.05, 0.6, 0.4]])
    frame = describe(make_images("a", "b"), np.zeros((2, 4), np.float16), evidence, (*KINDS, "C-Class", "SL"), "clip",
                     NO_HEAD)
    assert frame["top_label"].tolist() == ["SL", "detail"]
    assert frame["car"].round(1).tolist() == [0.9, 0.1]
    assert frame["photo"].round(1).tolist() == [1.0, 0.9]


def test_embed_writes_what_a_clip_model_sees(name, tmp_path):
    layout, names = Layout(tmp_path), ("a", "b", "c")
    few = (ROOT / "classes.csv").read_text(encoding="utf-8").splitlines(keepends=True)[:3]
    (tmp_path / "classes.csv").write_text("".join(few), encoding="utf-8")
    tables.write(tables.IMAGES, make_images(*names), layout.inspected)
    for seed, picture in enumerate(names):
        path = layout.thumbnails / sha(picture)[:2] / f"{sha(picture)}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 255, (64, 96, 3), np.uint8))
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "-S", f"embed.model={name}", "embed"],
                                catch_exceptions=False)
    assert result.exit_code == 0, result.output
    content = tables.read(tables.CONTENT, layout.content)
    assert content["sha256"].tolist() == sorted(map(sha, names))
    assert content[["car", "detail", "toy", "drawing", "many"]].notna().all(axis=None)
    assert set(content["top_label"]) <= {*KINDS, "A-Class Hatchback", "A-Class Sedan"}
    assert np.load(layout.embeddings).shape == (3, 32)
