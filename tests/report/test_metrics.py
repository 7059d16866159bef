"""The view of all metrics of the best model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from synthetic import SyntheticTrial, environment, write_finalists

from cnnsearch.report.statistics.headline import headline_info
from cnnsearch.report.statistics.ties import ties_info
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.views.metrics.info import MetricRow, MetricsInfo, is_penalised, metrics_info
from cnnsearch.report.views.metrics.view import VIEW
from cnnsearch.study import Study
from cnnsearch.tasks.classification.spec import CLASSIFICATION

Write = Callable[..., Study]
NAMES = [metric.name for metric in CLASSIFICATION.metrics]


def rows(info: MetricsInfo) -> dict[str, MetricRow]:
    return {row.name: row for row in info.rows}


def test_every_metric_and_the_objective_with_intervals(written: Write) -> None:
    info = metrics_info(written([SyntheticTrial("COMPLETED", (0.9,))], objective="val_recall[9]"))
    assert [row.name for row in info.rows] == [*NAMES, "recall[9]"]
    assert (info.trial, info.pictures, info.test_pictures, info.undefined) == (0, 360, 0, ())
    found = rows(info)
    assert [name for name, row in found.items() if row.is_objective] == ["recall[9]"]
    assert (found["loss"].mode, found["kappa"].mode) == ("min", "max")
    accuracy = found["accuracy"].validation
    expected = wilson(0.9, 360)
    assert (accuracy.value, accuracy.low, accuracy.high) == (0.9, expected.low, expected.high)
    for row in info.rows:
        one = row.validation
        assert row.test is None
        assert one.low is not None
        assert one.high is not None
        assert one.low <= one.high


def test_the_headline_of_a_search_has_the_interval_of_its_metric(written: Write) -> None:
    study = written([SyntheticTrial("COMPLETED", (0.9,))], objective="val_kappa")
    kappa, headline = rows(metrics_info(study))["kappa"].validation, headline_info(study)
    assert headline is not None
    assert headline.low is not None
    assert (headline.low, headline.high) == (kappa.low, kappa.high), "one truth"
    bare = headline_info(written([SyntheticTrial("COMPLETED", (0.9,))], "bare", predictions=0, objective="val_kappa"))
    assert bare is not None
    assert (bare.low, bare.interval) == (None, "")


def test_the_test_split_where_it_was_read_and_its_predictions_are_kept(written: Write) -> None:
    trials = [SyntheticTrial("COMPLETED", (value,)) for value in (0.9, 0.8)]
    made = written(trials, finalists={"top": 2, "seeds": 2}, objective="val_kappa")
    study = write_finalists(made.path, {0: [0.9, 0.9], 1: [0.8, 0.8]}, test=0.85)
    assert metrics_info(study).test_pictures == 0, "not kept"
    labels = np.arange(100) % 10
    guesses = np.where(np.arange(100) < 85, labels, (labels + 1) % 10)
    np.savez(made.path / "predictions" / "test.npz", labels=labels, probabilities=np.eye(10)[guesses])
    info = metrics_info(Study.load(study.store))
    assert info.test_pictures == 100
    test = rows(info)["accuracy"].test
    assert test is not None
    assert (test.value, test.low) == (0.85, wilson(0.85, 100).low)
    kappa = rows(info)["kappa"].test
    assert kappa is not None
    assert kappa.value == pytest.approx((0.85 - 0.1) / 0.9)
    assert "100 test pictures" in VIEW.notes(info)[0]


class Kept:
    """Predictions of a known loss."""

    def scores(self, names: list[str]) -> dict[str, float]:
        return dict.fromkeys(names, 0.25)


def test_a_loss_with_a_penalty_is_not_set_beside_one_without(written: Write) -> None:
    assert is_penalised(Kept(), {"loss": 1.14})  # type: ignore[arg-type]
    assert not is_penalised(Kept(), {"loss": 0.2500001})  # type: ignore[arg-type]
    assert not is_penalised(Kept(), {})  # type: ignore[arg-type]
    info = replace(metrics_info(written([SyntheticTrial("COMPLETED", (0.9,))])), penalised=True)
    assert VIEW.notes(info)[-1].endswith("these two do not compare.")


def test_those_of_another_winner_are_not_shown(written: Write) -> None:
    trials = [SyntheticTrial("COMPLETED", (value,)) for value in (0.9, 0.8)]
    made = written(trials, finalists={"top": 2, "seeds": 2})
    study = write_finalists(made.path, {0: [0.9, 0.9], 1: [0.8, 0.8]}, test=0.85)
    np.savez(made.path / "predictions" / "test.npz", labels=np.zeros(99, int), probabilities=np.eye(10)[[0] * 99])
    assert metrics_info(study).test_pictures == 0, "of 99 pictures, and 100 were read"


def test_what_has_no_number_is_said(written: Write) -> None:
    two = environment(classes=("cat", "dog"), validation=10)
    info = metrics_info(written([SyntheticTrial("COMPLETED", (0.8,))], described=two))
    assert "top_2_accuracy" not in rows(info)
    assert VIEW.notes(info)[1] == (
        "Without a number here: top_2_accuracy needs more than 2 classes, and there are 2; top_3_accuracy needs more "
        "than 3 classes, and there are 2; top_5_accuracy needs more than 5 classes, and there are 2."
    )


def test_without_predictions(written: Write) -> None:
    info = metrics_info(written([SyntheticTrial("COMPLETED", (0.9,))], predictions=0))
    assert VIEW.missing(info) == "no predictions of trial 0 were kept"
    assert VIEW.missing(metrics_info(written([SyntheticTrial("FAILED", (0.9,))]))) == "no trial has a value"


def test_a_function_of_the_users_own_is_not_run(written: Write) -> None:
    study = written([SyntheticTrial("COMPLETED", (0.9,))], objective={"metric": "no_such_module:cost", "mode": "max"})
    own = rows(metrics_info(study))["no_such_module:cost"]
    assert (own.is_objective, own.mode, own.validation.value, own.validation.low) == (True, "max", 0.9, None)
    assert own.validation.why == "what each picture contributes to it was not kept"
    path = study.path / "predictions" / "000000.npz"
    np.savez(path, **dict(np.load(path)), items=np.repeat([1.0, 0.0], [324, 36]))
    own = rows(metrics_info(Study.load(study.path)))["no_such_module:cost"]
    assert own.validation.low is not None
    assert own.validation.low < 0.9


@pytest.mark.parametrize("objective", ["val_kappa", "val_auc", "val_micro_f1", "val_loss"])
def test_ties_are_told_by_pictures_whatever_the_objective_is(written: Write, objective: str) -> None:
    trials = [SyntheticTrial("COMPLETED", (value,)) for value in (0.9, 0.9, 0.8)]
    info = ties_info(written(trials, objective=objective, predictions=[0, 1, 2]))
    assert (info.best, info.compared, info.paired, info.untold) == (0, 2, 2, 0)
    assert [tie.trial for tie in info.tied] == [1]


def test_ties_by_a_function_are_untold_where_nothing_was_kept_of_it(written: Write) -> None:
    aim: Any = {"metric": "no_such_module:cost", "mode": "max"}
    trials = [SyntheticTrial("COMPLETED", (value,)) for value in (0.9, 0.8)]
    info = ties_info(written(trials, objective=aim, predictions=2))
    assert (info.compared, info.paired, info.untold) == (0, 0, 1)


@pytest.mark.parametrize(
    ("refitted", "ensemble", "told"),
    [
        (True, False, "The model in best/ was refitted on training and validation pictures together."),
        (True, True, "The model in best/ is an ensemble of networks that were refitted on training and validation"),
        (
            False,
            True,
            "The model in best/ is an ensemble. The numbers of the validation pictures are those of its first",
        ),
    ],
)
def test_whose_numbers_those_of_the_validation_pictures_are(
    written: Write, refitted: bool, ensemble: bool, told: str
) -> None:
    info = replace(metrics_info(written([SyntheticTrial("COMPLETED", (0.9,))])), refitted=refitted, ensemble=ensemble)
    assert VIEW.notes is not None
    (note,) = (note for note in VIEW.notes(info) if "model in best/" in note)
    assert note.startswith(told)
