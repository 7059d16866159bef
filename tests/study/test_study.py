from __future__ import annotations

import html
import json
import shutil
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorded import epoch
from synthetic import START, SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.errors import InputError
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Best, Study
from cnnsearch.study.record.lines import CURVES, TRIALS
from cnnsearch.study.record.record import Record

TRIALS_OF_EVERY_KIND = [
    SyntheticTrial("COMPLETED", [0.5, 0.8, 0.7], {"filters": 8}),
    SyntheticTrial("STOPPED", [0.6, 0.95], {"filters": 16, "kernel_size": 3}),
    SyntheticTrial("FAILED", [0.3], {"filters": 32}, reason="out of memory"),
    SyntheticTrial("COMPLETED", [0.4, 0.9], {"filters": 8}),
    SyntheticTrial("INTERRUPTED", [0.2], {"filters": 16}),
    SyntheticTrial("FAILED", [], {"filters": 16}, reason="too large"),
]
HOSTILE = "<script>alert('x')</script> & \"quotes\""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return write_study(tmp_path / "a", trials=TRIALS_OF_EVERY_KIND)


@pytest.fixture
def empty(tmp_path: Path) -> Study:
    return write_study(tmp_path / "empty", trials=[])


class TestTrials:
    def test_are_counted_by_state(self, study: Study) -> None:
        assert study.counts == {"COMPLETED": 2, "STOPPED": 1, "FAILED": 2, "INTERRUPTED": 1}

    def test_are_ranked_completed_before_stopped(self, study: Study) -> None:
        assert [record.trial for record in study.ranked] == [3, 0, 1]

    def test_are_ranked_by_the_smaller_where_that_is_better(self, tmp_path: Path) -> None:
        study = write_study(tmp_path / "a", digits_experiment(objective="val_loss"), TRIALS_OF_EVERY_KIND)
        assert [record.trial for record in study.ranked] == [3, 0, 1]
        assert study.ranked[0].value == pytest.approx(0.2)

    @pytest.mark.parametrize(("ties", "order"), [("number", [0, 1, 2]), ("end", [1, 2, 0])])
    def test_among_equals_the_lower_number_leads_or_of_before_the_first_to_end(
        self, tmp_path: Path, ties: str, order: list[int]
    ) -> None:
        equal = [SyntheticTrial("COMPLETED", [0.5], proposed=seconds) for seconds in (20.0, 0.0, 10.0)]
        study = write_study(tmp_path / "a", digits_experiment(ties=ties), equal)
        assert [record.trial for record in study.ranked] == order
        # One that was recorded before there was a choice has the order by which its best one was named.
        file = study.path / "experiment.yaml"
        file.write_text(file.read_text().replace(f"ties: {ties}\n", ""))
        assert [record.trial for record in Study.load(study.path).ranked] == [1, 2, 0]

    def test_the_best_has_its_config_metrics_and_cost(self, study: Study) -> None:
        best = study.best
        assert isinstance(best, Best)
        assert (best.trial, best.state, best.value, best.config) == (3, "COMPLETED", 0.9, {"filters": 8})
        assert best.metrics["val_f1"] == pytest.approx(0.89)
        assert best.cost["parameters"] == 8000

    def test_a_stopped_one_is_the_best_where_none_completed(self, tmp_path: Path) -> None:
        study = write_study(tmp_path / "a", trials=[SyntheticTrial("STOPPED", [0.6]), SyntheticTrial("FAILED")])
        assert study.best is not None
        assert (study.best.trial, study.best.state) == (0, "STOPPED")

    def test_stand_in_a_table(self, study: Study) -> None:
        table = study.trials
        assert list(table.index) == [0, 1, 2, 3, 5]
        assert table.index.name == "trial"
        assert table.loc[3, "value"] == 0.9
        assert table.loc[1, "config.kernel_size"] == 3
        assert np.isnan(table.loc[0, "config.kernel_size"])
        assert table.loc[2, "reason"] == "out of memory"
        assert {"state", "metrics.val_accuracy", "cost.parameters"} <= set(table.columns)
        assert "format" not in table.columns

    def test_have_moments_and_durations(self, study: Study) -> None:
        first, line = study.trials.iloc[0], study.records[0]
        assert (first["started"].tz, first["started"].timestamp()) == (UTC, pytest.approx(line.started))
        assert first["duration"].total_seconds() == pytest.approx(line.ended - (line.started or 0))

    def test_recorded_twice_count_once_the_last_line(self, study: Study) -> None:
        Record(study.store).end(replace(study.records[3], value=0.1))
        again = Study.load(study.path)
        assert again.counts == study.counts
        assert [record.trial for record in again.ranked] == [0, 3, 1]

    def test_of_a_torn_line_are_interrupted(self, study: Study) -> None:
        content = (study.path / TRIALS).read_bytes()
        (study.path / TRIALS).write_bytes(content[:-20])
        again = Study.load(study.path)
        assert again.counts == {"COMPLETED": 2, "STOPPED": 1, "FAILED": 1, "INTERRUPTED": 2}

    def test_are_those_of_the_moment_of_loading(self, study: Study) -> None:
        (study.path / TRIALS).unlink()
        assert study.counts["COMPLETED"] == 2
        assert Study.load(study.path).counts["COMPLETED"] == 0


