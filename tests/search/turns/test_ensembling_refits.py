"""The ensemble of refits without Ray: whose configs are trained again, what is recorded, shipped and said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from replaced import Replaced, searched
from synthetic import SyntheticTrial

from cnnsearch.experiment import Experiment
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.search.jobs import EnsembleRun, FinalistRun, Job, RefitRun, SplitReading
from cnnsearch.search.turns.ensembling import Ensembling
from cnnsearch.search.turns.finalists import Finals
from cnnsearch.search.turns.refit import Refitting
from cnnsearch.search.turns.replacement import replacing_turn
from cnnsearch.study import Study
from cnnsearch.study.record.lines import EpochLine, Member
from cnnsearch.study.winner.replacement import refit_in_words, refit_is_due

Small = Callable[..., Experiment]
TRIALS = [
    SyntheticTrial("COMPLETED", curve, {"learning_rate": rate})
    for rate, curve in ((0.01, (0.5, 0.9)), (0.02, (0.3, 0.4)), (0.03, (0.6, 0.88)), (0.04, (0.8, 0.89)))
]
"""From best to worst: 0, 3, 2, and 1, which is far below them."""
FRESH = {0: 0.85, 2: 0.83, 3: 0.84}


class Steps(Replaced):
    """A winner that an ensemble of refits is to replace; ``losses``: learning rate -> training losses of attempts."""

    def __init__(self, folder: Path, experiment: Experiment, losses: Mapping[float, list[float]]) -> None:
        self.losses = losses
        self.told: list[str] = []
        super().__init__(
            folder,
            experiment,
            *([Finals] if experiment.finalists else []),
            partial(Ensembling, pictures=80, observe=self.told.append),
        )

    def work(self, failing: float | None = None) -> list[Job]:
        """All that is left to do; the jobs. The refit of the config with that learning rate fails."""
        found: list[Job] = []
        while (job := self.turns.propose()) is not None:
            self._do(job, failing)
            found.append(job)
        assert self.turns.is_over
        return found

    def _do(self, job: Any, failing: float | None) -> None:
        if isinstance(job, SplitReading):
            self.read(job)
            return
        told: dict[str, Any] = {"value": None, "epochs": 1, "cost": {"wall_seconds": 1.0}, "ended": 2e9}
        if isinstance(job, FinalistRun):
            trial = next(line.trial for line in self.study.records if dict(line.config) == dict(job.config))
            self.leave(job, f"run of {trial}", "model.keras", "predictions.npz")
            told |= {"value": FRESH[trial], "best_epoch": 1, "metrics": {"val_accuracy": FRESH[trial]}}
            self.end(job, None, **told)
        elif isinstance(job, RefitRun):
            lost = "diverged" if job.config["learning_rate"] == failing else None
            if lost is None:
                self.leave(job, f"refit of {job.config['learning_rate']}")
            curve = tuple(EpochLine(trial=job.number, epoch=1 + k, values={"loss": 0.5}) for k in range(job.epochs))
            loss = self.losses.get(job.config["learning_rate"]) or [0.1]
            self.end(job, lost, curve, **{**told, "epochs": job.epochs, "metrics": {"loss": loss.pop(0)}})
        else:
            assert isinstance(job, EnsembleRun)
            self.leave(job, "mean of " + ", ".join((self.folder / name).read_text() for name, _ in job.models))
            self.end(job, None, **{**told, "epochs": 0})


@pytest.fixture
def steps(tmp_path: Path, small: Small) -> Callable[..., Steps]:
    def make(
        trials: list[SyntheticTrial] = TRIALS, losses: Mapping[float, list[float]] | None = None, **keys: Any
    ) -> Steps:
        space = {"learning_rate": {"float": [0.001, 0.1]}}
        experiment = small(**{"space": space, "final": "refit", "ensemble": 3, **keys})
        return Steps(searched(tmp_path / "study", experiment, trials), experiment, losses or {})

    return make


def test_each_is_trained_longer_whose_trial_kept_its_level(steps: Callable[..., Steps]) -> None:
    made = steps([SyntheticTrial("COMPLETED", (0.9, 0.3), {"learning_rate": 0.01}), *TRIALS[1:]], refit_times=2)
    refits = [job for job in made.work() if isinstance(job, RefitRun)]
    told = {line.trial: line.best_epoch == line.epochs for line in made.study.records}
    (line,) = made.study.refits
    assert [job.times for job in refits] == [each.times for each in line.members]
    assert [each.times for each in line.members] == [2 if told[each.trial] else 1 for each in line.members]
    assert {each.times for each in line.members} == {1, 2}, told
    longer = ", ".join(str(each.trial) for each in line.members if each.times == 2)
    assert f"pictures, twice as long as in the search (trials {longer})." in str(refit_in_words(made.study))


def test_the_best_configs_are_trained_again_and_become_one_model(steps: Callable[..., Steps]) -> None:
    made = steps()
    assert refit_is_due(made.study, made.experiment)
    assert replacing_turn(made.study, made.experiment) is Ensembling
    *refits, joined, reading = made.work()
    assert [(job.config["learning_rate"], job.epochs) for job in refits if isinstance(job, RefitRun)] == [
        (0.01, 2),
        (0.04, 2),
        (0.03, 2),
    ]
    assert isinstance(joined, EnsembleRun)
    assert (joined.epochs, joined.has_seen, len(refits)) == (0, True, 3)
    assert isinstance(reading, SplitReading)
    assert made.held == "mean of refit of 0.01, refit of 0.04, refit of 0.03"
    assert made.told == [
        "trials 0 (2 epochs), 3 (2 epochs), 2 (2 epochs) are trained again on all 80 training and validation pictures, "
        "and made an ensemble",
        "",
    ]
    (line,) = made.study.refits
    assert line.members == tuple(Member(trial=trial, epochs=2) for trial in (0, 3, 2))
    assert (line.trial, line.run, line.value, line.pictures, line.kind) == (0, None, None, 80, "ensemble")
    assert not (made.folder / "models").exists()
    assert [read.by for read in made.study.test_reads] == ["refit"]
    assert not refit_is_due(made.study, made.experiment)
    assert steps().work() == [], "nothing is done a second time"


def test_what_is_told_of_it(steps: Callable[..., Steps]) -> None:
    made = steps()
    made.work()
    told = str(refit_in_words(made.study))
    assert told == (
        "The model in best/ is an ensemble: the mean of what 3 networks tell, of the configs of trials 0, 3, 2, each "
        "trained again on all 80 training and validation pictures. It has 96,000 weights. These pictures cannot judge "
        "it any more. At the end of each the learning rate went down to 0, whatever its schedule."
    )
    assert told in verdict_info(made.study).text
    headline = made.study.headline
    assert headline is not None
    assert (headline.value, headline.model, headline.shipped) == (0.9, None, "the ensemble")
    (made.folder / "test_reads.jsonl").unlink()
    assert str(refit_in_words(made.study)).endswith(
        "schedule. What the winner gave is to be expected of one of them; their mean is mostly somewhat better."
    )


def test_finalists_name_its_members_and_their_order(steps: Callable[..., Steps]) -> None:
    made = steps(finalists={"top": 3, "seeds": 2}, ensemble=2)
    jobs = made.work()
    assert [type(job) for job in jobs] == [FinalistRun] * 6 + [RefitRun] * 2 + [EnsembleRun, SplitReading]
    assert made.held == "mean of refit of 0.01, refit of 0.04"
    assert [(each.trial, each.run) for each in made.study.refits[0].members] == [(0, 0), (3, 0)]


def test_a_config_that_is_there_already_or_is_clearly_worse_is_no_member(steps: Callable[..., Steps]) -> None:
    twice = [*TRIALS, SyntheticTrial("COMPLETED", (0.9, 0.89), {"learning_rate": 0.01})]
    made = steps(twice, ensemble=5)
    made.work()
    assert [member.trial for member in made.study.refits[0].members] == [0, 3, 2]


def test_beside_a_winner_that_is_always_right_the_others_say_how_near_they_are(steps: Callable[..., Steps]) -> None:
    perfect = [
        SyntheticTrial("COMPLETED", curve, {"learning_rate": rate})
        for rate, curve in ((0.01, (0.9, 1.0)), (0.02, (0.9, 0.99)), (0.03, (0.8, 0.9)))
    ]
    made = steps(perfect)
    made.work()
    assert [member.trial for member in made.study.refits[0].members] == [0, 1]


def test_alone_the_winner_is_refitted_and_that_is_said(steps: Callable[..., Steps]) -> None:
    made = steps(TRIALS[:2])
    assert replacing_turn(made.study, made.experiment) is Refitting
    turn = Refitting(made.store, made.experiment, ["a", "b"], 1, 80)
    job: Any = turn.propose()
    made.turns = turn  # type: ignore[assignment]
    made._do(job, None)
    assert made.held == "refit of 0.01"
    assert str(refit_in_words(made.study)).endswith(
        "It is one network, not 3: no other config came near enough to the winner's to be its second one."
    )


def test_one_that_cannot_be_trained_again_leaves_the_model_of_before(steps: Callable[..., Steps]) -> None:
    made = steps()
    (made.folder / "best").mkdir(exist_ok=True)
    made.work(failing=0.04)
    (line,) = made.study.refits
    assert (line.state, line.reason) == ("FAILED", "the network of trial 3 could not be trained again: diverged")
    assert "There is no ensemble (the network of trial 3 could not be trained again: diverged)" in str(
        refit_in_words(made.study)
    )
    assert not refit_is_due(made.study, made.experiment), "it is not tried a second time"


def test_who_dies_between_the_refits_goes_on_with_those_that_are_there(steps: Callable[..., Steps]) -> None:
    made = steps()
    first = made.turns.propose()
    made._do(first, None)
    again = steps()
    jobs = again.work()
    assert [type(job) for job in jobs] == [RefitRun, RefitRun, EnsembleRun, SplitReading]
    assert again.held == "mean of refit of 0.01, refit of 0.04, refit of 0.03"
    assert Study.load(again.folder).best is not None


def test_a_member_that_did_not_learn_is_trained_once_more_on_another_seed(steps: Callable[..., Steps]) -> None:
    made = steps(losses={0.04: [2.3, 0.1]})
    jobs = made.work()
    tried = [job for job in jobs if isinstance(job, RefitRun) and job.config["learning_rate"] == 0.04]
    assert len({job.seed for job in tried}) == len(tried) == 2
    assert made.held == "mean of refit of 0.01, refit of 0.04, refit of 0.03"
    assert made.study.refits[0].missed == (3,)
    assert "On the seeds of their trials those of 3 had not learnt, so others were taken." in str(
        refit_in_words(made.study)
    )


def test_that_it_was_another_seed_is_kept_by_who_dies_before_the_ensemble(steps: Callable[..., Steps]) -> None:
    made = steps(losses={0.04: [2.3, 0.1]})
    while not isinstance(job := made.turns.propose(), EnsembleRun):
        made._do(job, None)
    again = steps()
    assert [type(job) for job in again.work()] == [EnsembleRun, SplitReading]
    assert again.study.refits[0].missed == (3,)
