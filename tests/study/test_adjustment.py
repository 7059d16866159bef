"""What a study says of trials that were made to fit its minutes, and how it goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sessions import begin_session
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.experiment.changes import change_problems
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.study.progress.adjustment import KEY, Adjustment, adjusted_as, adjustment_in_words, lasting_in_words
from cnnsearch.sweep.data import warn

TOLD = Adjustment(seconds=600.0, expected=200.0, minutes=5.0, cpus=(1, 2), epochs=(18, 12))


def test_the_report_says_so(tmp_path: Path) -> None:
    write_study(tmp_path, digits_experiment(), [SyntheticTrial("COMPLETED", (0.5, 0.6))])
    environment = json.loads((tmp_path / "environment.json").read_text())
    (tmp_path / "environment.json").write_text(json.dumps({**environment, KEY: TOLD.to_dict()}))
    study = Study.load(tmp_path)
    assert adjustment_in_words(study.environment) == TOLD.text
    lasting = (
        "More minutes do not change the 12 epochs of a trial: with others the trials of this study could not be "
        'compared. For 18 begin a new study with more minutes, and with start: ["study:digits cnn"]'
    )
    assert lasting_in_words(study.environment, study.name) == lasting
    text = f"Trials were made to fit the minutes: {TOLD.text}. {lasting}."
    assert text in [caution.text for caution in verdict_info(study).cautions]


def test_resume_says_that_epochs_stay_as_they_are(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    study = write_study(tmp_path, digits_experiment(), [SyntheticTrial("COMPLETED", (0.5, 0.6))])
    told = {**study.environment, "startup": {"began": 9e9}}
    for epochs, said in (((12, 12), False), ((18, 12), True)):
        study.store.write_json("environment.json", {**told, KEY: replace(TOLD, epochs=epochs).to_dict()})
        begun = Study.load(tmp_path)
        begin_session(begun, begun.experiment, {"dataset": begun.environment["dataset"], "startup": {}}, warn)
        assert ("More minutes do not change the 12 epochs" in caplog.text) is said


def test_the_same_file_goes_on_with_the_study() -> None:
    file = digits_experiment()
    begun = file.updated({"epochs": 12, "resources.cpus": 2, "resources.max_concurrent": 2})
    after = adjusted_as(file.updated({"resources.max_concurrent": 4}), {KEY: TOLD.to_dict()})
    assert (after.epochs, after.resources) == (12, begun.resources)
    assert not change_problems(begun, after, [])
    other = file.updated({"epochs": 30, "resources.cpus": 4})
    assert adjusted_as(other, {KEY: TOLD.to_dict()}) == other, "whoever wants another number is told that it cannot be"


@pytest.mark.parametrize(
    "environment", [{}, {KEY: None}, {KEY: {"cpus": [1, 2]}}, {KEY: {**TOLD.to_dict(), "cpus": 3}}]
)
def test_a_study_that_does_not_tell(environment: dict[str, Any]) -> None:
    file = digits_experiment()
    assert adjustment_in_words(environment) is None
    assert adjusted_as(file, environment) is file
