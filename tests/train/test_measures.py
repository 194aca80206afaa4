"""The measures of a model, on numbers worked out by hand."""

import numpy as np
import pytest

from train.measures import (
    bin_confidence,
    calibration_error,
    count_confusions,
    list_confusions,
    macro_f1,
    score_classes,
    softmax,
    top_share,
)

LABELS = np.array([0, 0, 1, 1, 2])
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.4, 0.35, 0.25]])
PREDICTED = PROBABILITIES.argmax(axis=1)  # 0 1 1 1 0


def test_top_k_counts_labels_among_the_likeliest():
    assert top_share(PROBABILITIES, LABELS, 1) == pytest.approx(3 / 5)
    assert top_share(PROBABILITIES, LABELS, 2) == pytest.approx(3 / 5)
    assert top_share(PROBABILITIES, LABELS, 3) == 1


def test_a_row_of_the_confusion_matrix_is_what_it_is_and_a_column_what_it_is_taken_for():
    matrix = count_confusions(PREDICTED, LABELS, 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert [(c.actual, c.predicted, c.count, c.pictures) for c in list_confusions(matrix, "abc")] == [
        ("c", "a", 1, 1), ("a", "b", 1, 2)]


def test_precision_recall_and_f1_of_each_class():
    scores = score_classes(count_confusions(PREDICTED, LABELS, 4), "abcd")
    assert [(s.precision, s.recall) for s in scores] == [(1 / 2, 1 / 2), (2 / 3, 1), (0, 0), (0, 0)]
    assert macro_f1(scores) == pytest.approx((1 / 2 + 4 / 5 + 0) / 3)  # d has no picture


def test_calibration_error_is_nought_where_confidence_is_accuracy():
    labels = np.array([0] * 7 + [1] * 3)
    assert calibration_error(np.tile([0.7, 0.3], (10, 1)), labels) == pytest.approx(0)
    assert calibration_error(np.tile([0.9, 0.1], (10, 1)), labels) == pytest.approx(0.2)
    assert bin_confidence(np.tile([1.0, 0.0], (10, 1)), labels) == [(1.0, 0.7, 10)]


def test_softmax_is_sharper_at_a_low_temperature_and_does_not_overflow():
    logits = np.array([[1000.0, 999.0]], np.float32)
    assert softmax(logits)[0, 0] == pytest.approx(1 / (1 + np.exp(-1)))
    assert softmax(logits, 0.5)[0, 0] == pytest.approx(1 / (1 + np.exp(-2)))
