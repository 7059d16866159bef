"""What the report shows of numbers, from predictions that are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import START, digits_experiment, environment

from cnnsearch.report import figures
from cnnsearch.study import Study
from cnnsearch.study.record.lines import EpochLine, Proposal, TrialLine, Worker
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import LocalStore
from cnnsearch.tasks.regression.judging import doubts
from cnnsearch.tasks.regression.predictions import NumberPredictions
from cnnsearch.tasks.regression.targets import make
from cnnsearch.tasks.regression.views.kept import MOST_POINTS
from cnnsearch.tasks.regression.views.numbers.info import NumberRow, numbers_info
from cnnsearch.tasks.regression.views.predicted.info import PredictedNumber, predicted_info
from cnnsearch.tasks.regression.views.predicted.view import VIEW as PREDICTED
from cnnsearch.tasks.regression.views.residuals.info import residuals_info
from cnnsearch.tasks.regression.views.worst.info import FarNumber, worst_info

TRUE = np.array([[0.0, 10.0], [2.0, 30.0], [4.0, 20.0], [6.0, 20.0]])
TOLD = TRUE + np.array([[0.5, 0], [0.0, -20], [-1.0, 0], [0.5, 0]])

Write = Callable[..., Study]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """A study of one trial that has told ``told`` of pictures of which ``true`` is true."""

    def write(
        true: np.ndarray = TRUE, told: np.ndarray | None = TOLD, names: tuple[str, ...] = ("angle", "size"), **keys: Any
    ) -> Study:
        store = LocalStore(tmp_path / "study")
        space = {"filters": {"choice": [8, 16]}}
        experiment = digits_experiment(**{"task": "regression", "space": space, "objective": "val_mae", **keys})
        described = environment()
        del described["dataset"]["classes"]
        described["dataset"] |= make(true, names).describe({"train": np.arange(len(true)), "validation": np.arange(2)})
        store.write("experiment.yaml", experiment.to_yaml())
        store.write_json("environment.json", described)
        shown = TOLD if told is None else told
        found = NumberPredictions(true, shown if shown.shape == true.shape else true, names, np.zeros(len(true)))
        scores = {f"val_{name}": value for name, value in found.scores(experiment.predicted.every_trial).items()}
        values = {"loss": 0.5, "mae": 0.5, **scores}
        record = Record(store)
        record.propose(Proposal(trial=0, config={"filters": 8}, seed=1, told=0, time=START))
        record.epochs([EpochLine(trial=0, epoch=1, values=values, learning_rate=0.1, seconds=1.0, time=START + 2)])
        end = {"started": START + 1, "ended": START + 2, "worker": Worker(node="laptop", pid=1)}
        aim = values[experiment.objective.metric]
        record.end(
            TrialLine(
                trial=0,
                state="COMPLETED",
                end_reason="epochs",
                value=aim,
                best_epoch=1,
                epochs=1,
                metrics=values,
                config={"filters": 8},
                seed=1,
                **end,
            )
        )
        if told is not None:
            (store.folder if hasattr(store, "folder") else Path(tmp_path / "study")).joinpath("predictions").mkdir()
            np.savez(tmp_path / "study" / "predictions" / "000000.npz", **found.to_arrays())
        return Study.load(tmp_path / "study")

    return write


def test_predicted_against_true(written: Write) -> None:
    info = predicted_info(written())
    assert (info.trial, info.total, info.outputs) == (0, 4, 2)
    assert info.numbers[0] == PredictedNumber(
        "angle", (0, 1, 2, 3), (0.0, 2.0, 4.0, 6.0), (0.5, 2.0, 3.0, 6.5), pytest.approx(1 - 1.5 / 20), 0.5
    )
    assert info.numbers[1].pictures == (0, 2, 3, 1), "by the true number"


def test_of_many_pictures_some_are_drawn(written: Write) -> None:
    true = np.arange(3000.0)[::-1, np.newaxis]
    study = written(true, true, ("angle",))
    (number,) = predicted_info(study).numbers
    assert (len(number.true), number.true[0], number.true[-1]) == (MOST_POINTS, 0.0, 2999.0)
    assert number.r2 == 1.0
    assert PREDICTED.notes(predicted_info(study)) == ("Of 3,000 pictures 1,000 are drawn, evenly over their order.",)
    assert numbers_info(study).rows[0].name == "angle"


def test_a_network_that_lets_one_side_through_is_told(written: Write) -> None:
    study = written(TRUE, np.maximum(TRUE, [3.0, 10.0]))
    first, second = predicted_info(study).numbers
    assert (first.floor, second.floor) == (3.0, None)
    (note,) = PREDICTED.notes(predicted_info(study))
    assert note.startswith("No number 'angle' below 3 was told, the mean of the training pictures")


def test_errors_by_prediction_and_their_distribution(written: Write) -> None:
    first, second = residuals_info(written()).numbers
    assert (first.predicted, first.errors) == ((0.5, 2.0, 3.0, 6.5), (0.5, 0.0, -1.0, 0.5))
    assert (first.bias, first.quarter, first.median, first.three_quarters) == (0.0, -0.25, 0.25, 0.5)
    assert (first.edges[0], first.edges[-1], sum(first.counts)) == (-1.0, 0.5, 4)
    assert (second.bias, second.counts) == (-5.0, (1, 0, 0, 3))


def test_each_of_several_numbers(written: Write) -> None:
    info = numbers_info(written())
    assert info.weakest == "size"
    assert info.rows[1] == NumberRow("size", 10.0, 30.0, pytest.approx(50**0.5), 5.0, 10.0, 1 - 400 / 200, 0.0, -5.0)


def test_the_figures_are_drawn(written: Write) -> None:
    study = written()
    assert len(figures.predicted_against_true(study).data) == 4
    assert list(figures.residuals(study).data[0].y) == [0.5, 0.0, -1.0, 0.5]
    assert sum(figures.residual_distribution(study).data[0].y) == 4


def test_what_is_not_there_is_said(written: Write) -> None:
    study = written(told=None)
    for info in (predicted_info(study), residuals_info(study), numbers_info(study)):
        assert info.missing == "no predictions of trial 0 were kept"
    assert worst_info(study).missing == "the sweep kept no pictures of large errors"


def test_the_largest_errors(written: Write) -> None:
    study = written()
    folder = study.path / "best" / "mistakes"
    folder.mkdir(parents=True)
    (folder / "1.png").write_bytes(b"\x89PNG")
    names = tuple("abcdef")
    told = {key: dict(zip(names, range(6), strict=True)) for key in ("true", "predicted", "error")}
    listed = {"trial": 0, "run": None, "wrong": 1, "mistakes": [{"file": "1.png", "picture": "picture 7", **told}]}
    (folder / "mistakes.json").write_text(json.dumps(listed))
    (far,) = worst_info(study).pictures
    assert far.source == "data:image/png;base64,iVBORw=="
    assert (far.picture, far.left_out, far.numbers[1]) == ("picture 7", 2, FarNumber("b", 1.0, 1.0, 1.0))
    (folder / "mistakes.json").write_text(json.dumps({**listed, "trial": 3}))
    assert "are of another model, one of trial 3" in str(worst_info(study).missing)
    (folder / "mistakes.json").write_text(json.dumps({**listed, "mistakes": [{"file": "1.png"}]}))
    assert "cannot be read" in str(worst_info(study).missing)


def test_doubts(written: Write) -> None:
    assert list(doubts(written(TRUE[:, :1], TOLD[:, :1], ("angle",)))) == []


def test_pictures_that_were_moved_are_told(written: Write) -> None:
    space = {"filters": {"choice": [8, 16]}, "random_flip": "horizontal", "random_rotation": {"float": [0.0, 0.1]}}
    (found,) = doubts(written(TRUE[:, :1], TOLD[:, :1], ("angle",), space={**space, "random_brightness": 0.1}))
    assert found.startswith(
        "Pictures were changed in training (random_flip, random_rotation), and their numbers stayed"
    )


def test_numbers_of_unequal_size_are_doubted(written: Write) -> None:
    large = TRUE * [1.0, 100.0]
    (found,) = doubts(written(large, large))
    assert "'size' has 316 times the spread of 'angle', so that val_mae is mostly that of 'size'" in found


def test_a_model_that_explains_nothing_is_doubted(written: Write) -> None:
    found = list(doubts(written(TRUE, TRUE[::-1], objective="val_r2")))
    assert len(found) == 1
    assert found[0].startswith("Trial 0 explains none of the variance of the validation pictures (R2 -")
