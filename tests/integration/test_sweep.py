"""Small sweeps from an experiment to a study, on one Ray."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.stages import Pixels
from cnnsearch.errors import InputError, SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger import Ledger
from cnnsearch.search.replay import replay
from cnnsearch.search.schedulers import milestones
from cnnsearch.study import Study
from cnnsearch.study.progress import Progress
from cnnsearch.study.record.record import TRIALS, read_lines
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.run import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

Small = Callable[..., Experiment]

FOLDER = {
    "best",
    "completed.json",
    "curves.jsonl",
    "environment.json",
    "experiment.yaml",
    "optuna.journal",
    "predictions",
    "proposals.jsonl",
    "report.html",
    "stages.json",
    "trials.jsonl",
}
"""What a study is once its sweep has ended: no checkpoints, nothing of Tune's."""

PAIRS = [("random", "none"), ("tpe", "asha")]
"""The sweeps that :func:`check_workers` looks at. A new name costs no sweep: it is tested by simulation."""


def ended_pids(folder: Path) -> list[int]:
    return [line.worker.pid for line in read_lines(LocalStore(folder), TRIALS)]


def check_record(study: Study, trials: int) -> None:
    """What holds in the record of every sweep that ran to its end."""
    experiment = study.experiment
    assert [record.trial for record in study.records] == list(range(trials))
    assert [proposal.trial for proposal in study.proposals] == list(range(trials))
    assert study.counts["INTERRUPTED"] == 0
    decisions = milestones(experiment.scheduler["name"], experiment.scheduler, experiment.epochs)
    for record, proposal in zip(study.records, study.proposals, strict=True):
        assert record.config == proposal.config
        assert record.seed == proposal.seed
        assert proposal.told <= record.trial
        assert proposal.time <= record.ended
        curve = study.curves[study.curves["trial"] == record.trial]
        assert list(curve["epoch"]) == list(range(1, record.epochs + 1))
        if record.state == "FAILED":
            assert record.reason
            assert record.value is None
            continue
        assert record.value == curve[experiment.objective.metric].max()
        assert record.epochs == experiment.epochs or record.epochs in decisions
        assert (record.state == "STOPPED") == (record.epochs < experiment.epochs)
        assert record.end_reason == ("scheduler" if record.state == "STOPPED" else "epochs")


def check_folder(study: Study) -> None:
    # Which trials were given to more than one worker is told where there are any.
    assert {path.name for path in study.path.iterdir()} - {"attempts.jsonl"} == FOLDER
    assert study.best is not None
    best = json.loads((study.path / "best" / "metrics.json").read_text())
    assert (best["trial"], best["value"]) == (study.best.trial, study.best.value)
    inside = {path.name for path in (study.path / "best").iterdir()}
    assert inside == {"config.yaml", "labels.json", "metrics.json", "mistakes", "model.keras", "values.json"}
    predicted = study.predictions(study.best.trial)
    assert predicted is not None
    assert predicted.scores(["accuracy"])["accuracy"] == pytest.approx(study.best.metrics["val_accuracy"])


def check_workers(study: Study) -> None:
    """A worker compiles each structure once, and says how the time to the first epoch divides."""
    compiled: dict[int, list[int]] = {}
    for record in study.records:
        cost = record.cost
        assert (cost["reset_seconds"] > 0) != (cost["compile_seconds"] > 0)
        if cost["compile_seconds"] > 0:
            compiled.setdefault(record.worker.pid, []).append(record.config["filters"])
    assert 1 <= len(compiled) <= 2
    assert all(len(set(structures)) == len(structures) for structures in compiled.values())
    assert set(study.startup) == {"ray", "data", "worker", "tensorflow", "stages", "compile", "epoch"}
    assert all(seconds >= 0 for seconds in study.startup.values())
    assert sum(study.startup.values()) <= study.seconds + study.startup["ray"] + study.startup["data"] + 5


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Study]:
    """The study of a sampler and a scheduler, run when first asked for."""
    done: dict[tuple[str, str], Study] = {}

    def get(sampler: str, scheduler: str, make: Small) -> Study:
        if (sampler, scheduler) not in done:
            experiment = make(**keys_of(sampler, scheduler))
            done[sampler, scheduler] = run(experiment, tmp_path_factory.mktemp("results"))
        return done[sampler, scheduler]

    return get  # type: ignore[return-value]


