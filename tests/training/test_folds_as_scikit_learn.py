"""Folds of a fitted head are scikit-learn's cross-validation, a grid with folds its grid search; nested ones too."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.folds import Fold, Folds
from cnnsearch.data.stages import Pixels, joined, pixels
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.nested import outer_experiments
from cnnsearch.inputs.pictures.pictures import ArrayPictures
from cnnsearch.search.simulation import Simulation
from cnnsearch.study import Study
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.refit import planned_refit
from cnnsearch.sweep.data import divided_for
from cnnsearch.tasks.classification.targets import ClassTargets
from cnnsearch.training.features.features import compute_features
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.lockstep.running import begun
from cnnsearch.training.phases import plan_phases
from cnnsearch.training.refit import Refit

X, Y = tiny.pictures(200, 3)
POOL = Pixels(X, Y, X[:1], Y[:1], tuple("abcde"), folded=True)
FOLDS = Folds(5, 1, 0, Y).of_trials
SPLITS = [(fold.train, fold.validation) for fold in FOLDS]
STRENGTHS = [1e-5, 0.1, 10.0, 1000.0]


def searched(**keys: Any) -> Experiment:
    space = {"unfrozen_layers": 0, "head": "logistic_regression", "regularization_c": {"choice": STRENGTHS}}
    return tiny.experiment(space, "transfer", epochs=1, **{"evaluation": {"folds": 5}, **keys})


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


def values(
    config: dict[str, Any], feeds: Feeds, pool: Pixels = POOL, folds: tuple[Fold, ...] = FOLDS
) -> tuple[float, ...]:
    made = begun(searched(), tiny.filled(searched(), config), pool, tiny.SCALING, 1, feeds=feeds, folds=folds)
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


class Splits:
    """Cross-validation of scikit-learn's by the folds that each of several sets of features has."""

    def __init__(self) -> None:
        self._known: dict[bytes, list[tuple[np.ndarray, np.ndarray]]] = {}

    def add(self, x: np.ndarray, folds: tuple[Fold, ...]) -> None:
        self._known[x.tobytes()] = [(fold.train, fold.validation) for fold in folds]

    def split(self, x: np.ndarray, *_: Any, **__: Any) -> list[tuple[np.ndarray, np.ndarray]]:
        return self._known[x.tobytes()]

    def get_n_splits(self, *_: Any, **__: Any) -> int:
        return 2


@pytest.mark.filterwarnings("ignore")  # of a strength that scikit-learn does not converge with
def test_nested_cross_validation_is_that_of_grid_search(tmp_path: Path) -> None:
    """The winner of each search, refitted on all its pictures, on the outer fold that it never saw."""
    keys = {"sampler": "grid", "scheduler": "none", "start": "none", "budget": {"trials": 4}}
    made = searched(**keys, evaluation={"outer": 3, "folds": 2})
    dataset = Dataset(ArrayPictures(X), ClassTargets(Y, tuple("abcde")), None, (), "")
    inner, outer, found = Splits(), [], []
    for fold, experiment in enumerate(outer_experiments(made)):
        split = divided_for(experiment, dataset)
        assert split.folds is not None
        pool, folds, feeds = pixels(dataset, split, None), split.folds.of_trials, Feeds()
        inner.add(features()[split.train], folds)
        outer.append((split.train, split.test))
        store = LocalStore(tmp_path / str(fold))
        store.write("experiment.yaml", experiment.to_yaml())
        searching = partial(values, feeds=feeds, pool=pool, folds=folds)
        Simulation(store, experiment, lambda config, run=searching: [float(np.mean(run(config)))]).run()
        study = Study.load(store)
        plan = planned_refit(study, experiment)
        assert study.best is not None
        assert plan is not None
        config = tiny.filled(experiment, dict(study.best.config))
        refit = Refit(experiment, config, joined(pool), tiny.SCALING, plan.seed, plan.epochs, feeds=feeds)
        refit.run_epoch()
        told = np.asarray(refit.export()(X[split.test]))
        found.append(float(np.mean(told.argmax(axis=1) == Y[split.test])))
    searches = GridSearchCV(estimator(), {"C": STRENGTHS}, cv=inner)
    np.testing.assert_allclose(found, cross_val_score(searches, features(), Y, cv=outer), atol=1e-6)
    assert len(set(found)) > 1