class TestCurves:
    def test_have_a_row_for_each_epoch_in_order(self, study: Study) -> None:
        curves = study.curves
        rows = list(zip(curves["trial"], curves["epoch"], curves["val_accuracy"], strict=True))
        assert rows[:3] == [(0, 1, 0.5), (0, 2, 0.8), (0, 3, 0.7)]
        assert len(rows) == 3 + 2 + 1 + 2 + 1
        assert "format" not in curves.columns

    def test_the_last_line_of_an_epoch_counts(self, study: Study) -> None:
        assert len(study.curves) == 9
        Record(study.store).epochs([epoch(0, 2, 0.25)])
        curves = Study.load(study.path).curves
        found = curves[(curves["trial"] == 0) & (curves["epoch"] == 2)]
        assert list(found["val_accuracy"]) == [0.25]
        assert len(curves) == 9

    def test_a_torn_line_costs_one_epoch(self, study: Study) -> None:
        assert len(study.curves) == 9
        content = (study.path / CURVES).read_bytes()
        (study.path / CURVES).write_bytes(content[:-5])
        assert len(Study.load(study.path).curves) == 8


class TestSummary:
    def test_is_json(self, study: Study) -> None:
        summary = json.loads(json.dumps(study.summary(), allow_nan=False))
        assert summary["study"] == str(study.path)
        assert summary["report"] is None
        assert summary["trials"] == study.counts
        assert summary["best"]["trial"] == 3
        assert set(summary["best"]) == {"trial", "state", "config", "metrics", "cost"}
        assert "every_trial" not in summary

    def test_may_hold_every_trial(self, study: Study) -> None:
        summary = json.loads(json.dumps(study.summary(every_trial=True), allow_nan=False))
        assert [trial["trial"] for trial in summary["every_trial"]] == [0, 1, 2, 3, 5]

    def test_names_a_report_that_is_there(self, study: Study) -> None:
        (study.path / "report.html").write_text("")
        assert study.summary()["report"] == str(study.path / "report.html")

    def test_seconds_count_from_the_first_proposal_to_the_last_line(self, study: Study) -> None:
        ends = [record.ended for record in study.records]
        assert study.seconds == max([*ends, *(proposal.time for proposal in study.proposals)]) - START


class TestShown:
    def test_in_one_line(self, study: Study) -> None:
        assert repr(study) == (
            f"<Study 'digits cnn': 2 completed, 1 stopped, 2 failed, 1 interrupted; "
            f"val_accuracy in the search 0.900 (trial 3); {study.path}>"
        )

    def test_in_a_notebook(self, study: Study) -> None:
        shown = study._repr_html_()
        assert "<h4>digits cnn</h4>" in shown
        assert "<td>0.900 (trial 3)</td>" in shown
        assert "<td>filters=8</td>" in shown
        assert verdict_info(study).text.split(".")[0] in html.unescape(shown)
        assert shown.count("<polyline") == 3  # of five trials that have curves, two are points
        assert shown.count('stroke-width="3"') == 1

    def test_names_and_values_are_escaped(self, tmp_path: Path) -> None:
        trials = [SyntheticTrial("COMPLETED", [0.5], {"padding": HOSTILE})]
        own = {"model": "my_nets:build", "space": {"padding": HOSTILE}}
        study = write_study(tmp_path / "<b>", digits_experiment(name=HOSTILE, **own), trials)
        assert study.name == HOSTILE
        shown = study._repr_html_()
        assert "<script" not in shown
        assert "<b>" not in shown
        assert shown.count("&lt;script&gt;") >= 2

    def test_an_empty_one(self, empty: Study) -> None:
        assert repr(empty) == f"<Study 'digits cnn': no trials; {empty.path}>"
        assert "none" in empty._repr_html_()