def keys_of(sampler: str, scheduler: str) -> dict[str, Any]:
    """One sweep of two workers; and one of a worker that reads its pictures from shared memory."""
    options = {"asha": {"grace_epochs": 1, "reduction": 2}}
    return {
        "name": f"{sampler} {scheduler}",
        "epochs": 4,
        "budget": {"trials": 6},
        "sampler": sampler,
        "scheduler": {"name": scheduler, **options.get(scheduler, {})},
        "resources": {"max_concurrent": 2} if sampler == "random" else {"max_concurrent": 1, "memory_gb": 0.00001},
    }


@pytest.mark.parametrize(("sampler", "scheduler"), PAIRS)
def test_a_sweep(sweeps: Any, small: Small, sampler: str, scheduler: str) -> None:
    study = sweeps(sampler, scheduler, small)
    check_record(study, 6)
    check_folder(study)
    check_workers(study)
    assert not study.interrupted
    assert study.counts["FAILED"] == 0
    assert len({json.dumps(record.config) for record in study.records}) == 6
    if scheduler == "none":
        assert study.counts["STOPPED"] == 0
    else:
        assert study.counts["STOPPED"] > 0


@pytest.mark.parametrize(("sampler", "scheduler", "pictures"), [(*PAIRS[0], "copied"), (*PAIRS[1], "shared")])
def test_a_worker_gets_what_a_single_trial_gets(
    sweeps: Any, small: Small, sampler: str, scheduler: str, pictures: str
) -> None:
    """Stages, shared memory, warm workers and how many there are change no number.

    Looked at is the last trial of each structure in each worker: its program was reset, not new.
    """
    from cnnsearch.data.dataset import load_dataset
    from cnnsearch.data.split import split_dataset
    from cnnsearch.training import TrialData, run_trial

    study = sweeps(sampler, scheduler, small)
    experiment = study.experiment
    dataset = load_dataset(experiment.dataset, None, experiment.seed)
    data = TrialData(dataset, split_dataset(dataset, 0.2, 0.2, experiment.seed))
    assert {record.worker.pictures for record in study.records} == {pictures}
    last = {(record.worker.pid, record.config["filters"]): record for record in study.records}
    for record in last.values():
        alone = run_trial(experiment, record.config, data, seed=record.seed)
        curve = study.curves[study.curves["trial"] == record.trial]
        columns = ["loss", "accuracy", "val_loss", "val_accuracy", "val_f1"]
        told = [[epoch.values[name] for name in columns] for epoch in alone.epochs[: len(curve)]]
        assert told == curve[columns].to_numpy().tolist()
        if record.state == "COMPLETED":
            assert (alone.value, alone.best_epoch) == (record.value, record.best_epoch)
            assert alone.metrics == record.metrics


def test_the_same_seed_gives_the_same_proposals(sweeps: Any, small: Small) -> None:
    """Also with two workers; that a trial's seed follows from the experiment's: test_ledger.py."""
    proposed = list(replay(sweeps("random", "none", small)))
    assert len(proposed) == 6
    assert all(proposal.agrees for proposal in proposed)


