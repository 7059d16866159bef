"""A metric of the user's own: what it is given, what it may return, and what is said where it fails."""

from __future__ import annotations

import re

import numpy as np
import own_metrics
import pytest

from cnnsearch.errors import TrialError
from cnnsearch.tasks import DEFAULT_TASK
from cnnsearch.tasks.classification.predictions import ClassPredictions
from cnnsearch.tasks.custom import check, score
from cnnsearch.tasks.guesses import guesses

TARGETS = np.array([0, 1, 1, 2])
PREDICTIONS = np.float32(np.eye(3)[[0, 1, 2, 0]])


def test_its_number() -> None:
    assert score("own_metrics:cost", TARGETS, PREDICTIONS) == (2 + 3) / 4


def test_it_may_change_what_it_is_given() -> None:
    targets, predictions = TARGETS.copy(), PREDICTIONS.copy()
    assert score("own_metrics:greedy", targets, predictions) == 0.5
    np.testing.assert_array_equal(targets, TARGETS)
    np.testing.assert_array_equal(predictions, PREDICTIONS)


@pytest.mark.parametrize(
    ("name", "message"),
    {
        "failing": r"the metric own_metrics:failing failed: ValueError: no pictures of this kind \(.*own_metrics.py, l",
        "ending": r"the metric own_metrics:ending failed: SystemExit: 3 \(",
        "alone": r"the metric own_metrics:alone failed: TypeError: alone\(\) takes 1 positional argument but 2 were",
        "several": r"the metric own_metrics:several must return a number, not ndarray of shape \(3,\)",
        "text": "the metric own_metrics:text must return a number, not str",
        "NUMBER": "the metric own_metrics:NUMBER must be a function, not int",
        "missing": "the metric own_metrics:missing cannot be imported: ",
    }.items(),
)
def test_what_is_said(name: str, message: str) -> None:
    with pytest.raises(TrialError) as caught:
        score(f"own_metrics:{name}", TARGETS, PREDICTIONS)
    assert re.match(message, str(caught.value))
    assert "\n" not in str(caught.value)


def test_before_a_sweep_it_must_be_finite() -> None:
    check("own_metrics:cost", TARGETS, PREDICTIONS)
    with pytest.raises(TrialError, match=r"must return a finite number \(got inf\)"):
        check("own_metrics:endless", TARGETS, PREDICTIONS)


def test_predictions_score_by_it_and_tell_what_each_picture_contributes() -> None:
    kept = ClassPredictions(TARGETS, PREDICTIONS)
    assert kept.scores(["own_metrics:cost"]) == {"own_metrics:cost": 1.25}
    assert kept.per_item("own_metrics:cost") == pytest.approx([0.0, 0.0, 2.0, 3.0]), "it is a mean"


def test_what_no_model_knows_is_as_a_model_would_tell_it() -> None:
    targets = DEFAULT_TASK.targets(np.arange(20, dtype=np.int32) % 4, "abcd")
    found = guesses(DEFAULT_TASK, targets)
    labels, probabilities = found.pair
    assert labels.tolist() == targets.values.tolist()
    assert probabilities.shape == (20, 4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(guesses(DEFAULT_TASK, targets).pair[1], probabilities)
    assert own_metrics.cost(labels, probabilities) > 0