class TestEmpty:
    def test_has_no_numbers(self, empty: Study) -> None:
        assert set(empty.counts.values()) == {0}
        assert empty.best is None
        assert empty.ranked == []
        assert empty.seconds == 0.0
        assert empty.summary()["best"] is None
        json.dumps(empty.summary(every_trial=True))

    def test_its_tables_have_no_rows(self, empty: Study) -> None:
        assert len(empty.trials) == 0
        assert list(empty.trials.columns) == ["state", "value"]
        assert len(empty.curves) == 0
        assert list(empty.curves.columns) == ["trial", "epoch"]


class TestPredictions:
    def test_of_a_kept_trial(self, study: Study) -> None:
        kept = study.predictions(3)
        assert kept is not None
        labels, probabilities = kept.labels, kept.probabilities
        assert labels.shape == (360,)
        assert probabilities.shape == (360, 10)
        assert (probabilities.argmax(axis=1) == labels).mean() == pytest.approx(0.9)

    def test_of_others_there_are_none(self, study: Study) -> None:
        assert study.predictions(0) is None

    def test_class_names_come_from_the_environment(self, study: Study) -> None:
        assert study.names == list("0123456789")


class TestLoading:
    def test_is_the_same_as_what_was_written(self, study: Study) -> None:
        assert study.experiment == digits_experiment()
        assert study.environment == environment()
        assert study.path.is_absolute()

    def test_takes_a_relative_path(self, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(study.path.parent)
        assert Study.load("a").path == study.path

    def test_a_study_can_be_moved(self, study: Study, tmp_path: Path) -> None:
        moved = shutil.copytree(study.path, tmp_path / "elsewhere" / "b")
        assert Study.load(moved).summary()["best"] == study.summary()["best"]

    def test_refuses_what_is_no_study(self, tmp_path: Path) -> None:
        for path in (tmp_path, tmp_path / "none"):
            with pytest.raises(InputError, match=r"^STUDY: is not a study folder: it has no experiment\.yaml \(got '"):
                Study.load(path)

    def test_names_the_line_of_a_broken_experiment(self, study: Study) -> None:
        path = study.path / "experiment.yaml"
        path.write_text(path.read_text().replace("epochs: 18", "epochs: 0"))
        with pytest.raises(InputError, match=r"experiment\.yaml: line \d+: epochs: must be a whole number from 1"):
            Study.load(study.path)

    def test_refuses_an_experiment_of_a_later_format(self, study: Study) -> None:
        path = study.path / "experiment.yaml"
        path.write_text(path.read_text().replace("format: 1", "format: 2"))
        with pytest.raises(
            InputError, match="line 1: format: was written by a newer cnnsearch, in format 2, and this one reads 1"
        ):
            Study.load(study.path)

    @pytest.mark.parametrize("content", [b"{", b"\xff", b""])
    def test_names_a_broken_environment(self, study: Study, content: bytes) -> None:
        (study.path / "environment.json").write_bytes(content)
        with pytest.raises(InputError, match=r"environment\.json: is not valid JSON: "):
            Study.load(study.path)

    @pytest.mark.parametrize("content", ["[]", "3", "null"])
    def test_an_environment_must_be_a_mapping(self, study: Study, content: str) -> None:
        (study.path / "environment.json").write_text(content)
        with pytest.raises(InputError, match=r"environment\.json: must be a mapping"):
            Study.load(study.path)

    def test_an_environment_may_be_missing(self, study: Study) -> None:
        (study.path / "environment.json").unlink()
        again = Study.load(study.path)
        assert again.environment == {}
        assert again.names == []

    def test_a_study_of_arrays_is_read_without_them(self, tmp_path: Path) -> None:
        arrays: Any = (np.zeros((4, 8, 8), dtype=np.uint8), [0, 1, 0, 1])
        study = write_study(tmp_path / "a", digits_experiment(dataset=arrays), TRIALS_OF_EVERY_KIND)
        assert study.experiment.dataset.source == "arrays"
        assert study.best is not None
