"""What follows a search and has too little time: what goes on, and what the study says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from recorded import run
from synthetic import SyntheticTrial, write_study

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.sections import Finalists
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study
from cnnsearch.study.progress.shortening import asked_again, refits_what_lasted, shortened_as, shortened_in_words
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.finalists import fresh_seeds
from cnnsearch.sweep.estimates.remaining_time import RemainingTime

Small = Callable[..., Experiment]
ASKED = {"top": 2, "seeds": 3}
TRIALS = [SyntheticTrial("COMPLETED", (value,)) for value in (0.7, 0.9)]


def remaining(
    folder: Path,
    experiment: Experiment,
    given: Finalists | None,
    late: bool = False,
    networks: int = 1,
    whole: bool = True,
    times: int = 1,
    now: Experiment | None = None,
) -> RemainingTime:
    session: Any = SimpleNamespace(experiment=experiment, store=LocalStore(folder))
    count = networks if experiment.final != "keep" and not late else 0
    forecast = SimpleNamespace(
        fitting=lambda left: given if left == 42.0 else None,
        networks=lambda _: count,
        seconds=lambda *_: 100.0,
        has_time_for_all_epochs=lambda *_: whole,
        refit_times=lambda *_: times,
    )
    search: Any = SimpleNamespace(experiment=now or experiment, forecast=forecast, seconds_left=42.0)
    return RemainingTime(session, search)


@pytest.fixture
def experiment(tmp_path: Path, small: Small) -> Experiment:
    found = small(budget={"minutes": 2, "all": True}, finalists=ASKED)
    write_study(tmp_path / "study", found, TRIALS)
    return found


@pytest.mark.parametrize(
    ("given", "words"),
    [(Finalists(top=1, seeds=2), "1 finalist on 2 fresh seeds"), (None, "no finalists")],
)
def test_fewer_are_trained_and_the_study_says_so(
    experiment: Experiment, tmp_path: Path, given: Finalists | None, words: str
) -> None:
    found = remaining(tmp_path / "study", experiment, given).experiment
    assert found.finalists == given
    study = Study.load(tmp_path / "study")
    assert study.experiment == found, "whoever goes on does so with these"
    told = [caution.text for caution in verdict_info(study).cautions]
    assert (
        "There was too little time for all that was to follow the search: budget.minutes left 42 s, enough for "
        f"{words}, where 2 on 3 were asked for." in told
    )


def test_a_budget_that_was_extended_meanwhile_stays_so(small: Small, tmp_path: Path) -> None:
    begun = small(budget={"trials": 4, "minutes": 2, "all": True}, finalists=ASKED)
    extended = begun.updated({"budget.trials": 9})
    write_study(tmp_path / "study", extended, TRIALS)
    found = remaining(tmp_path / "study", begun, None, now=extended).experiment
    assert (found.finalists, found.budget.trials) == (None, 9)
    assert Study.load(tmp_path / "study").experiment == found


@pytest.mark.parametrize(
    ("networks", "ensemble", "words"), [(2, 2, "an ensemble of 2"), (1, None, "one network to be trained again")]
)
def test_an_ensemble_of_fewer_networks_is_trained_and_the_study_says_so(
    small: Small, tmp_path: Path, networks: int, ensemble: int | None, words: str
) -> None:
    experiment = small(budget={"minutes": 2, "all": True}, final="refit", ensemble=3)
    write_study(tmp_path / "study", experiment, TRIALS)
    assert remaining(tmp_path / "study", experiment, None, networks=3).experiment is experiment
    found = remaining(tmp_path / "study", experiment, None, networks=networks).experiment
    assert (found.final, found.ensemble) == ("refit", ensemble)
    study = Study.load(tmp_path / "study")
    assert study.experiment == found
    told = f"budget.minutes left 42 s, enough for {words}, where an ensemble of 3 was asked for"
    assert told in str(shortened_in_words(study.environment))
    assert shortened_as(experiment, found, study.environment) == found, "the same file goes on with the study"


def test_an_ensemble_of_refits_is_left_out(small: Small, tmp_path: Path) -> None:
    experiment = small(budget={"minutes": 2, "all": True}, final="refit", ensemble=3)
    write_study(tmp_path / "study", experiment, TRIALS)
    found = remaining(tmp_path / "study", experiment, None, late=True).experiment
    assert (found.final, found.ensemble) == ("keep", None)
    environment = Study.load(tmp_path / "study").environment
    assert "the refit would have taken about 1 min 40 s" in str(shortened_in_words(environment))
    assert shortened_as(experiment, found, environment) == found


def test_a_refit_is_left_out_and_the_study_says_so(small: Small, tmp_path: Path) -> None:
    experiment = small(budget={"minutes": 2, "all": True}, final="refit")
    write_study(tmp_path / "study", experiment, TRIALS)
    assert remaining(tmp_path / "study", experiment, None).experiment is experiment
    found = remaining(tmp_path / "study", experiment, None, late=True).experiment
    assert (found.final, found.finalists) == ("keep", None)
    study = Study.load(tmp_path / "study")
    assert study.experiment == found
    told = [caution.text for caution in verdict_info(study).cautions]
    assert (
        "There was too little time for all that was to follow the search: the refit would have taken about 1 min 40 s, "
        "for which budget.minutes had too little room beside the search, so it was left out." in told
    )


def test_a_refit_has_the_epochs_that_lasted_and_the_study_says_so(small: Small, tmp_path: Path) -> None:
    experiment = small(budget={"minutes": 2, "all": True}, final="refit")
    write_study(tmp_path / "study", experiment, TRIALS)
    found = remaining(tmp_path / "study", experiment, None, whole=False).experiment
    assert found == experiment
    environment = Study.load(tmp_path / "study").environment
    assert refits_what_lasted(environment)
    assert shortened_in_words(environment) == (
        "budget.minutes left 42 s, too little to train the refit for all epochs, so it has those that its trial had"
    )


@pytest.mark.parametrize(("times", "words"), [(2, "so it is twice as long"), (1, "so it is as long")])
def test_a_refit_is_less_long_and_the_study_says_so(small: Small, tmp_path: Path, times: int, words: str) -> None:
    experiment = small(budget={"minutes": 2, "all": True}, final="refit", refit_times=4)
    write_study(tmp_path / "study", experiment, TRIALS)
    assert remaining(tmp_path / "study", experiment, None, times=4).experiment is experiment
    found = remaining(tmp_path / "study", experiment, None, times=times).experiment
    study = Study.load(tmp_path / "study")
    assert (found.refit_times, study.experiment) == (times, found)
    told = f"budget.minutes left 42 s, too little for a refit 4 times as long as its trial, {words}"
    assert shortened_in_words(study.environment) == told
    assert shortened_as(experiment, found, study.environment) == found, "the same file goes on with the study"
    assert asked_again(found, found, study.environment).refit_times == 4, "where it gets more minutes"


def test_a_longer_refit_that_is_left_out_is_told_once(small: Small, tmp_path: Path) -> None:
    experiment = small(budget={"minutes": 2, "all": True}, final="refit", refit_times=4)
    write_study(tmp_path / "study", experiment, TRIALS)
    found = remaining(tmp_path / "study", experiment, None, late=True).experiment
    assert (found.final, found.refit_times) == ("keep", 1)
    environment = Study.load(tmp_path / "study").environment
    assert "as long" not in str(shortened_in_words(environment))
    assert shortened_as(experiment, found, environment) == found
    again = asked_again(found, found, environment)
    assert (again.final, again.refit_times) == ("refit", 4)


def test_folds_whose_refit_is_left_out_can_go_on(small: Small) -> None:
    """What was left out is ``keep`` from then on, which is refused where there is time for all."""
    short = small(budget={"minutes": 2, "all": True}, evaluation={"folds": 3}).model_copy(update={"final": "keep"})
    assert short.updated({"budget.minutes": 4}).final == "keep"
    with pytest.raises(InputError, match="final: ships a model as it was trained"):
        short.updated({"budget.all": False})


@pytest.mark.parametrize(
    ("given", "final", "members"),
    [(Finalists(top=3, seeds=2), "ensemble", 3), (Finalists(top=2, seeds=2), "ensemble", 2), (None, "keep", None)],
)
def test_an_ensemble_has_the_members_that_there_is_time_for(
    small: Small, tmp_path: Path, given: Finalists | None, final: str, members: int | None
) -> None:
    asked = {"finalists": {"top": 4, "seeds": 3}, "final": "ensemble", "ensemble": 3}
    experiment = small(budget={"minutes": 2, "all": True}, **asked)
    write_study(tmp_path / "study", experiment, TRIALS)
    found = remaining(tmp_path / "study", experiment, given).experiment
    assert (found.finalists, found.final, found.ensemble) == (given, final, members)
    assert Experiment.from_dict(found.to_dict()) == found, "it may be run as it is"
    text = str(shortened_in_words(Study.load(tmp_path / "study").environment))
    assert ("no two finalists for it, so it was left out" in text) == (final == "keep")


def test_where_there_is_time_nothing_changes(experiment: Experiment, tmp_path: Path) -> None:
    before = (tmp_path / "study" / "experiment.yaml").read_bytes()
    assert remaining(tmp_path / "study", experiment, Finalists(**ASKED)).experiment is experiment
    assert (tmp_path / "study" / "experiment.yaml").read_bytes() == before
    assert "shortened" not in Study.load(tmp_path / "study").environment


def test_those_that_have_begun_go_on(experiment: Experiment, tmp_path: Path) -> None:
    seed = fresh_seeds(experiment.seed, 1)[0]
    Record(LocalStore(tmp_path / "study")).end_finalist(run(1, 0, 0.8, seed=seed))
    assert remaining(tmp_path / "study", experiment, None).experiment is experiment


def test_without_all_the_clock_is_not_looked_at(small: Small, tmp_path: Path) -> None:
    plain = small(budget={"minutes": 2}, finalists=ASKED)
    assert remaining(tmp_path / "study", plain, None).experiment is plain