def test_preprocessing_is_computed_once_and_failures_are_recorded(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnsearch.sweep.stages import stages

    opened: list[Any] = []
    reads = tmp_path / "reads"
    reads.mkdir()

    def start(dataset: Dataset, split: Any, *budgets: float) -> Any:
        class CountedPictures:
            """Leaves a file for each time that pictures are read, in whatever process."""

            def __init__(self, pictures: Any) -> None:
                self.pictures = pictures

            def read(self, indices: np.ndarray, size: Any) -> np.ndarray:
                (reads / f"{size}-{len(indices)}-{time.time_ns()}-{os.getpid()}").touch()
                return self.pictures.read(indices, size)  # type: ignore[no-any-return]

        counted = Dataset(
            CountedPictures(dataset.pictures),  # type: ignore[arg-type]
            dataset.targets,
            dataset.given,
            dataset.unreadable,
            dataset.fingerprint,
        )
        opened.append(counted)
        return original(counted, split, *budgets)

    original = stages.started_stages
    monkeypatch.setattr(stages, "started_stages", start)
    experiment = small(
        name="stages",
        epochs=2,
        sampler="grid",
        scheduler={"name": "median", "grace_epochs": 1, "min_trials": 1},
        budget={"trials": 99},
        space={
            "image_size": {"choice": [8, 12]},
            "scaling": {"choice": ["unit", "standardize"]},
            # The second cannot be, and the third diverges in its first epoch.
            "conv_blocks": {"choice": [1, 5]},
            "learning_rate": {"choice": [0.01, 100.0]},
            "optimizer": "sgd",
            "l2": 10.0,
            "batch_size": 16,
            "units": 8,
            "filters": 2,
        },
    )
    study = run(experiment, tmp_path / "results")
    check_record(study, 16)
    check_folder(study)
    for record in study.records:
        config = record.config
        if config["conv_blocks"] == 5:
            assert record.reason.startswith("impossible architecture")
            assert record.epochs == 0
        elif config["learning_rate"] == 100.0:
            assert "the training diverged" in record.reason, record
        else:
            assert record.state != "FAILED"
    assert study.counts["FAILED"] == 12
    assert len(opened) == 1
    uses = json.loads((study.path / "stages.json").read_text())
    assert [use["misses"] for use in uses] == [1] * 6
    assert sorted((use["stage"], use["name"]) for use in uses) == [
        *(("pixels", "12x12"), ("pixels", "8x8")),
        *(("scaling", "standardize"), ("scaling", "standardize"), ("scaling", "unit"), ("scaling", "unit")),
    ]
    assert {use["bytes"] for use in uses if use["stage"] == "pixels"} == {240 * side**2 for side in (8, 12)}
    found = sorted(path.name.rsplit("-", 2)[0] for path in reads.iterdir())
    assert found == sorted(f"{size}-{count}" for size in ((8, 8), (12, 12)) for count in (180, 60))


def test_stages_are_computed_once_however_many_ask_at_once(digits: Any) -> None:
    import ray

    from cnnsearch.sweep.stages.stages import started_stages

    with started_stages(digits.dataset, digits.split, 1.0, 1.0) as stages, ThreadPoolExecutor(5) as threads:

        def ask(size: Any) -> tuple[Any, bool]:
            pixels: Pixels = stages.pixels(size)
            return pixels.x_train.shape, pixels.x_train.flags.writeable

        answers = list(threads.map(ask, [None, (6, 6), None, (6, 6), None]))
        assert [shape for shape, _ in answers] == [(180, 8, 8, 1), (180, 6, 6, 1)] * 2 + [(180, 8, 8, 1)]
        assert not any(writeable for _, writeable in answers), "all share one copy"
        assert sorted((use["name"], use["misses"], use["hits"]) for use in stages.uses()) == [
            ("6x6", 1, 1),
            ("own size", 1, 2),
        ]
        ray.kill(stages.table, no_restart=False)
        while stages.uses():  # by the old one, which dies a moment later
            time.sleep(0.1)
        shape, _ = ask((6, 6))
        assert shape == (180, 6, 6, 1), "Ray starts the table anew, and what it had is computed again"
        assert [(use["name"], use["misses"], use["hits"]) for use in stages.uses()] == [("6x6", 1, 0)]


def test_where_every_trial_fails_the_sweep_does(small: Small, tmp_path: Path) -> None:
    space = {"conv_blocks": {"choice": [6, 7, 8, 1]}}  # by this seed the only one that fits comes last
    keys = {"sampler": "grid", "budget": {"trials": 3}, "seed": 0, "resources": {"max_concurrent": 1}}
    experiment = small(name="hopeless", space=space, epochs=2, **keys)
    with pytest.raises(SweepError, match=r"all 3 trials failed; the last one: impossible architecture.*hopeless\)"):
        run(experiment, tmp_path)
    study = Study.load(tmp_path / "hopeless")
    assert study.counts == {"COMPLETED": 0, "STOPPED": 0, "FAILED": 3, "INTERRUPTED": 0}
    assert study.best is None
    assert {path.name for path in study.path.iterdir()} == FOLDER - {
        "best",
        "predictions",
        "curves.jsonl",
    }


class Killer:
    """Kills the worker of the first trial that ended while others are still to come."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.killed: list[int] = []
        self.ended_before: list[dict[str, Any]] = []

    def __call__(self, progress: Progress) -> None:
        if self.killed or sum(progress.ended.values()) < 1:
            return
        (folder,) = self.output.iterdir()
        self.ended_before = list(read_lines(LocalStore(folder), TRIALS))
        pid = ended_pids(folder)[0]
        os.kill(pid, signal.SIGKILL)
        self.killed.append(pid)


def test_a_killed_worker_loses_nothing_of_a_sweep_on_arrays_in_memory(small: Small, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = np.array(["up", "down"])[np.arange(120) % 2]
    x = rng.normal(0.0, 0.1, (120, 8, 8)).astype(np.float32)
    x[y == "up", :4] += 1.0
    killer = Killer(tmp_path)
    experiment = small(name="killed", dataset=(x, y), budget={"trials": 6}, epochs=6)
    study = run(experiment, tmp_path, observe=killer)
    assert killer.killed
    check_record(study, 6)
    check_folder(study)
    assert study.counts["COMPLETED"] == 6
    for line in killer.ended_before:
        assert line in study.records
    later = [record.worker.pid for record in study.records if record not in killer.ended_before]
    assert killer.killed[0] not in later
    assert study.names == ["down", "up"]
    assert study.best is not None
    assert study.best.value == 1.0
    assert Study.load(study.path).experiment.dataset.source == "arrays"


@pytest.mark.exhaustive
def test_a_trial_whose_worker_dies_too_often_fails_alone(small: Small, tmp_path: Path) -> None:
    killer = Killer(tmp_path)
    experiment = small(name="killed once", budget={"trials": 4}, resources={"max_concurrent": 1, "max_failures": 0})
    study = run(experiment, tmp_path, observe=killer)
    assert killer.killed
    assert study.counts == {"COMPLETED": 3, "STOPPED": 0, "FAILED": 1, "INTERRUPTED": 0}
    (failed,) = (record for record in study.records if record.state == "FAILED")
    assert failed.reason == "worker died once"


def test_the_minutes_end_it_cleanly(small: Small, tmp_path: Path) -> None:
    experiment = small(
        name="late",
        budget={"minutes": 0.1},
        epochs=100_000,
        dataset={"source": "digits", "limit": 60},
        resources={"max_concurrent": 1},
    )
    began = time.monotonic()
    study = run(experiment, tmp_path)
    assert time.monotonic() - began < 60
    assert not study.interrupted
    assert study.counts["INTERRUPTED"] == 1
    assert sum(study.counts.values()) == 1
    assert study.best is None
    assert study.seconds > 1, "whether or not there was time for an epoch"
    assert (study.path / "report.html").is_file()
    assert not {".tune", "checkpoints"} & {path.name for path in study.path.iterdir()}


@pytest.mark.parametrize("error", [SweepError("no space left"), ValueError("a broken sampler")])
def test_an_error_of_the_ledger_ends_the_sweep(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def explode(_: Ledger) -> None:
        raise error

    monkeypatch.setattr(Ledger, "propose", explode)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(SweepError, match=str(error)):
        run(small(), tmp_path)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_of_the_observer_ends_the_sweep(small: Small, tmp_path: Path) -> None:
    def explode(_: Progress) -> None:
        raise RuntimeError("cannot draw")

    with pytest.raises(SweepError, match="RuntimeError: cannot draw"):
        run(small(budget={"trials": 50}, resources={"max_concurrent": 1}), tmp_path, observe=explode)
    assert Study.load(tmp_path / "small").in_flight


@pytest.mark.parametrize("resources", [{"cpus": 64}, {"custom": {"disk": 2}}])
def test_resources_that_no_node_has(small: Small, tmp_path: Path, resources: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="resources: no node can run a trial that needs"):
        run(small(resources=resources), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(autouse=True)
def working_directory_is_left_alone() -> Iterator[None]:
    before = Path.cwd()
    yield
    assert Path.cwd() == before
