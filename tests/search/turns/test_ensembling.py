"""The ensemble of finalists, or of folds, without Ray: what is asked for, recorded, and shipped."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from replaced import TRIALS, Replaced, searched
from synthetic import SyntheticTrial

from cnnsearch.experiment import Experiment
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.search.jobs import EnsembleRun, FinalistRun, Job, SplitReading
from cnnsearch.search.turns.ensembling import Ensembling
from cnnsearch.search.turns.finalists import Finals
from cnnsearch.study.headline import Number
from cnnsearch.study.record.lines import Ended, Member, RefitLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.study.winner.ensemble import ensemble_in_words, planned_ensemble
from cnnsearch.study.winner.finalists import model_of
from cnnsearch.study.winner.replacement import refit_in_words, refit_is_due

Small = Callable[..., Experiment]
VALUES = {1: 0.75, 2: 0.85, 0: 0.65}
"""Trial -> what it gives on fresh seeds: trial 2 wins."""
SIZE = {"parameters": 100.0, "model_bytes": 4e6, "macs": 9.0, "latency_seconds": 0.001}


class Steps(Replaced):
    """A winner that an ensemble is to replace."""

    def __init__(self, folder: Path, experiment: Experiment) -> None:
        joining = partial(Ensembling, pictures=60)
        super().__init__(folder, experiment, *([Finals] if experiment.finalists else []), joining)

    def train(self, job: FinalistRun, reason: str | None = None) -> None:
        trial = next(line.trial for line in self.study.records if dict(line.config) == dict(job.config))
        if reason is None:
            self.leave(job, f"network of {trial} on {job.seed}", "model.keras", "predictions.npz")
        self._trained(job, reason, VALUES[trial], {"val_accuracy": VALUES[trial]}, {**SIZE, "wall_seconds": 2.0})

    def join(self, job: EnsembleRun, latency: float = 0.002, reason: str | None = None) -> None:
        if reason is None:
            self.leave(job, "mean of " + ", ".join(name for name, _ in job.models))
        self._trained(job, reason, None if job.epochs else 0.95, {"val_accuracy": 0.95}, {"latency_seconds": latency})

    def _trained(self, job: Job, reason: str | None, value: float | None, metrics: Any, cost: Any) -> None:
        told = {"value": None if reason else value, "best_epoch": 1, "epochs": 1, "cost": cost, "ended": 2e9}
        self.end(job, reason, metrics=metrics, **told)

    def work(self, **keys: Any) -> list[Job]:
        """All that is left to do; the jobs that were no runs of finalists, but for those of members."""
        found: list[Job] = []
        while (job := self.turns.propose()) is not None:
            if isinstance(job, FinalistRun):
                self.train(job)
            elif isinstance(job, EnsembleRun):
                self.join(job, **keys)
            else:
                self.read(job)
            found.append(job)
        assert self.turns.is_over
        return found


@pytest.fixture
def steps(tmp_path: Path, small: Small) -> Callable[..., Steps]:
    def make(trials: list[SyntheticTrial] = TRIALS, **keys: Any) -> Steps:
        experiment = small(**{"final": "ensemble", "finalists": {"top": 3, "seeds": 2}, **keys})
        return Steps(searched(tmp_path / "study", experiment, trials), experiment)

    return make


def test_the_finalists_become_one_model(steps: Callable[..., Steps]) -> None:
    made = steps()
    *runs, joined, reading = made.work()
    assert isinstance(joined, EnsembleRun)
    assert [type(job) for job in runs] == [FinalistRun] * 6
    assert [name for name, _ in joined.models] == ["best/model.keras", model_of(1, 0), model_of(0, 0)]
    assert joined.epochs == 0
    assert made.held.startswith("mean of best/model.keras")
    (line,) = made.study.refits
    assert [(member.trial, member.run, member.fold) for member in line.members] == [
        (2, 0, None),
        (1, 0, None),
        (0, 0, None),
    ]
    assert (line.trial, line.run, line.planned, line.value) == (2, 0, 0, 0.95)
    assert line.cost == {"parameters": 300, "model_bytes": 12e6, "macs": 27, "latency_seconds": 0.002}
    assert not (made.folder / "models").exists()
    assert isinstance(reading, SplitReading)
    assert reading.metrics == {"val_accuracy": 0.95}, "what was decided for the ensemble"
    assert [read.by for read in made.study.test_reads] == ["ensemble"]
    assert steps().work() == [], "nothing is done a second time"


def test_what_is_told_of_it(steps: Callable[..., Steps]) -> None:
    made = steps(ensemble=2)
    made.work()
    study = made.study
    assert refit_in_words(study) == (
        "The model in best/ is an ensemble: the mean of what the networks of 2 finalists tell (trials 2, 1). It has "
        "200 weights, and one picture takes 2 ms. Its val_accuracy is 0.950; alone they have 0.850, 0.750. The same "
        "pictures chose its members."
    )
    assert str(refit_in_words(study)) in verdict_info(study).text
    headline = study.headline
    assert headline is not None
    assert (headline.value, headline.model, headline.ensemble, headline.refitted) == (0.85, 0.95, True, False)
    assert Number("val_accuracy of the ensemble in best/", 0.95, 360) in headline.others
    assert Number("accuracy of the ensemble in best/ on the test split", 0.9, 30) in headline.others
    (made.folder / "test_reads.jsonl").unlink()
    assert str(refit_in_words(made.study)).endswith(" chose its members, so expect somewhat less.")
    told = study.summary()
    assert [member["trial"] for member in told["best"]["refit"]["members"]] == [2, 1]
    assert (told["best_model"]["ensemble"], told["headline"]["ensemble"]) == (True, True)
    note = json.loads((made.folder / "best" / "metrics.json").read_text())
    assert (note["value"], note["ensemble"]["value"], len(note["ensemble"]["members"])) == (0.85, 0.95, 2)
    assert not refit_is_due(study, study.experiment)


@pytest.mark.parametrize(
    ("limits", "latency", "told"),
    [
        ({"model_mb": 10}, 0.002, "limits.model_mb: 12, at most 10"),
        ({"latency_ms": 2}, 0.003, "limits.latency_ms: 3, at most 2"),
    ],
)
def test_one_that_breaks_a_limit_is_not_shipped(
    steps: Callable[..., Steps], limits: dict[str, float], latency: float, told: str
) -> None:
    made = steps(limits={**limits, "networks": 1})
    done = made.work(latency=latency)
    assert any(isinstance(job, EnsembleRun) for job in done) == ("latency_ms" in limits), "size is known before"
    assert made.held.startswith("network of 2")
    assert refit_in_words(made.study) == (
        f"There is no ensemble (all members together break {told}): best/ keeps the model of before, which is the "
        "winner's alone."
    )
    assert not (made.folder / "models").exists()
    assert steps().work() == [], "it is not tried again"


def test_what_was_replaced_since_is_made_anew_when_it_is_asked_for_again(steps: Callable[..., Steps]) -> None:
    steps().work()
    counts = []
    for keys in ({"ensemble": 2}, {}, {}):
        made = steps(**keys)
        made.work()
        counts.append((len(made.study.refits), len(made.study.refits[-1].members)))
        assert made.held.startswith("mean of")
    assert counts == [(2, 2), (3, 3), (3, 3)]


def test_one_that_fails_tells_what_stays(steps: Callable[..., Steps]) -> None:
    made = steps()
    for _ in range(6):
        made.train(made.turns.propose())  # type: ignore[arg-type]
    refitted = Ended(trial=2, state="COMPLETED", value=None, epochs=1, seed=1, ended=2e9)
    Record(made.store).end_refit(RefitLine.of(refitted, run=0, planned=1, best_epochs=(1,), pictures=80))
    made.join(made.turns.propose(), reason="out of memory")  # type: ignore[arg-type]
    assert refit_in_words(made.study) == (
        "There is no ensemble (out of memory): best/ keeps the model of before, which is the winner's, trained again "
        "on training and validation pictures together."
    )


def test_one_that_fails_beside_another_is_told(steps: Callable[..., Steps]) -> None:
    steps().work()
    fewer = steps(ensemble=2)
    fewer.store.write("experiment.yaml", fewer.experiment.to_yaml())
    while not isinstance(job := fewer.turns.propose(), EnsembleRun):
        fewer.train(job)  # type: ignore[arg-type]
    fewer.join(job, reason="out of memory")
    assert str(refit_in_words(fewer.study)).startswith(
        "Another ensemble failed (out of memory). The model in best/ is an ensemble: the mean of what the networks of 3"
    )
    assert fewer.held.startswith("mean of")


def test_a_driver_that_dies_loses_no_member(steps: Callable[..., Steps]) -> None:
    made = steps()
    for _ in range(6):
        made.train(made.turns.propose())  # type: ignore[arg-type]
    made.turns.propose()  # the ensemble begins, and its driver dies
    again = steps()
    joined, _ = again.work()
    assert isinstance(joined, EnsembleRun)
    assert len(joined.models) == 3


def test_members_that_are_lost_are_trained_again(steps: Callable[..., Steps]) -> None:
    made = steps()
    made.work()
    (made.folder / "best" / "model.keras").unlink()
    problem = find_best(made.study).problem  # type: ignore[union-attr]
    assert "the record names the ensemble whose first member is run 0 of finalist 2" in str(problem)
    again = steps()
    done = again.work()
    assert [type(job) for job in done] == [FinalistRun] * 3 + [EnsembleRun], "the same model as was read"
    assert [line.again for line in again.study.refits] == [False, True]
    assert again.held.startswith("mean of best/"), "the run of the winner is the finalists' to bring back"


def test_one_that_cannot_be_trained_again_ends_it(steps: Callable[..., Steps]) -> None:
    made = steps()
    made.work()
    (made.folder / "best" / "model.keras").unlink()
    again = steps()
    winner = again.turns.propose()
    assert isinstance(winner, FinalistRun)
    again.train(winner)
    other = again.turns.propose()
    assert isinstance(other, FinalistRun)
    again.train(other, "out of memory")
    assert [type(job) for job in again.work()] == [FinalistRun, SplitReading], (
        "no ensemble, so the winner's own is read"
    )
    assert str(again.study.refits[-1].reason) == "the network of trial 1 could not be trained again: out of memory"
    assert again.held.startswith("network of 2")


def test_networks_of_pictures_of_another_size_are_left_out(steps: Callable[..., Steps]) -> None:
    sized = {"image_size": {"choice": [8, 16]}, "learning_rate": {"float": [0.001, 0.1]}}
    made = steps(space=sized)
    made.work()
    sizes = {line.trial: line.config["image_size"] for line in made.study.records}
    other = [trial for trial in (0, 1) if sizes[trial] != sizes[2]]
    assert other, "what this test is about"
    plan = planned_ensemble(made.study, made.experiment)
    same = [trial for trial in (2, 1, 0) if trial not in other]
    assert (plan is None) == (len(same) < 2)
    assert plan is None or [member.trial for member in plan.members] == same
    assert "left out, as their pictures are of another size than the winner's" in str(ensemble_in_words(made.study))


def test_the_folds_of_the_winner_are_trained_again_to_their_best_epoch(steps: Callable[..., Steps]) -> None:
    made = steps(finalists=None, evaluation={"folds": 3})
    best = next(line for line in made.study.records if line.trial == 1)
    Record(made.store).end(replace(best, value=0.99, folds=(0.98, 0.99, 1.0), best_epoch=2, cost=SIZE))
    made = steps(finalists=None, evaluation={"folds": 3})
    joined, _ = made.work()
    assert isinstance(joined, EnsembleRun)
    assert (joined.models, joined.epochs, joined.fresh, joined.seed) == ((), 2, False, best.seed)
    (line,) = made.study.refits
    assert line.members == tuple(Member(trial=1, fold=fold) for fold in range(3))
    assert (line.planned, line.value, line.cost["parameters"]) == (2, None, 300)
    assert refit_in_words(made.study) == (
        "The model in best/ is an ensemble: the mean of what the 3 networks of the winner's folds tell. It has 300 "
        "weights, and one picture takes 2 ms. Each picture was seen by most of them, so none may judge it."
    )
    (made.folder / "test_reads.jsonl").unlink()
    assert str(refit_in_words(made.study)).endswith(
        "judge it. What the folds gave is to be expected of one of them; their mean is mostly somewhat better."
    )
