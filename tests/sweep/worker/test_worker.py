"""The worker and its jobs in this process: no Ray, and data that is computed when it is asked for."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.data import stages
from cnnsearch.data.split import folded
from cnnsearch.errors import StorageError
from cnnsearch.experiment import Demand, Experiment
from cnnsearch.search.jobs import EnsembleRun, FinalistRun, Job, RefitRun, SplitReading, TrialRun
from cnnsearch.study.clock import Clock
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best import Bars
from cnnsearch.sweep.worker import checkpoints, training_work
from cnnsearch.sweep.worker.context import SweepContext
from cnnsearch.sweep.worker.printed import Printed
from cnnsearch.sweep.worker.step import Step
from cnnsearch.sweep.worker.worker import Worker, WorkerSpentError, work_on
from cnnsearch.sweep.worker.workshop import Workshop
from cnnsearch.training import TrialData, run_trial
from cnnsearch.training.lockstep.lockstep import seeds_of
from cnnsearch.training.model_file import load_model

Small = Callable[..., Experiment]
CONFIG = {"filters": 4, "learning_rate": 0.005, "units": 16}
SHARED: dict[str, Any] = {"lane": 0, "holds": Demand(), "config": CONFIG}
ASKED: dict[str, Any] = {"names": tuple("0123456789"), "metrics": {}}
NEVER = Bars((2, 0.0, 0.0), (2, 0.0, 0.0))
"""What nothing exceeds."""


class LocalStages:
    """Computes what workers of a cluster are given."""

    def __init__(self, data: TrialData) -> None:
        self._data = data
        self.asked: list[str] = []

    def pixels(self, size: Any) -> Any:
        self.asked.append("pixels")
        return stages.pixels(self._data.dataset, self._data.split, size)

    def scaling(self, size: Any, kind: Any) -> Any:
        self.asked.append("scaling")
        return stages.scaling(stages.pixels(self._data.dataset, self._data.split, size), kind)

    def test(self, size: Any) -> tuple[Any, Any]:
        self.asked.append("test")
        split = self._data.split.test
        return self._data.dataset.pictures.read(split, size), self._data.dataset.targets.values[split]

    def joined(self, size: Any) -> Any:
        self.asked.append("joined")
        return stages.joined(stages.pixels(self._data.dataset, self._data.split, size))

    def joined_scaling(self, size: Any, kind: Any) -> Any:
        self.asked.append("joined scaling")
        return stages.scaling(stages.joined(stages.pixels(self._data.dataset, self._data.split, size)), kind)

    def features(self, *_: Any) -> Any:
        raise NotImplementedError

    cached = features


def opened(folder: Path, experiment: Experiment, data: TrialData) -> Workshop:
    context = SweepContext(experiment, LocalStages(data), LocalStore(folder), None, Clock.started())  # type: ignore[arg-type]
    return Workshop(context, Demand(), "a-node", Printed())


_warm: list[Workshop] = []


@pytest.fixture
def workshop(tmp_path: Path, small: Small, digits: TrialData) -> Workshop:
    """The same for all tests that take it, as its first trial takes a second; the study is another one."""
    if not _warm:
        _warm.append(opened(tmp_path, small(), digits))
    _warm[0].sweep = replace(_warm[0].sweep, store=LocalStore(tmp_path))
    return _warm[0]


def trial(number: int = 0, **keys: Any) -> TrialRun:
    return TrialRun(**{**SHARED, "number": number, "seed": 7, **keys})


def reports(worker: Worker) -> list[Step]:
    """To the end of the job."""
    found = [worker.step()]
    while not found[-1].finished:
        found.append(worker.step())
    return found


def numbers(step: Step) -> list[tuple[float, ...]]:
    """Of the epochs that it tells of, all but times."""
    names = ("loss", "val_loss", "val_accuracy")
    return [(line.epoch, *(line.values[name] for name in names)) for line in step.told.epochs]


def left(folder: Path, job: Job) -> set[str]:
    return {path.name for path in (folder / job.folder).iterdir()} if (folder / job.folder).exists() else set()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saves a model
def test_jobs_of_all_kinds_one_after_the_other(small: Small, digits: TrialData, tmp_path: Path) -> None:
    workshop = opened(tmp_path, small(), digits)
    reference = run_trial(small(), CONFIG, digits, seed=7)
    first = trial(milestones=(2,))
    worker = Worker(workshop, first)
    told = reports(worker)
    assert told[-1].told.end.reason is None
    rung, last = told
    assert (rung.epoch, last.epoch, rung.finished) == (2, 3, False)
    assert [*numbers(rung), *numbers(last)] == [
        (each.epoch, *(each.values[name] for name in ("loss", "val_loss", "val_accuracy"))) for each in reference.epochs
    ]
    assert (rung.objective, last.objective) == tuple(reference.epochs[index].values["val_accuracy"] for index in (1, 2))
    assert (last.told.end.state, last.told.end.value, last.told.end.epochs) == ("COMPLETED", reference.value, 3)
    assert last.told.end.worker.node_id == "a-node"
    assert None not in (last.told.end.worker.startup.set_up, last.told.end.worker.startup.imported)
    assert left(tmp_path, first) == {"model.keras", "predictions.npz"}

    run = FinalistRun(**SHARED, number=10, seed=7)
    worker.begin(run)
    (only,) = reports(worker)
    assert [*numbers(rung), *numbers(last)] == numbers(only), "a warm worker gives the same, and asks no scheduler"
    assert only.told.end.worker.startup.set_up is None
    assert left(tmp_path, run) == {"model.keras", "predictions.npz"}

    reading = SplitReading(**SHARED, **ASKED, number=11, model=f"{run.folder}/model.keras")
    worker.begin(reading)
    (read,) = reports(worker)
    assert (read.told.end.state, read.told.end.count, read.epoch, read.told.epochs) == ("COMPLETED", 60, None, ())
    predictions = np.load(io.BytesIO((tmp_path / reading.folder / "predictions.npz").read_bytes()))
    assert len(predictions["labels"]) == 60
    assert workshop.sweep.stages.asked == ["pixels", "scaling", "test"]  # type: ignore[attr-defined]

    models = tuple((f"{job.folder}/model.keras", CONFIG) for job in (first, run))
    ensemble = EnsembleRun(**SHARED, **ASKED, number=14, seed=7, epochs=0, fresh=False, has_seen=False, models=models)
    worker.begin(ensemble)
    (mean,) = reports(worker)
    assert (mean.told.end.state, mean.told.end.reason, mean.epoch) == ("COMPLETED", None, None)
    # Two of the same network, so what it comes to is known.
    assert mean.told.end.metrics["val_accuracy"] == mean.told.end.value == pytest.approx(only.told.end.value)
    assert mean.told.end.metrics["val_loss"] == pytest.approx(only.told.end.metrics["val_loss"], rel=1e-3)
    assert mean.told.end.cost["latency_seconds"] > 0
    worker.begin(replace(ensemble, models=(*models, ("models/none.keras", CONFIG))))
    (failed,) = reports(worker)
    assert failed.told.end.state == "FAILED"

    refit = RefitRun(**SHARED, number=12, seed=7, epochs=2)
    worker.begin(refit)
    (whole,) = reports(worker)
    end = whole.told.end
    assert (end.state, end.value, end.epochs, whole.objective, whole.epoch) == ("COMPLETED", None, 2, None, 2)
    assert [set(line.values) for line in whole.told.epochs] == [{"loss", "accuracy"}] * 2
    assert left(tmp_path, refit) == {"model.keras"}, "there is nothing that it may predict"
    assert workshop.sweep.stages.asked[3:] == ["joined", "joined scaling"]  # type: ignore[attr-defined]
    worker.begin(replace(refit, times=2))
    (longer,) = reports(worker)
    other = Worker(opened(tmp_path, small(passes=2), digits), refit)
    (in_two_passes,) = reports(other)
    losses = [[line.values["loss"] for line in step.told.epochs] for step in (longer, in_two_passes, whole)]
    assert losses[0] == pytest.approx(losses[1]), "an epoch has twice the passes"
    assert losses[0][1] < losses[2][1]
    worker.begin(replace(run, number=13))
    (again,) = reports(worker)
    assert numbers(again) == numbers(only), "no trial is trained on what the refit was"


def test_a_trial_is_repeated_on_other_seeds_and_a_finalist_is_not(
    small: Small, digits: TrialData, tmp_path: Path
) -> None:
    workshop = opened(tmp_path, small(repeats=2, epochs=2), digits)
    worker = Worker(workshop, trial(bars=NEVER))
    (told,) = reports(worker)
    lines, end = told.told.epochs, told.told.end
    assert [line.values["val_accuracy"] for line in lines] == [sum(line.runs) / 2 for line in lines]
    assert told.objective == sum(lines[-1].runs) / 2
    assert end.value == sum(end.runs) / 2 == max(line.values["val_accuracy"] for line in lines)
    assert end.metrics["val_accuracy"] == min(end.runs)
    assert end.model_seed == seeds_of(7, 2)[end.runs.index(min(end.runs))]
    worker.begin(FinalistRun(**SHARED, number=10, seed=7, bars=NEVER))
    (single,) = reports(worker)
    assert [line.values["val_accuracy"] for line in single.told.epochs] == [line.runs[0] for line in lines]
    assert (single.told.end.runs, single.told.end.model_seed) == ((), None)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saves a model
def test_folds_are_of_the_search_a_finalist_has_fresh_ones_and_a_refit_none(
    small: Small, digits: TrialData, tmp_path: Path
) -> None:
    split = folded(digits.dataset, digits.split, 3, 1, 0)
    data = replace(digits, split=split)
    experiment = small(evaluation={"folds": 3}, epochs=2)
    reference = run_trial(experiment, CONFIG, data, seed=7)
    workshop = opened(tmp_path, experiment, data)
    workshop.sweep = replace(workshop.sweep, folds=split.folds)
    first = trial()
    worker = Worker(workshop, first)
    (told,) = reports(worker)
    lines, end = told.told.epochs, told.told.end
    assert [line.folds for line in lines] == [epoch.folds for epoch in reference.epochs]
    assert [line.values["val_accuracy"] for line in lines] == [sum(line.folds) / 3 for line in lines]
    assert (end.folds, end.value, end.runs) == (reference.folds, reference.value, ())
    kept = np.load(io.BytesIO((tmp_path / first.folder / "predictions.npz").read_bytes()))
    np.testing.assert_array_equal(kept["labels"], digits.dataset.targets.values[split.train])
    assert left(tmp_path, first) == {"model.keras", "predictions.npz"}

    worker.begin(FinalistRun(**SHARED, number=10, seed=8, bars=NEVER))
    (fresh,) = reports(worker)
    assert len(fresh.told.end.folds) == 3
    assert fresh.told.end.folds != end.folds

    best = end.best_epoch
    whole_of = {"seed": 7, "epochs": best, "fresh": False, "has_seen": True, "models": (), **ASKED}
    worker.begin(EnsembleRun(**SHARED, number=11, **whole_of))
    (mean,) = reports(worker)
    assert (mean.told.end.state, mean.told.end.reason, mean.told.end.value) == ("COMPLETED", None, None)
    assert numbers(mean) == numbers(told)[:best], "the winner's folds, up to their best epoch"
    ensemble = load_model(tmp_path / "checkpoints" / "11" / "model.keras")
    assert ensemble.count_params() == 3 * load_model(tmp_path / first.folder / "model.keras").count_params()

    worker.begin(RefitRun(**SHARED, number=12, seed=7, epochs=1))
    (whole,) = reports(worker)
    assert (whole.told.end.state, whole.told.end.folds) == ("COMPLETED", ())
    assert workshop.sweep.stages.joined(None).x_train.shape[0] == split.together  # type: ignore[attr-defined]


def test_where_an_unexpected_error_arose_is_told_of_every_job(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For such a process goes to no other sweep."""
    monkeypatch.setattr(workshop, "refit", lambda _: 1 / 0)
    models = (("gone/model.keras", CONFIG),)
    for job in (
        SplitReading(**SHARED, **ASKED, number=11, model="gone/model.keras"),
        EnsembleRun(**SHARED, **ASKED, number=12, seed=7, epochs=0, fresh=False, has_seen=False, models=models),
        RefitRun(**SHARED, number=13, seed=7, epochs=1),
    ):
        (failed,) = reports(Worker(workshop, job))
        assert failed.told.end.state == "FAILED"
        assert failed.told.end.traceback.startswith("Traceback")
        assert failed.told.end.reason.split(":")[0] in failed.told.end.traceback


