"""Folds in an experiment: what is shipped then, and what does not go together with them."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.changes import change_problems, nested_problems
from cnnsearch.experiment.evaluation import Evaluation, evaluation_in_words
from cnnsearch.experiment.nested import outer_experiments
from cnnsearch.experiment.recorded import reading_a_record

GOOD: dict[str, Any] = {"name": "x", "space": {"learning_rate": {"float": [0.001, 0.1]}}, "evaluation": {"folds": 5}}

BAD = [
    ({"evaluation": {"folds": 1}}, r"evaluation.folds: must be a whole number from 2 to 100 or null \(got 1\)"),
    ({"evaluation": {"repeats": 2}}, "evaluation.folds: is missing: a number of folds, or evaluation.outer, or both"),
    ({"evaluation": {"outer": 1}}, r"evaluation.outer: must be a whole number from 2 to 100 or null \(got 1\)"),
    ({"evaluation": {"outer": 5, "repeats": 2}}, "evaluation.repeats: divides the pictures into folds again and"),
    ({"evaluation": {"folds": 5, "outer_fold": 1}}, "evaluation.outer_fold: needs evaluation.outer"),
    ({"evaluation": {"outer": 3, "outer_fold": 4}}, "evaluation.outer_fold: must be no more than evaluation.outer, 3"),
    (
        {"evaluation": {"outer": 3}, "dataset": {"source": "digits", "test": 0.2}},
        "dataset.test: holds pictures back from every search, and with evaluation.outer each picture is held out once",
    ),
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


def test_nested_cross_validation_is_a_search_without_each_outer_fold_and_one_on_all_pictures() -> None:
    keys = {**GOOD, "evaluation": {"outer": 3, "folds": 2}, "notify": {"command": ["true"]}}
    made = Experiment(**keys)
    assert (made.dataset.test, made.final, made.outer_searches) == (0.0, "refit", 3)
    found = outer_experiments(made)
    assert [each.name for each in found] == [f"x, outer fold {fold} of 3" for fold in (1, 2, 3)]
    for fold, each in enumerate(found, 1):
        assert each.evaluation == Evaluation(outer=3, folds=2, outer_fold=fold)
        assert each.is_followed
        assert each.notify is None
        assert outer_experiments(each) == []
        assert Experiment.from_dict(each.to_dict()) == each
        assert {**each.to_dict(), "evaluation": 0, "name": 0, "notify": 0} == {
            **made.to_dict(),
            "evaluation": 0,
            "name": 0,
            "notify": 0,
        }
    with reading_a_record():
        kept = Experiment(**{**keys, "final": "keep", "evaluation": {"outer": 3, "outer_fold": 1}})
    assert kept.is_followed, "by the judgement of its outer fold"
    assert outer_experiments(Experiment(**GOOD)) == []


def test_nested_cross_validation_is_told_in_words() -> None:
    nested = Experiment(**{**GOOD, "evaluation": {"outer": 3, "folds": 2}})
    whole, one = evaluation_in_words(nested), evaluation_in_words(outer_experiments(nested)[1])
    assert whole.startswith("nested cross-validation: a whole search runs 3 times, each time without one outer fold")
    assert "each search has the whole budget; each trial is judged by the mean over 2 folds" in whole
    assert one.startswith("this search is one of nested cross-validation: it never sees outer fold 2 of 3")


def test_its_searches_stay_alike() -> None:
    nested = Experiment(**{**GOOD, "evaluation": {"outer": 3}})
    (problem,) = nested_problems(nested, nested.updated({"budget.trials": 100, "resources.max_concurrent": 1}))
    assert problem.where == "budget"
    assert "searches are all alike" in problem.rule
    for keys, changed in (
        ({"final": "ensemble", "finalists": {"top": 3, "seeds": 2}}, {"ensemble": 2}),
        ({"objective": ["val_accuracy", "parameters"]}, {"choose.within": 0.1}),
    ):
        old = Experiment(**{**GOOD, "evaluation": {"outer": 3}, **keys})
        (problem,) = nested_problems(old, old.updated(changed))
        assert problem.where == next(iter(changed)).partition(".")[0]
    assert nested_problems(Experiment(**GOOD), Experiment(**{**GOOD, "budget": {"trials": 100}})) == []


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
