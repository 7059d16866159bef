"""A driver that is killed, and one that goes on; a worker that is killed, and one that goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cnnsearch
from benchmarks.faults.driver import workers_of
from cnnsearch.data.stages import pixels, scaling
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.record.lines import CURVES
from cnnsearch.study.record.record import read_lines
from cnnsearch.sweep.data import load_data

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

TRIALS = 5
MORE = 6
"""To which it is extended while it is cut short."""

EPOCHS = 12
TOLD = ["loss", "accuracy", "val_loss", "val_accuracy", "val_f1"]

DRIVER = """
import sys
from pathlib import Path

import cnnsearch


def observe(progress):
    running = max(progress.running.values(), default=0)
    Path(sys.argv[2], "seen").write_text(f"{sum(progress.ended.values())} {running}")


cnnsearch.run(cnnsearch.Experiment.from_yaml(sys.argv[1]), sys.argv[2], observe=observe)
"""


@pytest.fixture
def experiment(small: Callable[..., Experiment]) -> Experiment:
    """Reports after every epoch, as the rule would decide there, and leaves a checkpoint whenever it may."""
    return small(
        name="cut short",
        epochs=EPOCHS,
        budget={"trials": TRIALS},
        scheduler={"name": "median", "grace_epochs": 1, "min_trials": 100},
        resources={"checkpoint_seconds": 0.0, "max_concurrent": 2},
    )


def results(study: Study) -> list[Any]:
    """Everything that must not depend on workers, kills or drivers."""
    curves = study.curves.drop(columns=["duration", "time", "event"], errors="ignore")
    return [
        [(record.trial, record.config, record.seed, record.metrics) for record in study.records],
        curves[["trial", "epoch", *TOLD]].to_numpy().tolist(),
    ]


class Killer:
    """Kills all workers when the first trial that is not among ``told`` is halfway, then one when a trial has ended."""

    def __init__(self, told: set[int]) -> None:
        self.told = told
        self.killed = 0
        self.ended = 0
        self.halfway: int | None = None

    def __call__(self, progress: Progress) -> None:
        halfway = [
            trial for trial, epoch in progress.running.items() if trial not in self.told and epoch >= EPOCHS // 2
        ]
        ended = sum(progress.ended.values())
        if self.killed == 0 and halfway:
            self.kill()
            self.ended, self.halfway = ended, halfway[0]
        elif self.killed == 1 and ended > self.ended:
            self.kill(1)  # another one takes seconds to start

    def kill(self, most: int | None = None) -> None:
        for process in workers_of(os.getpid())[:most]:
            process.kill()
        self.killed += 1


def kill_a_driver(experiment: Experiment, output: Path) -> Study:
    """A sweep of two workers whose driver is killed when a trial has ended and another one runs."""
    output.mkdir()
    (output / "file.yaml").write_text(experiment.to_yaml())
    with (output / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(output / "file.yaml"), str(output)],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert process.poll() is None, (output / "log").read_text()
            seen = (output / "seen").read_text().split() if (output / "seen").exists() else []
            if len(seen) == 2 and int(seen[0]) >= 1 and int(seen[1]) >= 3:
                break
            time.sleep(0.02)
        else:
            raise AssertionError("no trial ended within two minutes")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return Study.load(output / "cut-short")


def alone(experiment: Experiment, study: Study) -> list[Any]:
    """What :func:`results` must be: of the same trials, one after the other in this process.

    A program that is there is reset, not compiled again: that this changes no bit is what test_reuse.py is about.
    """
    from cnnsearch.training.programs.programs import Programs
    from cnnsearch.training.trainer import Trainer

    held, programs = pixels(*load_data(experiment), None), Programs()
    found: list[list[Any]] = [[], []]
    for line in study.records:
        trainer = Trainer(experiment, line.config, held, scaling(held, "unit"), line.seed, programs)
        while trainer.end_reason is None:
            trainer.run_epoch()
        found[0].append((line.trial, line.config, line.seed, trainer.result().metrics))
        found[1] += [[line.trial, epoch.epoch, *(epoch.values[name] for name in TOLD)] for epoch in trainer.epochs]
    return found


def test_after_kills_of_driver_and_worker_all_is_as_if_there_had_been_none(
    experiment: Experiment, tmp_path: Path
) -> None:
    # A killed driver of two workers.
    killed = kill_a_driver(experiment, tmp_path / "killed")
    ended = killed.records
    assert 1 <= len(ended) < TRIALS
    assert killed.in_flight
    assert not killed.store.exists("report.html")

    # It goes on with more trials, and its workers are killed twice. A trial goes on from a checkpoint, so that what has
    # been told is not run again.
    told = Counter((line.trial, line.epoch) for line in read_lines(killed.store, CURVES))
    killer = Killer({trial for trial, _ in told})
    study = cnnsearch.resume(killed.path, trials=MORE, observe=killer)
    assert killer.killed == 2
    whys = [json.loads(line)["why"] for line in study.store.appended("attempts.jsonl").splitlines()]
    assert "worker died" in whys
    lines = Counter((line.trial, line.epoch) for line in read_lines(study.store, CURVES))
    assert len(lines) == MORE * EPOCHS
    assert lines[killer.halfway, 1] == 1, "it did not begin anew"

    assert [record for record in study.records if record in ended] == ended
    assert len((study.path / "trials.jsonl").read_text().splitlines()) == MORE
    assert len((study.path / "proposals.jsonl").read_text().splitlines()) == MORE
    assert study.experiment.budget.trials == MORE
    assert study.store.exists("report.html")
    assert not {".tune", "checkpoints"} & {path.name for path in study.path.iterdir()}
    assert len(study.environment["resumed"]) == 1
    assert results(study) == alone(experiment, study)

    # Then nothing is left to do; a study that had ended and is extended: test_cut_short.py.
    assert cnnsearch.resume(study.path).records == study.records
    assert len(Study.load(study.path).environment["resumed"]) == 1
