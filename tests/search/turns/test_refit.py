"""The refit of a winner, without Ray: what is trained, for how long, what is recorded, and what is shipped."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from replaced import Replaced, searched
from synthetic import SyntheticTrial

from cnnsearch.cli.studies import tell_refit
from cnnsearch.errors import SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.search.jobs import RefitRun, SplitReading
from cnnsearch.search.turns.refit import Refitting
from cnnsearch.study import Study
from cnnsearch.study.record.lines import Ended, EpochLine, FinalistLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.study.winner.finalists import fresh_seeds
from cnnsearch.study.winner.refit import Refit, has_learnt, other_seed, planned_refit
from cnnsearch.study.winner.replacement import refit_in_words, refit_is_due

Small = Callable[..., Experiment]


class Steps(Replaced):
    """A winner that is to be refitted; ``told``: what is trained, and nothing at the end."""

    def __init__(self, folder: Path, experiment: Experiment) -> None:
        self.told: list[str] = []
        super().__init__(folder, experiment, partial(Refitting, pictures=80, observe=self.told.append))

    def train(self, given: Any, reason: str | None = None) -> None:
        assert isinstance(given, RefitRun)
        if reason is None:
            self.leave(given, f"refitted {given.seed} {given.epochs}")
        curve = tuple(EpochLine(trial=given.number, epoch=1 + k, values={"loss": 0.5}) for k in range(given.epochs))
        self.end(given, reason, curve, value=None, epochs=given.epochs, cost={"wall_seconds": 3.0}, ended=1.0)


@pytest.fixture
def steps(tmp_path: Path, small: Small) -> Callable[..., Steps]:
    def make(trials: list[SyntheticTrial] | None = None, **keys: Any) -> Steps:
        experiment = small(**{"final": "refit", **keys})
        folder = searched(tmp_path / "study", experiment, *([] if trials is None else [trials]))
        if not (folder / "best").exists():
            best = Study.load(folder).best
            assert best is not None
            (folder / "best").mkdir()
            (folder / "best" / "model.keras").write_text("weights of the search")
            (folder / "best" / "metrics.json").write_text(json.dumps({"trial": best.trial, "value": best.value}))
        return Steps(folder, experiment)

    return make


def finalists(folder: Path, experiment: Experiment, best_epochs: tuple[int, ...]) -> None:
    """Runs of trial 2, the winner on fresh seeds, and of trial 1."""
    seeds = fresh_seeds(experiment.seed, len(best_epochs))
    for trial, value in ((2, 0.85), (1, 0.75)):
        for run, (seed, epoch) in enumerate(zip(seeds, best_epochs, strict=True)):
            end = Ended(
                trial=trial,
                state="COMPLETED",
                value=value + 0.01 * run,
                best_epoch=epoch,
                epochs=3,
                metrics={"val_accuracy": value},
                seed=seed,
                ended=2e9 + run,
            )
            Record(LocalStore(folder)).end_finalist(FinalistLine.of(end, run, ()))


def test_the_best_trial_is_trained_again_for_its_best_epochs(steps: Callable[..., Steps]) -> None:
    made = steps()
    trial = next(line for line in made.study.records if line.trial == 1)
    given = made.turns.propose()
    assert made.turns.propose() is None
    assert isinstance(given, RefitRun)
    assert (given.config, given.seed, given.epochs) == (trial.config, trial.seed, 1)
    made.train(given)
    (line,) = made.study.refits
    assert (line.trial, line.run, line.planned, line.best_epochs, line.pictures) == (1, None, 1, (1,), 80)
    assert (line.state, line.value, line.seed, line.cost) == ("COMPLETED", None, trial.seed, {"wall_seconds": 3.0})
    assert made.held == f"refitted {trial.seed} 1"
    assert made.told == ["trial 1 is trained again on all 80 training and validation pictures for 1 epoch", ""]
    assert not (made.folder / "models").exists()
    reading = made.turns.propose()
    assert isinstance(reading, SplitReading)
    assert reading.metrics == trial.metrics, "thresholds are those of the training that decided them"
    made.read(reading)
    assert made.is_over
    (read,) = made.study.test_reads
    assert (read.by, read.trial, read.run, read.model) == ("refit", 1, None, find_best(made.study).digest)  # type: ignore[union-attr]
    again = steps()
    assert again.is_over, "nothing is trained or read a second time"


def test_a_longer_one_is_told_and_another_length_is_another_refit(steps: Callable[..., Steps]) -> None:
    trials = [SyntheticTrial("COMPLETED", curve, {"filters": 4}) for curve in ((0.5,), (0.6, 0.9))]
    made = steps(trials, refit_times=2)
    given = made.turns.propose()
    assert isinstance(given, RefitRun)
    assert (given.epochs, given.times) == (2, 2)
    made.train(given)
    longer = "for 2 epochs, each twice as long"
    assert made.told[0] == f"trial 1 is trained again on all 80 training and validation pictures {longer}"
    (line,) = made.study.refits
    assert line.times == 2
    assert not refit_is_due(made.study, made.experiment)
    assert refit_is_due(made.study, made.experiment.updated({"refit_times": 3}))


def test_no_value_is_told_as_that_of_the_refitted_model(
    steps: Callable[..., Steps], capsys: pytest.CaptureFixture[str]
) -> None:
    made = steps()
    before = made.study.best
    made.train(made.turns.propose())
    study = made.study
    assert study.best is not None
    assert replace(study.best, refit=None) == before, "all numbers are of the training before"
    note = json.loads((made.folder / "best" / "metrics.json").read_text())
    assert (note["value"], note["refit"]["epochs"], note["refit"]["pictures"]) == (0.9, 1, 80)
    assert "the values here are of the training before" in note["refit"]["note"]
    assert study.headline is not None
    assert (study.headline.value, study.headline.model, study.headline.refitted) == (0.9, None, True)
    assert refit_in_words(study) == (
        "The model in best/ was refitted: trained again on all 80 training and validation pictures for 1 epoch. "
        "These pictures cannot judge it any more. At its end the learning rate went down to 0, whatever its schedule."
    )
    file = made.folder / "refits.jsonl"
    file.write_text(file.read_text().replace(', "cooled": true', ""))
    assert str(refit_in_words(made.study)).endswith("any more."), "one of an earlier version did not cool down"
    assert str(refit_in_words(study)) in verdict_info(study).text
    tell_refit(study)
    assert capsys.readouterr().err == f"note: {refit_in_words(study)}\n"
    told = study.summary()
    assert told["best"]["refit"]["planned"] == 1
    assert told["best_model"]["refitted"] is True
    assert told["headline"]["refitted"] is True


@pytest.mark.parametrize(("best_epochs", "expected"), [((3, 1, 2), 2), ((1, 2), 2), ((2, 2, 1, 1), 2), ((1, 3), 2)])
def test_with_finalists_it_is_the_median_of_their_best_epochs(
    steps: Callable[..., Steps], best_epochs: tuple[int, ...], expected: int
) -> None:
    keys = {"finalists": {"top": 2, "seeds": len(best_epochs)}}
    made = steps(**keys)
    finalists(made.folder, made.experiment, best_epochs)
    plan = planned_refit(made.study, made.experiment)
    chosen = made.study.finals.chosen  # type: ignore[union-attr]
    assert plan is not None
    assert (plan.trial, plan.run, plan.seed) == (2, chosen.run, chosen.seed)  # type: ignore[union-attr]
    assert (plan.epochs, plan.best_epochs) == (expected, best_epochs)


def test_one_that_fails_keeps_the_model_of_before(steps: Callable[..., Steps]) -> None:
    made = steps()
    made.train(made.turns.propose(), "it diverged")
    assert made.held == "weights of the search"
    assert refit_in_words(made.study) == (
        "The refit on training and validation pictures together failed (it diverged): best/ keeps the model of before, "
        "which saw the training pictures only."
    )
    made.read(made.turns.propose())
    assert made.is_over
    assert steps().is_over, "it is not tried again"


def test_what_was_lost_is_trained_again_and_read_again(steps: Callable[..., Steps]) -> None:
    made = steps()
    made.train(made.turns.propose())
    made.read(made.turns.propose())
    (made.folder / "best" / "model.keras").unlink()
    problem = find_best(made.study).problem  # type: ignore[union-attr]
    assert problem is not None
    assert "the record names the refit of trial 1 in the search" in problem
    assert problem.endswith("cnnsearch resume STUDY trains that model again")
    again = steps()
    again.train(again.turns.propose())
    assert again.held.startswith("refitted")
    assert [line.again for line in again.study.refits] == [False, True]
    assert again.is_over, "it came out the same, bit for bit, so what the test split gave is of this very model"


def test_a_worker_that_dies_gives_it_to_another_until_it_fails(steps: Callable[..., Steps]) -> None:
    made = steps()
    given = made.turns.propose()
    assert given is not None
    for _ in range(made.experiment.resources.max_failures):
        made.turns.lose(given.number)
        assert made.turns.propose() == replace(given, lane=given.lane)
    made.turns.lose(given.number)
    (line,) = made.study.refits
    assert (line.state, line.reason) == ("FAILED", "worker died 4 times")
    assert made.held == "weights of the search"


def test_nothing_stops_it(steps: Callable[..., Steps]) -> None:
    made = steps()
    given = made.turns.propose()
    assert given is not None
    with pytest.raises(SweepError, match="no scheduler may do"):
        made.turns.end(given.number, False)


def test_where_no_winner_was_named_nothing_is_refitted(steps: Callable[..., Steps]) -> None:
    made = steps(finalists={"top": 1, "seeds": 2})
    assert made.is_over, "no finalist has ended a run"
    assert made.told == []


def test_where_it_is_not_asked_for_nothing_is_planned(steps: Callable[..., Steps]) -> None:
    made = steps(final="keep")
    assert planned_refit(made.study, made.experiment) is None
    assert refit_in_words(made.study) is None


def test_a_refit_goes_when_a_better_trial_comes(steps: Callable[..., Steps]) -> None:
    """The line of the record is of another trial than the best one then."""
    made = steps()
    made.train(made.turns.propose())
    better = made.study.records[0]
    line = replace(better, trial=3, value=0.95, best_epoch=2, ended=3e9)
    Record(made.store).end(line)
    best = made.study.best
    assert best is not None
    assert (best.trial, best.refit) == (3, None)
    plan = planned_refit(made.study, made.experiment)
    assert plan is not None
    assert (plan.trial, plan.epochs) == (3, 2)


def _trained(made: Steps, loss: float) -> RefitRun:
    """The next job ends with that training loss; the job."""
    given = made.turns.propose()
    assert isinstance(given, RefitRun)
    made.leave(given, f"refitted {given.seed} {given.epochs}")
    made.end(
        given, None, value=None, epochs=given.epochs, metrics={"loss": loss}, cost={"wall_seconds": 3.0}, ended=1.0
    )
    return given


def test_one_that_did_not_learn_is_trained_once_more_on_another_seed(steps: Callable[..., Steps]) -> None:
    """The trial's training loss was 0.18 after that epoch."""
    made = steps()
    first = _trained(made, 2.3)
    assert made.study.refits == [], "nothing is shipped of it"
    second = _trained(made, 0.2)
    assert second.seed == other_seed(first.seed) != first.seed
    assert made.held == f"refitted {second.seed} 1"
    (line,) = made.study.refits
    assert (line.seed, line.missed) == (second.seed, (1,))
    assert made.told[1:] == ["trial 1, trained again, had not learnt: it is trained once more on another seed", ""]
    assert str(refit_in_words(made.study)).endswith(
        "On the seed of its trial it had not learnt what the trial had, so it was trained on another one."
    )