def test_what_goes_wrong_ends_the_job_and_not_the_worker(workshop: Workshop, tmp_path: Path) -> None:
    worker = Worker(workshop, trial(config={**CONFIG, "conv_blocks": 9}))
    (failed,) = reports(worker)
    assert (failed.told.end.state, failed.objective, failed.told.epochs) == ("FAILED", None, ())
    worker.begin(SplitReading(**SHARED, **ASKED, number=11, model="best/model.keras"))
    (read,) = reports(worker)
    assert read.told.end.state == "FAILED"
    assert "model.keras" in read.told.end.reason
    unwanted = trial(1, bars=NEVER)
    worker.begin(unwanted)
    (report,) = reports(worker)
    assert report.told.end.state == "COMPLETED"
    assert left(tmp_path, unwanted) == set()


def test_what_would_go_wrong_for_every_job_ends_the_sweep(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise StorageError("cannot write: full")

    monkeypatch.setattr(LocalStore, "write", full)
    with pytest.raises(StorageError):
        Worker(workshop, trial()).step()


def test_another_attempt_goes_on_where_one_was_cut_short(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reports(Worker(workshop, trial(milestones=(1, 2), bars=NEVER)))
    monkeypatch.setattr(training_work, "_WORTH", 0.0)
    monkeypatch.setattr(checkpoints, "MOST_SHARE", 1e9)
    first = trial(1, milestones=(1, 2), bars=NEVER)
    worker = Worker(workshop, first)
    assert worker.step().epoch == 1
    assert worker.step().epoch == 2
    worker.leave()
    assert left(tmp_path, first) == {"checkpoint.npz"}
    worker.begin(replace(first, attempt=2, known=1))
    told = reports(worker)
    assert [numbers(each) for each in told] == [numbers(each) for each in whole[1:]], "the first epoch is known"


def test_one_that_may_have_to_wait_leaves_a_checkpoint_and_goes_on_from_there(
    workshop: Workshop, tmp_path: Path
) -> None:
    whole = reports(Worker(workshop, trial(milestones=(1, 2), bars=NEVER)))
    first = trial(1, milestones=(1, 2), pauses=(2,), bars=NEVER)
    worker = Worker(workshop, first)
    assert worker.step().epoch == 1
    assert left(tmp_path, first) == set()
    assert worker.step().epoch == 2
    assert left(tmp_path, first) == {"checkpoint.npz"}
    worker.begin(trial(2, bars=NEVER))  # of another trial meanwhile
    worker.step()
    worker.begin(replace(first, attempt=2, known=2))
    assert [numbers(each) for each in reports(worker)] == [numbers(whole[2])]


def test_one_that_was_stopped_when_its_driver_died_ends_where_its_checkpoint_stands(workshop: Workshop) -> None:
    asked = trial(1, milestones=(1, 2), pauses=(2,), bars=NEVER)
    worker = Worker(workshop, asked)
    worker.step()
    before = worker.step()
    worker.begin(replace(asked, attempt=2, known=2, is_stopped=True))
    again = worker.step()
    assert (again.epoch, again.objective, again.finished) == (2, before.objective, False)
    assert again.told.epochs == ()
    assert again.told.end.metrics == before.told.end.metrics


def test_one_that_was_stopped_and_left_no_checkpoint_comes_there_again(workshop: Workshop) -> None:
    worker = Worker(workshop, trial(1, milestones=(1, 2), bars=NEVER, attempt=2, known=2, is_stopped=True))
    assert [(step.epoch, step.finished) for step in (worker.step(), worker.step())] == [(1, False), (2, False)]


def test_one_goes_on_with_weights_and_optimizer_of_another_and_counts_from_there(
    workshop: Workshop, tmp_path: Path
) -> None:
    """On the other's seed and with its config it goes on as that one does."""
    asked: dict[str, Any] = {"milestones": (2,), "pauses": (2,), "bars": NEVER}
    best, worst = trial(1, **asked), trial(2, **asked, config={**CONFIG, "learning_rate": 0.5})
    worker = Worker(workshop, best)
    assert worker.step().epoch == 2
    theirs = worker.step()
    worker.begin(worst)
    own = worker.step()
    (tmp_path / worst.folder / "takeover.npz").write_bytes((tmp_path / best.folder / "checkpoint.npz").read_bytes())
    worker.begin(replace(best, attempt=2, known=2))
    (expected,) = reports(worker)
    again = trial(2, **asked, attempt=2, known=2, since=2)
    worker.begin(again)
    (told,) = reports(worker)
    assert numbers(told) == numbers(expected) == numbers(theirs)
    assert numbers(own) != numbers(expected)
    end = told.told.end
    assert (end.best_epoch, end.epochs, end.value) == (3, 3, told.told.epochs[0].values["val_accuracy"])


def test_one_that_finds_its_own_weights_only_fails_too(workshop: Workshop) -> None:
    asked: dict[str, Any] = {"milestones": (2,), "pauses": (2,), "bars": NEVER}
    worker = Worker(workshop, trial(3, **asked))
    assert worker.step().epoch == 2
    worker.begin(trial(3, **asked, attempt=2, known=2, since=2))
    (failed,) = reports(worker)
    assert "was to go on with the weights of another trial, and there are none" in failed.told.end.reason


def test_one_that_finds_no_weights_of_the_other_fails(workshop: Workshop) -> None:
    (failed,) = reports(Worker(workshop, trial(3, attempt=2, known=2, since=2)))
    assert failed.told.end.state == "FAILED"
    assert "was to go on with the weights of another trial, and there are none" in failed.told.end.reason


def test_a_worker_that_has_grown_begins_nothing_more(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(workshop, trial(milestones=(1,), bars=NEVER))
    worker.step()
    monkeypatch.setattr(type(workshop.memory), "is_spent", True)
    assert reports(worker)[-1].finished, "what was begun comes to its end"
    worker.begin(trial(1))
    with pytest.raises(WorkerSpentError):
        worker.step()


def test_a_job_that_nobody_knows_is_told_by_its_type(workshop: Workshop) -> None:
    with pytest.raises(TypeError, match="no worker knows how to do a Job"):
        work_on(Job(number=0, lane=0, holds=Demand(), config={}), workshop)
