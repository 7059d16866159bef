"""Folds of a fitted head are scikit-learn's cross-validation, and a grid with folds is its grid search."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

from cnnsearch.data.folds import Folds
from cnnsearch.data.stages import Pixels
from cnnsearch.experiment import Experiment
from cnnsearch.search.simulation import Simulation
from cnnsearch.study import Study
from cnnsearch.study.store import LocalStore
from cnnsearch.training.features import compute_features
from cnnsearch.training.feeds import Feeds
from cnnsearch.training.phases import plan_phases
from cnnsearch.training.running import begun

X, Y = tiny.pictures(200, 3)
POOL = Pixels(X, Y, X[:1], Y[:1], tuple("abcde"), folded=True)
FOLDS = Folds(5, 1, 0, Y).of_trials
SPLITS = [(fold.train, fold.validation) for fold in FOLDS]
STRENGTHS = [1e-5, 0.1, 10.0, 1000.0]


def searched(**keys: Any) -> Experiment:
    space = {"unfrozen_layers": 0, "head": "logistic_regression", "regularization_c": {"choice": STRENGTHS}}
    return tiny.experiment(space, "transfer", epochs=1, evaluation={"folds": 5}, **keys)


@cache
def features() -> np.ndarray:
    """Those that every trial is trained on."""
    made = searched()
    (phase,) = plan_phases(made, tiny.filled(made), POOL, tiny.SCALING).phases
    assert phase.prefix is not None
    (found,) = compute_features(phase.prefix, POOL).x_train
    return found.reshape(len(found), -1)


def estimator(strength: float = 1.0) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=2000)


def values(config: dict[str, Any], feeds: Feeds) -> tuple[float, ...]:
    made = begun(searched(), tiny.filled(searched(), config), POOL, tiny.SCALING, 1, feeds=feeds, folds=FOLDS)
    made.run_epoch()
    return made.result().folds


def test_the_values_of_folds_are_those_of_cross_val_score() -> None:
    found = values({"regularization_c": 0.1}, Feeds())
    expected = cross_val_score(estimator(0.1), features(), Y, cv=SPLITS)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert len(set(found)) > 1


@pytest.mark.filterwarnings("ignore")  # of a strength that scikit-learn does not converge with
def test_a_grid_ranks_as_grid_search_does(tmp_path: Path) -> None:
    made, feeds = searched(sampler="grid", scheduler="none", start="none", budget={"trials": 4}), Feeds()
    Simulation(LocalStore(tmp_path), made, lambda config: [float(np.mean(values(config, feeds)))]).run()
    study = Study.load(tmp_path)
    theirs = GridSearchCV(estimator(), {"C": STRENGTHS}, cv=SPLITS).fit(features(), Y).cv_results_
    scores = dict(zip(STRENGTHS, theirs["mean_test_score"], strict=True))
    ranked = {line.config["regularization_c"]: line.best_value for line in study.ranked}
    assert ranked == pytest.approx(scores, abs=1e-6)
    assert [scores[strength] for strength in ranked] == sorted(scores.values(), reverse=True)
    assert len(set(scores.values())) > 1