def test_who_dies_after_the_first_attempt_goes_on_with_the_second(steps: Callable[..., Steps]) -> None:
    made = steps()
    first = _trained(made, 2.3)
    again = steps()
    second = _trained(again, 0.2)
    assert second.seed == other_seed(first.seed)
    assert again.study.refits[0].missed == (1,)
    assert not (made.folder / "models").exists()


def test_one_that_learns_on_neither_of_two_seeds_leaves_the_model_of_before(steps: Callable[..., Steps]) -> None:
    made = steps()
    _trained(made, 2.3)
    _trained(made, 2.3)
    assert made.held == "weights of the search"
    assert str(refit_in_words(made.study)).startswith(
        "The refit on training and validation pictures together failed (on two seeds it did not learn what its trial "
        "had learnt, by the training loss: 2.3 at the end): best/ keeps the model of before"
    )
    assert not refit_is_due(made.study, made.experiment)


@pytest.mark.parametrize(
    ("losses", "epochs", "loss", "expected"),
    [
        ((2.0, 1.0, 0.4), 3, 0.6, True),
        ((2.0, 1.0, 0.4), 3, 1.3, False),
        ((2.0, 1.0, 0.4), 2, 1.3, True),  # after as many epochs
        ((0.70, 0.66), 2, 0.72, True),  # which learnt little itself
        ((0.3,), 1, 2.3, False),
        ((-1.0, -2.0), 2, -1.8, True),
        ((-1.0, -2.0), 2, -0.5, False),
        ((None, 0.3), 2, 0.3, True),
        ((None,), 1, 2.3, True),  # nothing tells
        ((2.0, 1.0), 2, None, True),
    ],
)
def test_by_the_training_loss_of_its_trial(
    losses: tuple[float | None, ...], epochs: int, loss: float | None, expected: bool
) -> None:
    told = [EpochLine(trial=4, epoch=1 + number, values={"loss": each}) for number, each in enumerate(losses)]
    study: Any = SimpleNamespace(epochs=[*told, EpochLine(trial=5, epoch=1, values={"loss": 9.0})])
    assert has_learnt(study, Refit(4, None, 0, epochs, (epochs,)), loss) is expected
