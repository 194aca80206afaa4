import math
from dataclasses import replace

import numpy as np
import pytest

from pipeline.errors import ModelError
from serve.predictor import Predictor
from tests.serve.bundles import BLUE, CLASSES, GREEN, RED, SIZE, coloured, make_bundle


def changed(bundle, **labels):
    return replace(bundle, labels=replace(bundle.labels, **labels))


def test_probabilities_are_the_softmax_of_the_logits_over_the_temperature(bundle):
    prediction = Predictor(bundle).rank(np.array([4.0, 2.0, 0.0, -2.0], np.float32))
    weights = [math.exp(value / 2) for value in (4, 2, 0, -2)]
    assert [class_id for class_id, _ in prediction.ranked] == list(CLASSES)
    assert [round(p, 9) for _, p in prediction.ranked] == [round(w / sum(weights), 9) for w in weights]
    assert math.isclose(sum(p for _, p in prediction.ranked), 1)


def test_huge_logits_are_no_accident(bundle):
    prediction = Predictor(bundle).rank(np.array([1e4, -1e4, 0, 0], np.float32))
    assert prediction.ranked[0] == (RED, 1.0) and prediction.known


def test_equal_classes_keep_the_models_order(bundle):
    assert [c for c, _ in Predictor(bundle).rank(np.zeros(4, np.float32)).ranked] == list(CLASSES)


@pytest.mark.parametrize(("score", "threshold", "known"), [
    ("probability", 0.6, True), ("probability", 0.7, False), ("energy", 4.1, True), ("energy", 4.2, False)])
def test_below_the_threshold_a_picture_is_none_of_the_classes(bundle, score, threshold, known):
    """The largest probability of these logits is 0.64, their log-sum-exp 4.14."""
    predictor = Predictor(changed(bundle, score=score, threshold=threshold, temperature=2.0))
    assert predictor.rank(np.array([4.0, 2.0, 0.0, -2.0], np.float32)).known is known


def test_a_picture_becomes_the_models_input_by_mean_and_spread(bundle):
    predictor = Predictor(changed(bundle, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)))
    pixels = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    expected = ((pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).transpose(2, 0, 1)[None]
    found = predictor.prepare(pixels)
    assert found.dtype == np.float32 and found.flags.c_contiguous and np.abs(found - expected).max() < 1e-5


def test_flip_averages_a_picture_with_its_mirror_image(bundle):
    predictor = Predictor(bundle, flip=True)
    planes = predictor.prepare(np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8))
    assert planes.shape == (2, 3, *SIZE) and np.array_equal(planes[1], planes[0][:, :, ::-1])
    assert predictor.predict(coloured(BLUE)).ranked[0][0] == BLUE


def test_a_model_of_another_shape_than_the_labels_is_refused(bundle, tmp_path):
    with pytest.raises(ModelError, match="4.* outputs, the labels name 3"):
        Predictor(changed(bundle, classes=CLASSES[:3]))
    with pytest.raises(ModelError, match="cannot run it"):
        Predictor(changed(bundle, size=(10, 10)))


def test_many_threads_share_one_session(bundle):
    from concurrent.futures import ThreadPoolExecutor
    predictor = Predictor(bundle)
    wanted = [RED, GREEN, BLUE] * 20
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda class_id: predictor.predict(coloured(class_id)).ranked[0][0], wanted))
    assert found == wanted


def test_a_bundle_made_twice_is_the_same_to_the_byte(tmp_path):
    assert make_bundle(tmp_path / "a").files == make_bundle(tmp_path / "b").files
