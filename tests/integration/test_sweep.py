"""Small sweeps from an experiment to a study, on one Ray."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from elsewhere import predict_elsewhere
from whole_sweeps import check_alone, check_record, check_workers

from benchmarks.nothing import NothingWorker
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.stages import Pixels
from cnnsearch.errors import InputError, SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.replay import replay
from cnnsearch.study import Study
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.record.lines import TRIALS
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.data import load_data
from cnnsearch.sweep.run import run

if TYPE_CHECKING:
    from cnnsearch.training import TrialData

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


def ended_pids(folder: Path) -> list[int]:
    return [line.worker.pid for line in read_lines(LocalStore(folder), TRIALS)]


def check_folder(study: Study) -> None:
    # Which trials were given to more than one worker is told where there are any.
    assert {path.name for path in study.path.iterdir()} - {"attempts.jsonl"} == FOLDER
    assert study.best is not None
    best = json.loads((study.path / "best" / "metrics.json").read_text())
    assert (best["trial"], best["value"]) == (study.best.trial, study.best.value)
    inside = {path.name for path in (study.path / "best").iterdir()}
    assert inside == {
        "config.yaml",
        "labels.json",
        "metrics.json",
        "mistakes",
        "model.keras",
        "suspicious",
        "values.json",
    }
    predicted = study.predictions(study.best.trial)
    assert predicted is not None
    assert predicted.scores(["accuracy"])["accuracy"] == pytest.approx(study.best.metrics["val_accuracy"])


SPACE = {
    "filters": {"choice": [4, 8]},
    "learning_rate": {"float": [3e-3, 3e-2], "log": True},
    **{"image_size": 12, "scaling": "standardize", "batch_normalization": True},
    **{"dropout": 0.3, "l2": 1e-3, "activation": "gelu", "units": 16},
}
"""Of one sweep, at random, at which many tests look. A new name costs no sweep: it is tested by simulation."""


@pytest.fixture(scope="module")
def experiment(small: Small) -> Experiment:
    """Of two workers, on arrays in memory."""
    from sklearn.datasets import load_digits

    found = load_digits()
    x, y = found.images[:300].astype(np.uint8), np.array([f"d{label}" for label in found.target[:300]])
    keys = {"budget": {"trials": 6}, "epochs": 4, "resources": {"max_concurrent": 2}}
    return small(name="at random", dataset=(x, y), space=SPACE, **keys)


@pytest.fixture(scope="module")
def study(experiment: Experiment, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run(experiment, tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def data(experiment: Experiment) -> TrialData:
    from cnnsearch.training import TrialData

    return TrialData(*load_data(experiment))


def test_a_sweep(study: Study) -> None:
    check_record(study, 6)
    check_folder(study)
    check_workers(study, 2)
    assert not study.interrupted
    assert study.counts == {"COMPLETED": 6, "STOPPED": 0, "FAILED": 0, "INTERRUPTED": 0}
    assert len({json.dumps(record.config) for record in study.records}) == 6
    assert study.names == [f"d{label}" for label in range(10)]
    assert Study.load(study.path).experiment.dataset.source == "arrays"
    uses = json.loads((study.path / "stages.json").read_text())
    assert {(use["stage"], use["name"]): use["misses"] for use in uses} == {
        ("pixels", "12x12"): 1,
        ("scaling", "standardize"): 1,
    }


def test_a_worker_gets_what_a_single_trial_gets(study: Study, data: TrialData) -> None:
    """Of pictures in shared memory: test_object_storage.py."""
    assert {record.worker.pictures for record in study.records} == {"copied"}
    check_alone(study, data)


def test_the_same_seed_gives_the_same_proposals(study: Study) -> None:
    """Also with two workers; that a trial's seed follows from the experiment's: test_ledger.py."""
    proposed = list(replay(study))
    assert len(proposed) == 6
    assert all(proposal.agrees for proposal in proposed)


def test_the_best_model_gives_the_recorded_accuracy_where_nobody_has_cnnsearch(
    study: Study, data: TrialData, tmp_path: Path
) -> None:
    best, held = study.best, data.split.validation
    assert best is not None
    x, y = data.dataset.pictures.read(held, (12, 12)), data.dataset.targets.values[held]
    assert x.dtype == np.uint8, "raw pictures: the model scales them itself"

    probabilities = predict_elsewhere(study.path / "best" / "model.keras", x, tmp_path)
    hits = int((probabilities.argmax(axis=1) == y).sum())
    assert abs(hits - best.metrics["val_accuracy"] * len(y)) < 0.5
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)

    predicted = study.predictions(best.trial)
    assert predicted is not None
    np.testing.assert_array_equal(predicted.labels, y)
    np.testing.assert_allclose(predicted.probabilities.astype(float), probabilities, atol=2e-3)
    assert os.path.getsize(study.path / "best" / "model.keras") > best.cost["model_bytes"]


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

            at_rest = read

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
    works = {"conv_blocks": 1, "learning_rate": 0.01}
    each = [{"image_size": size, "scaling": scaling} for size in (8, 12) for scaling in ("unit", "standardize")]
    experiment = small(
        name="stages",
        epochs=2,
        scheduler={"name": "median", "grace_epochs": 1, "min_trials": 1},
        start=[*({**one, **works} for one in each), {**each[3], **works, "learning_rate": 100.0}],
        sampler="grid",  # by this seed it goes on with one that cannot be built
        budget={"trials": 6},
        space={
            "image_size": {"choice": [8, 12]},
            "scaling": {"choice": ["unit", "standardize"]},
            "conv_blocks": {"choice": [1, 5]},
            "learning_rate": {"choice": [0.01, 100.0]},
            "optimizer": "sgd",
            "l2": 10.0,
            "batch_size": 16,
            "units": 8,
            "filters": 2,
        },
        resources={"max_concurrent": 1},
    )
    study = run(experiment, tmp_path / "results")
    check_record(study, 6)
    check_folder(study)
    *work, diverging, impossible = study.records
    assert all(record.state != "FAILED" for record in work)
    assert "the training diverged" in diverging.reason, diverging
    assert impossible.config["conv_blocks"] == 5
    assert impossible.reason.startswith("impossible architecture")
    assert impossible.epochs == 0
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


@pytest.mark.exhaustive  # what is said, and what the study is then, without a sweep: test_driver.py
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


@pytest.mark.exhaustive  # between trials and in one, with all results compared: test_resume.py
def test_a_killed_worker_loses_nothing(small: Small, tmp_path: Path) -> None:
    killer = Killer(tmp_path)
    experiment = small(name="killed", budget={"trials": 6}, epochs=6)
    study = run(experiment, tmp_path, observe=killer)
    assert killer.killed
    check_record(study, 6)
    check_folder(study)
    assert study.counts["COMPLETED"] == 6
    for line in killer.ended_before:
        assert line in study.records
    later = [record.worker.pid for record in study.records if record not in killer.ended_before]
    assert killer.killed[0] not in later


@pytest.mark.exhaustive
def test_a_trial_whose_worker_dies_too_often_fails_alone(small: Small, tmp_path: Path) -> None:
    killer = Killer(tmp_path)
    experiment = small(name="killed once", budget={"trials": 4}, resources={"max_concurrent": 1, "max_failures": 0})
    study = run(experiment, tmp_path, observe=killer)
    assert killer.killed
    assert study.counts == {"COMPLETED": 3, "STOPPED": 0, "FAILED": 1, "INTERRUPTED": 0}
    (failed,) = (record for record in study.records if record.state == "FAILED")
    assert failed.reason == "worker died once"


@pytest.mark.exhaustive  # when they end the search: test_turns.py; how a sweep ends before its trials: test_control.py
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


def test_an_error_of_the_observer_ends_the_sweep(small: Small, tmp_path: Path, working: Callable[[Any], None]) -> None:
    working(NothingWorker)

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
