"""A sweep with finalists and an audit, from an experiment to a study."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.split import split_dataset
from cnnsearch.experiment import Experiment
from cnnsearch.serving.prediction import evaluate_file
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import is_completed
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.winner.finalists import fresh_seeds
from cnnsearch.study.winner.refit import Refit, planned_refit
from cnnsearch.sweep.run import run
from cnnsearch.training import TrialData, run_trial

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

Small = Callable[..., Experiment]


def test_a_sweep_with_finalists(tmp_path: Path, small: Small) -> None:
    seen: list[Progress] = []
    told: list[tuple[Experiment, Any]] = []
    experiment = small(
        name="finals",
        epochs=4,
        budget={"trials": 5},
        scheduler={"name": "asha", "grace_epochs": 1, "reduction": 2, "audit": 1.0},
        finalists={"top": 2, "seeds": 2},
        final="refit",
        dataset={"source": "digits", "limit": 300, "validation": 0.2, "test": 0.2},
        resources={"max_concurrent": 1},
    )
    study = run(experiment, tmp_path, observe=seen.append, tell=lambda *of: told.append(of))
    assert told == [(experiment, study.environment["dataset"])]
    check_search(study)
    check_runs(study)
    check_winner(study)
    check_refit(study)
    assert [progress.refitting for progress in seen][-2:] == [True, False]
    searched = [progress for progress in seen if progress.refitting is None]
    assert [progress.finalists for progress in searched if progress.finalists] == [(ended, 4) for ended in range(5)]
    assert not {"finalists", "checkpoints", ".tune"} & {path.name for path in study.path.iterdir()}


def check_search(study: Study) -> None:
    """With every trial audited none is stopped, and those that would have been say so."""
    assert study.counts == {"COMPLETED": 5, "STOPPED": 0, "FAILED": 0, "INTERRUPTED": 0}
    assert {record.epochs for record in study.records} == {4}
    audited = [record.audited for record in study.records if record.audited is not None]
    assert set(audited) <= {1, 2}
    assert set(study.curves["trial"]) == set(range(5)), "finalists are no trials"


def check_runs(study: Study) -> None:
    """Each finalist ran all its epochs on the same fresh seeds, with the numbers of a trial of that seed."""
    finalists = study.finals
    assert finalists is not None
    assert finalists.remaining == ()
    assert list(finalists.trials) == [record.trial for record in study.ranked[:2]]
    assert {run.seed for run in finalists.planned} == set(fresh_seeds(study.experiment.seed, 2))
    for (trial, run_number), line in finalists.ended.items():
        assert (line.state, line.epochs, len(line.curve)) == ("COMPLETED", 4, 4)
        assert line.value == max(line.curve)
        predictions = study.predictions(trial, run_number)
        assert predictions is not None
        assert predictions.scores(["accuracy"])["accuracy"] == pytest.approx(line.value)
    dataset = load_dataset(study.experiment.dataset, None, study.experiment.seed)
    data = TrialData(dataset, split_dataset(dataset, 0.2, 0.2, study.experiment.seed))
    (trial, run_number), line = next(iter(finalists.ended.items()))
    config = next(record.config for record in study.records if record.trial == trial)
    again = run_trial(study.experiment, config, data, seed=line.seed)
    assert [epoch.values["val_accuracy"] for epoch in again.epochs] == pytest.approx(line.curve, abs=1 / 30)


def check_refit(study: Study) -> None:
    """What ``best/`` holds was trained on all pictures but those of the test split, and has no value."""
    best, finalists = study.best, study.finals
    assert best is not None
    assert best.refit is not None
    assert finalists is not None
    line = best.refit
    assert (line.trial, line.run, line.seed) == (best.trial, best.run, finalists.chosen.seed)  # type: ignore[union-attr]
    assert line.best_epochs == tuple(finalists.ended[best.trial, run].best_epoch for run in (0, 1))
    assert (line.epochs, line.value, line.pictures) == (line.planned, None, 240)
    assert planned_refit(study, study.experiment) == Refit(
        line.trial, line.run, line.seed, line.planned, line.best_epochs
    )
    assert is_completed(study)


def check_winner(study: Study) -> None:
    """``best/`` tells of the named winner's median run, and its model alone has seen the test split, once."""
    best, finalists = study.best, study.finals
    assert best is not None
    assert finalists is not None
    assert finalists.chosen is not None
    metrics = json.loads((study.path / "best" / "metrics.json").read_text())
    assert (metrics["trial"], metrics["run"], metrics["seed"]) == (best.trial, best.run, finalists.chosen.seed)
    assert metrics["value"] == best.value == finalists.chosen.value
    (read,) = study.test_reads
    assert (read.trial, read.run, read.by, read.state) == (best.trial, best.run, "refit", "COMPLETED")
    dataset = load_dataset(study.experiment.dataset, None, study.experiment.seed)
    split = split_dataset(dataset, 0.2, 0.2, study.experiment.seed)
    pictures, labels = dataset.pictures.read(split.test, None), dataset.targets.values[split.test]
    found = evaluate_file(study.path / "best" / "model.keras", pictures, labels)
    assert (read.count, read.metrics["accuracy"]) == (len(labels), found.scores["accuracy"])
    with np.load(study.path / "predictions" / "test.npz") as stored:
        assert (stored["labels"] == labels).all()
        assert (stored["probabilities"].argmax(axis=1) == labels).mean() == pytest.approx(found.scores["accuracy"])
