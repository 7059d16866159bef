"""What a report tells of trials on several seeds."""

from __future__ import annotations

from pathlib import Path

from commands import call
from recorded import ended, metrics, proposed
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.report.views.trials.info import trials_info
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.study.headline import Number
from cnnsearch.study.record.record import Record


def repeated(folder: Path) -> Study:
    experiment = digits_experiment(repeats=3, space={"filters": {"choice": [8, 16, 32]}})
    study = write_study(folder, experiment, [SyntheticTrial("COMPLETED", [0.5], {"filters": 8})])
    record = Record(study.store)
    record.propose(proposed(1, config={"filters": 16}))
    line = ended(1, 0.75, runs=(0.625, 0.75, 0.875), model_seed=7, metrics=metrics(0.75), config={"filters": 16})
    record.end(line)
    return Study.load(folder)


def test_the_mean_is_called_so_and_its_spread_is_told(tmp_path: Path) -> None:
    study = repeated(tmp_path / "one")
    assert study.headline is not None
    assert study.headline.text == "val_accuracy in the search, mean over 3 seeds 0.750 (trial 1)"
    assert study.headline.others == (Number("val_accuracy of the model in best/", 0.75, 360),)
    shown = call("show", study.source)
    assert "0.750 ± 0.12" in shown
    assert "values are means over 3 seeds of each trial, ± their standard deviation" in shown
    (row,) = [row for row in trials_info(study).rows if row.trial == 1]
    assert row.reason == "mean over 3 seeds, 0.625 to 0.875"
    assert any(
        one.text.startswith("Values of the search are means over 3 seeds") for one in verdict_info(study).cautions
    )
