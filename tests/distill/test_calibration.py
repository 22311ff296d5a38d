"""Confidences are as often right as they say."""

import numpy as np
import pytest

from gmert_pyg.distill.calibration import (
    Calibration,
    calibration_error,
    precision_coverage,
)


def answers(temperature, count=20_000):
    """Draw answers that are right with probability exp(score / T)."""
    random = np.random.default_rng(0)
    score = -random.exponential(2.0, count)
    return score, random.random(count) < np.exp(score / temperature)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 5.0])
def test_the_temperature_of_drawn_answers_is_found(temperature):
    score, right = answers(temperature)
    found = Calibration.fit(score, right)
    assert found.temperature == pytest.approx(temperature, rel=0.05)
    assert found.num_triples == len(score)
    assert found.error < 0.02
    if temperature != 1.0:
        assert found.error_before > 3 * found.error


def test_the_likelihood_is_no_higher_beside_it():
    score, right = answers(2.0, 500)
    found = Calibration.fit(score, right).temperature

    def likelihood(temperature):
        confidence = np.exp(score / temperature)
        return np.log(np.where(right, confidence, 1 - confidence)).sum()

    best = likelihood(found)
    assert all(best >= likelihood(found * f) for f in (0.9, 0.99, 1.01, 1.1))


@pytest.mark.parametrize("is_right", [True, False])
def test_answers_that_are_all_alike_have_a_finite_temperature(is_right):
    found = Calibration.fit(np.array([-1.0, -2.0]), np.full(2, is_right))
    confidence = found.confidence(np.array([-1.0, -2.0]))
    assert (confidence > 0.99).all() if is_right else (confidence < 0.01).all()


def test_the_error_by_hand():
    # Bins .2-.3 (two answers) and .9-1 (two): gaps .25 and .45.
    confidence = np.array([0.25, 0.25, 0.95, 0.95])
    right = np.array([True, False, True, False])
    assert calibration_error(confidence, right) == pytest.approx(0.35)
    assert calibration_error(np.ones(3), np.ones(3, bool)) == 0


def test_precision_over_coverage_by_hand():
    confidence = np.array([0.1, 0.8, 0.4, 0.6])
    right = np.array([False, True, True, False])
    assert precision_coverage(confidence, right) == [
        [0.8, 0.25, 1.0, 1],
        [0.6, 0.5, 0.5, 2],
        [0.4, 0.75, pytest.approx(2 / 3), 3],
        [0.1, 1.0, 0.5, 4],
    ]
    few = precision_coverage(confidence, right, num_points=2)
    assert [row[3] for row in few] == [1, 4]


def test_it_is_kept_beside_a_model(tmp_path):
    assert Calibration.of_model(tmp_path) is None
    kept = Calibration(1.5, 100, 0.02, 0.2, [[0.5, 1.0, 0.7, 100]])
    kept.save(tmp_path)
    assert Calibration.of_model(tmp_path) == kept


@pytest.mark.parametrize("text", ["{", '{"heat": 2}', '{"temperature": -1}'])
def test_a_damaged_file_is_refused(tmp_path, text):
    (tmp_path / "calibration.json").write_text(text)
    with pytest.raises(ValueError, match=r"'model' must have .* \(got"):
        Calibration.of_model(tmp_path)


def test_nothing_cannot_be_calibrated():
    with pytest.raises(ValueError, match="'log_probability' must not be empty"):
        Calibration.fit(np.zeros(0), np.zeros(0, bool))
