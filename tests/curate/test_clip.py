import numpy as np
import pytest

from curate.clip import PROMPTS, describe_network, load_clip
from curate.content import KINDS, Head, describe
from curate.embed import load_model
from pipeline.errors import ModelError

NO_HEAD = Head("none", *(np.zeros(1, np.float32),) * 4)


@pytest.fixture(scope="module")
def clip():
    """Return a tiny CLIP network of open_clip with random weights, which needs no download."""
    open_clip = pytest.importorskip("open_clip", reason="the extra clip is not installed")
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    network = open_clip.CLIP(embed_dim=32, vision_cfg={"image_size": 32, "layers": 1, "width": 64, "patch_size": 16},
                             text_cfg={"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 1})
    network.visual.image_mean, network.visual.image_std = (0.5,) * 3, (0.25,) * 3
    return describe_network(network, open_clip.SimpleTokenizer(), ("C-Class Sedan", "SL Roadster"))


def test_there_is_a_prompt_for_every_kind_of_picture():
    assert tuple(PROMPTS) == KINDS


def test_features_have_unit_length_and_both_sets_of_probabilities_sum_to_one(clip):
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    features, evidence = clip.run(np.stack([clip.prepare(pixels)] * 3))
    assert features.shape == (3, clip.size) and evidence.shape == (3, len(KINDS) + 2)
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(evidence[:, :len(KINDS)].sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(evidence[:, len(KINDS):].sum(axis=1), 1, atol=1e-5)


def test_the_checksum_changes_with_the_weights(clip):
    import torch

    before = clip.checksum
    with torch.no_grad():
        clip.network.ln_final.bias += 1
    import open_clip

    assert describe_network(clip.network, open_clip.SimpleTokenizer(), ("C-Class Sedan",)).checksum != before


def test_a_model_that_open_clip_does_not_know_is_refused():
    pytest.importorskip("open_clip", reason="the extra clip is not installed")
    with pytest.raises(ModelError, match="no model ViT-X-1"):
        load_clip("open_clip:ViT-X-1")


def test_without_the_extra_the_message_says_what_to_install():
    try:
        import open_clip  # noqa: F401
    except ImportError:
        with pytest.raises(ModelError, match=r"whatbenz\[clip\]"):
            load_model("open_clip:ViT-B-32")
    else:
        pytest.skip("the extra clip is installed")


def test_zero_shot_probabilities_become_the_content():
    evidence = np.float16([[0.9, 0.02, 0.02, 0.02, 0.02, 0.02, 0.3, 0.7], [0.1, 0.7, 0.05, 0.05, 0.05, 0.05, 0.6, 0.4]])
    frame = describe(["a" * 64, "b" * 64], np.zeros((2, 4), np.float16), evidence, (*KINDS, "C-Class", "SL"), "clip",
                     NO_HEAD)
    assert frame["top_label"].tolist() == ["SL", "detail"]
    assert frame["car"].round(1).tolist() == [0.9, 0.1]
    assert frame["photo"].round(1).tolist() == [1.0, 0.9]
