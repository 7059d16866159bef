"""Nested cross-validation, from an experiment to a study with its outer folds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.serving.prediction import evaluate_file
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import is_completed
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.data import load_data
from cnnsearch.sweep.resumption import Resumption
from cnnsearch.sweep.run import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]


@pytest.mark.exhaustive  # three searches; their sequence without Ray: tests/sweep/test_nested.py
def test_each_outer_fold_judges_a_search_that_never_saw_it(tmp_path: Path, small: Callable[..., Experiment]) -> None:
    experiment = small(
        name="nested",
        dataset={"source": "digits", "limit": 120, "validation": 0.2},
        evaluation={"outer": 2},
        epochs=2,
        budget={"trials": 2},
        resources={"max_concurrent": 1},
    )
    study = run(experiment, tmp_path)
    assert is_completed(study)
    assert Resumption.of(study).is_done
    assert study.headline is not None
    assert study.headline.kind == "nested"
    assert study.headline.value == pytest.approx(np.mean([fold.value for fold in study.outer_folds]))
    for fold in study.outer_folds:
        inner = Study.load(LocalStore(study.path / "outer" / str(fold.fold)))
        assert is_completed(inner)
        assert [line.config for line in inner.records] == [line.config for line in study.records], "the same seed"
        dataset, split = load_data(inner.experiment)
        assert inner.refits[0].pictures == split.together == 120 - fold.pictures
        pictures, targets = dataset.pictures.at_rest(split.test, None), dataset.targets.values[split.test]
        model = inner.path / "best" / "model.keras"
        assert inner.best is not None
        known = (dict(inner.best.config), dataset.targets.names, inner.best.decisive)
        judged = evaluate_file(model, pictures, targets, inner.experiment, *known)
        assert judged.scores["accuracy"] == pytest.approx(fold.value)
