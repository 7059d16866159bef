"""Sweeps that end before any trial does: the best epoch so far counts, marked, and nothing takes 0 s."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import START, SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.study.progress.so_far import so_far_in_words, without_best_in_words
from cnnsearch.study.record.sessions import with_end

IN_FLIGHT = [SyntheticTrial("INTERRUPTED", (0.3, 0.6)), SyntheticTrial("INTERRUPTED", (0.5, 0.8, None, 0.7))]

WORDS = (
    "No trial has ended with a value. The best val_accuracy so far is 0.800, at epoch 2 of trial 1, interrupted or "
    "still running after epoch 4; there is no model of it before it ends."
)


def test_the_best_epoch_of_the_trials_in_flight(tmp_path: Path) -> None:
    study = write_study(tmp_path, trials=[*IN_FLIGHT, SyntheticTrial("FAILED", (0.9,), None, "no such layer")])
    assert study.best is None
    assert study.so_far is not None
    config = study.proposals[1].config
    assert study.so_far.to_dict() == {"trial": 1, "value": 0.8, "epoch": 2, "epochs": 4, "config": config}
    assert study.summary()["so_far"] == study.so_far.to_dict()
    assert so_far_in_words(study) == verdict_info(study).answers[0].text == WORDS
    assert "best val_accuracy so far 0.800 (trial 1, not ended)" in repr(study)
    assert "none has ended; so far 0.800 (trial 1)" in study._repr_html_()


def test_of_losses_the_smallest(tmp_path: Path) -> None:
    study = write_study(tmp_path, digits_experiment(objective="val_loss"), IN_FLIGHT)
    assert study.so_far is not None
    assert (study.so_far.trial, study.so_far.value) == (1, pytest.approx(0.4))


def test_where_a_trial_ended_that_one_is_the_best(tmp_path: Path) -> None:
    study = write_study(tmp_path, trials=[*IN_FLIGHT, SyntheticTrial("STOPPED", (0.2,))])
    assert study.best is not None
    assert (study.so_far, so_far_in_words(study), without_best_in_words(study, by_minutes=True)) == (None, "", "")
    assert "so_far" not in study.summary()


def test_where_nothing_was_told_that_is_said(tmp_path: Path) -> None:
    study = write_study(tmp_path, trials=[SyntheticTrial("INTERRUPTED")])
    assert study.so_far is None
    said = "No trial has ended with a value, and none in flight has told of an epoch yet."
    assert so_far_in_words(study) == verdict_info(study).answers[0].text == said
    failed = write_study(tmp_path / "failed", trials=[SyntheticTrial("FAILED", (), None, "no such layer")])
    assert so_far_in_words(failed) == ""
    short = write_study(tmp_path / "short", digits_experiment(budget={"minutes": 0.5}), [SyntheticTrial("INTERRUPTED")])
    assert without_best_in_words(short, by_minutes=True) == (
        "the study has no best model: budget.minutes, 0.5, were over before a trial gave a value; resume it with more "
        "of them"
    )
    assert without_best_in_words(failed, by_minutes=False) == (
        "the study has no best model: the search ended before a trial gave a value"
    )


def test_the_time_of_a_sweep_whose_trials_did_not_end(tmp_path: Path) -> None:
    told = write_study(tmp_path / "told", trials=IN_FLIGHT)
    assert told.seconds == 10.0 + 1.0 + 4 * 2.0, "to the last epoch of the second trial"
    described = with_end(environment(), START + 42.0)
    silent = write_study(tmp_path / "silent", trials=[SyntheticTrial("INTERRUPTED")], described=described)
    assert silent.seconds == 42.0, "to the end of its driver"
    assert Study.load(silent.path).summary()["seconds"] == 42.0
