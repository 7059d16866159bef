"""Folds in an experiment: what is shipped then, and what does not go together with them."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.changes import change_problems
from cnnsearch.experiment.evaluation import evaluation_in_words
from cnnsearch.experiment.recorded import reading_a_record

GOOD: dict[str, Any] = {"name": "x", "space": {"learning_rate": {"float": [0.001, 0.1]}}, "evaluation": {"folds": 5}}

BAD = [
    ({"evaluation": {"folds": 1}}, r"evaluation.folds: must be a whole number from 2 to 100 \(got 1\)"),
    ({"evaluation": {"repeats": 2}}, "evaluation.folds: is missing"),
    ({"evaluation": {"folds": 5, "outer": 5}}, "evaluation.outer: unknown key; valid: folds, repeats"),
    ({"repeats": 3}, "repeats: trains each trial on several seeds, and evaluation trains it 5 times already"),
    ({"final": "keep"}, "final: ships a model as it was trained, and each of the 5 of a trial has left out some"),
    ({"scheduler": "pbt"}, "evaluation.folds: cannot be with scheduler 'pbt', whose trials take over weights"),
]


@pytest.mark.parametrize(("keys", "told"), BAD, ids=lambda one: None if isinstance(one, str) else next(iter(one)))
def test_what_cannot_be(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        Experiment(**{**GOOD, **keys})
    assert len(error.value.problems) == 1


def test_the_winner_is_trained_again_on_all_pictures() -> None:
    assert Experiment(**GOOD).final == "refit"
    assert Experiment(**{**GOOD, "evaluation": None}).final == "keep"
    with reading_a_record():  # a study for whose refit there was no time
        assert Experiment(**{**GOOD, "final": "keep"}).final == "keep"


def test_it_is_told_in_words() -> None:
    told = evaluation_in_words(Experiment(**{**GOOD, "evaluation": {"folds": 5, "repeats": 2}}))
    assert told.startswith("each trial is judged by the mean over 2 times 5 folds of the pictures for training and")
    assert "so it trains 10 networks" in told
    assert told.endswith("what scales pixels and targets is measured on all of them, for all folds alike")
    binary = Experiment(**{**GOOD, "task": "binary", "dataset": {"source": "directory", "path": "of_two"}})
    assert evaluation_in_words(binary).endswith("for all folds alike, and so are thresholds that are searched")
    assert evaluation_in_words(Experiment(**{**GOOD, "evaluation": None})) == ""


def test_a_study_that_goes_on_keeps_its_folds() -> None:
    (problem,) = change_problems(Experiment(**GOOD), Experiment(**{**GOOD, "evaluation": {"folds": 3}}), [])
    assert problem.where == "evaluation"


def test_it_is_read_as_it_was_written() -> None:
    made = Experiment(**GOOD)
    assert Experiment.from_dict(made.to_dict()) == made
    assert made.updated({"seed": 1}).evaluation == made.evaluation
