"""Temperature and threshold: found where they are known."""

import numpy as np
import pytest

from train.calibration import ENERGY, PROBABILITY, choose_reject, fit_temperature, score_known
from train.measures import calibration_error, softmax


def draw(count, temperature, seed=1, classes=4):
    """Return logits that are ``temperature`` times too large, and labels drawn from the true probabilities."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 2, (count, classes))
    labels = np.array([rng.choice(classes, p=p) for p in softmax(true)])
    return (true * temperature).astype(np.float32), labels


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_by_which_logits_are_too_large_is_found(temperature):
    logits, labels = draw(4000, temperature)
    found = fit_temperature(logits, labels)
    assert found == pytest.approx(temperature, rel=0.1)
    assert calibration_error(softmax(logits, found), labels) < 0.03


def test_the_threshold_keeps_its_share_of_the_cars_and_refuses_what_has_no_likely_class():
    cars = np.eye(4, dtype=np.float32)[np.arange(200) % 4] * np.linspace(2, 9, 200, dtype=np.float32)[:, None]
    flat = np.zeros((50, 4), np.float32)
    found = choose_reject(cars, flat, 1.0, 0.95)
    assert found.kept >= 0.95 and found.refused == 1.0 and found.off_topic == 50


def test_energy_is_taken_where_probability_cannot_tell():
    """Sharp but faint: the probability of the likeliest class is that of a car, the evidence is not."""
    cars = np.eye(4, dtype=np.float32)[np.arange(200) % 4] * 4 + 8
    faint = np.eye(4, dtype=np.float32)[np.arange(50) % 4] * 4 - 8
    found = choose_reject(cars, faint, 1.0, 0.95)
    assert (found.score, found.refused) == (ENERGY, 1.0)
    assert score_known(faint, 1.0, ENERGY).max() < found.threshold


def test_without_off_topic_pictures_it_is_the_probability_and_nothing_is_claimed():
    cars, _ = draw(100, 1.0)
    found = choose_reject(cars, np.zeros((0, 0), np.float32), 1.0, 0.9)
    assert (found.score, found.refused, found.off_topic) == (PROBABILITY, None, 0)
    assert found.kept >= 0.9
