"""What is said of trials that the minutes ended, and of those that were to be stopped and went on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from commands import call
from synthetic import START, SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.cli.sweeps.outcome import tell
from cnnsearch.numbers import duration
from cnnsearch.report import markdown
from cnnsearch.report.statistics.headline import headline_info
from cnnsearch.report.statistics.next_step import next_step
from cnnsearch.report.views.trials.info import trials_info
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.study.endings import better_stopped, better_stopped_in_words, budget_seconds, minutes_are_over
from cnnsearch.study.folder.completion import is_over
from cnnsearch.study.record.lines import RefitLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.record.sessions import with_end

CUT = "after 2 of 18 epochs, as the minutes were over"
BY = "budget.minutes: they were over, and 2 trials ended with the epochs that they had"
CAUTION = (
    "2 trials ended as the minutes were over, the best one too, and count with the epochs that they had: more might "
    "have come of them."
)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    trials = [
        SyntheticTrial("COMPLETED", (0.5, 0.6, 0.7)),
        SyntheticTrial("COMPLETED", (0.7, 0.8), end_reason="budget"),
        SyntheticTrial("COMPLETED", (0.4,), end_reason="budget"),
    ]
    return write_study(tmp_path / "a", digits_experiment(budget={"minutes": 5, "all": True}), trials)


def test_a_winner_that_the_minutes_ended_is_told_as_such_everywhere(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert study.ended_by == study.summary()["ended_by"] == BY
    headline = headline_info(study)
    assert headline is not None
    assert headline.lines[0].endswith(f" ({CUT})")
    (caution,) = [each for each in verdict_info(study).cautions if "minutes" in each.text]
    assert caution.text == CAUTION
    assert caution.details == ("trial 1: 2 of 18 epochs", "trial 2: 1 of 18 epochs")
    assert CAUTION in markdown([study])
    assert [row.reason for row in trials_info(study).rows] == [
        None,
        f"ended {CUT}",
        f"ended {CUT.replace('2', '1', 1)}",
    ]
    tell(study)
    told = capsys.readouterr().out
    assert f"The search was ended by {BY}\n" in told
    assert f"({CUT})\n" in told


def test_show_tells_each(study: Study) -> None:
    told = call("show", str(study.path))
    assert f"trial 1 ended {CUT}\n" in told
    assert "the search was ended by budget.minutes: " in told


def test_minutes_of_everything_begin_with_the_driver(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    first, seconds = min(line.time for line in study.proposals), study.seconds
    shortened = {"asked": {"top": 3, "seeds": 5}, "given": None, "seconds_left": 0.0}
    adjusted = {"seconds": 500.0, "expected": 90.0, "minutes": 5, "cpus": [1, 1], "epochs": [20, 18]}
    told = {"startup": {"began": first - 300.0}, "shortened": shortened, "adjusted": adjusted}
    study.store.write_json("environment.json", {**study.environment, **told})
    late = Study.load(study.path)
    assert minutes_are_over(late)
    assert (late.seconds, budget_seconds(late)) == (seconds, seconds + 300)
    capsys.readouterr()
    tell(late)
    assert f", {duration(seconds + 300)}\n" in capsys.readouterr().out
    shown = call("show", str(study.path))
    assert f"; {duration(seconds + 300)}; " in shown
    assert "\nbudget.minutes: one trial of 20 epochs would take about 8 min 20 s on 1 thread" in shown
    assert "\nbudget.minutes left 0 s, enough for no finalists, where 3 on 5 were asked for\n" in shown
    plain = study.experiment.updated({"budget.all": False})
    study.store.write("experiment.yaml", plain.to_yaml())
    assert budget_seconds(Study.load(study.path)) == seconds  # those of the search alone


def test_minutes_that_are_over_before_the_first_trial_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_study(tmp_path / "a", digits_experiment(budget={"minutes": 5, "all": True}), [])
    sessions = {"startup": {"began": 100.0}, "ended": 420.0, "resumed": [{"startup": {"began": 900.0}, "ended": 910.0}]}
    study.store.write_json("environment.json", {**study.environment, **sessions})
    late = Study.load(study.path)
    assert budget_seconds(late) == 330
    tell(late)
    told = capsys.readouterr().out
    assert told.startswith("The minutes are over: no trials, 5 min 30 s\n")
    assert f"To go on: cnnsearch resume {study.path} --minutes N\n" in told
    assert next_step(late).text("x") == (
        "Give it more minutes: no trial had ended in those that it had: cnnsearch resume x --minutes N"
    )


GRID: dict[str, Any] = {"sampler": {"name": "grid", "points": 9}}
TINY: dict[str, Any] = {"limits": {"parameters": 9}}


@pytest.mark.parametrize(
    ("keys", "last", "told"),
    [
        (GRID | TINY, 1, "its grid: all of its configs were tried, but for 1 that was refused"),
        (TINY, 520, "limits: 520 configs in a row would have broken them, and none was found that keeps them"),
        ({}, 0, "its space: no config was found that was not tried"),
    ],
    ids=["grid", "limits", "space"],
)
def test_a_sampler_without_another_config_ended_the_search(
    tmp_path: Path, keys: dict[str, Any], last: int, told: str
) -> None:
    experiment = digits_experiment(budget={"trials": 50, "minutes": 60, "all": True}, final="keep", **keys)
    study = write_study(tmp_path, experiment, [SyntheticTrial("COMPLETED", (0.7,))], {**environment(), "ended": START})
    assert (study.ended_by, is_over(study)) == (None, False)
    study.store.write_json("environment.json", with_end(study.environment, START, last))
    study = Study.load(tmp_path)
    assert (study.ended_by, is_over(study), minutes_are_over(study)) == (told, True, False)
    told_to_user = call("show", str(tmp_path))
    assert f"the search was ended by {told}\n" in told_to_user


def test_what_came_later_ended_the_search(tmp_path: Path) -> None:
    trials = [
        SyntheticTrial("COMPLETED", (0.7,), end_reason="budget"),
        SyntheticTrial("COMPLETED", (0.5, 0.6)),
    ]
    study = write_study(tmp_path / "a", digits_experiment(budget={"trials": 2}), trials)
    assert study.ended_by == "budget.trials: all 2 trials ended"
    assert any(
        each.text.startswith("1 trial ended as the minutes were over, the best")
        for each in verdict_info(study).cautions
    )


def test_the_recommended_config_that_went_on_is_told_by_show(tmp_path: Path) -> None:
    trials = [SyntheticTrial("COMPLETED", (0.5, 0.6), audited=2, origin="recommended")]
    study = write_study(tmp_path / "a", trials=trials)
    told = "trial 0 was not stopped all the same: the scheduler would have done so after epoch 2\n"
    assert told in call("show", str(study.path))


BETTER = (
    "Trial 1 had val_accuracy 0.900 at epoch 2, better than every completed trial, but the scheduler stopped it after "
    "epoch 3 of 18. So had another one. A stopped trial is not taken: what it would have come to is not known, and its "
    "model is not kept: cnnsearch rerun 'digits cnn' 1 --export MODEL.keras trains it again."
)


def test_a_stopped_trial_that_was_better_than_the_best_is_told_of_wherever_the_best_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trials = [
        SyntheticTrial("COMPLETED", (0.5, 0.7)),
        SyntheticTrial("STOPPED", (0.6, 0.9, 0.3)),
        SyntheticTrial("STOPPED", (0.8, 0.2), end_reason="user"),
        SyntheticTrial("STOPPED", (0.7,)),  # as good as the best
        SyntheticTrial("FAILED", (0.95,), reason="it broke"),
    ]
    study = write_study(tmp_path / "a", digits_experiment(), trials)
    assert study.best is not None
    assert (study.best.trial, study.summary()["better_stopped"]) == (0, [1, 2])
    assert better_stopped_in_words(study) == BETTER
    assert BETTER in verdict_info(study).text
    assert call("show", str(study.path)).count(BETTER) == 1, "said once"
    tell(study)
    assert BETTER in capsys.readouterr().out


@pytest.mark.parametrize(
    "trials",
    [
        [SyntheticTrial("STOPPED", (0.9,)), SyntheticTrial("STOPPED", (0.8,))],
        [SyntheticTrial("COMPLETED", (0.5, 0.9)), SyntheticTrial("STOPPED", (0.8,))],
        [SyntheticTrial("STOPPED", (0.9,), cost={"parameters": 2000}), SyntheticTrial("COMPLETED", (0.5,))],
    ],
)
def test_where_none_completed_or_none_was_better_or_it_breaks_a_limit_nothing_is_said(
    tmp_path: Path, trials: list[SyntheticTrial]
) -> None:
    study = write_study(tmp_path / "a", digits_experiment(limits={"parameters": 1500}), trials)
    assert better_stopped_in_words(study) == ""
    assert "better_stopped" not in study.summary()


def test_of_several_objectives_it_is_what_no_completed_trial_is_as_good_as(tmp_path: Path) -> None:
    trials = [
        SyntheticTrial("COMPLETED", (0.5,), cost={"parameters": 100}),
        SyntheticTrial("COMPLETED", (0.8,), cost={"parameters": 900}),
        SyntheticTrial("STOPPED", (0.7,), cost={"parameters": 200}),
        SyntheticTrial("STOPPED", (0.7,), cost={"parameters": 900}),
        SyntheticTrial("STOPPED", (0.5,), cost={"parameters": 100}),
    ]
    keys = {"objective": ["val_accuracy", "parameters"], "scheduler": "asha"}
    study = write_study(tmp_path / "a", digits_experiment(**keys), trials)
    assert [line.trial for line in better_stopped(study)] == [2]
    told = (
        "Trial 2 had val_accuracy 0.700 at epoch 1, no completed trial is as good in all objectives, but the scheduler"
    )
    assert better_stopped_in_words(study).startswith(told)
    assert better_stopped_in_words(study) in verdict_info(study).text


@pytest.mark.parametrize(
    ("budget", "followed", "over"),
    [
        ({"minutes": 5, "all": True}, True, True),  # the rest of them was for the refit, and more than it took
        ({"minutes": 5, "all": True}, False, False),
        ({"minutes": 5}, True, False),
        ({"minutes": 5, "all": True, "trials": 1}, True, False),
    ],
)
def test_a_search_that_ended_for_what_follows_it_was_ended_by_the_minutes(
    tmp_path: Path, budget: dict[str, Any], followed: bool, over: bool
) -> None:
    study = write_study(
        tmp_path, digits_experiment(budget=budget, final="refit"), [SyntheticTrial("COMPLETED", (0.7,))]
    )
    if followed:
        end = {"state": "FAILED", "value": None, "reason": "it broke", "ended": START + 100}
        Record(study.store).end_refit(RefitLine(trial=0, seed=1, planned=1, pictures=9, **end))
    found = Study.load(tmp_path)
    assert minutes_are_over(found) is over
    assert (found.ended_by == "budget.minutes: they were over") is over
