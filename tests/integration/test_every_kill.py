"""Every sampler and every scheduler in a real sweep whose driver is killed, beside one that is not: the same search."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cnnsearch
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.search.samplers import SAMPLERS, check_sampler
from cnnsearch.search.schedulers import SCHEDULERS
from cnnsearch.study import Study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.exhaustive,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("ray_session"),
]

SAMPLER_OPTIONS: dict[str, dict[str, Any]] = {
    "tpe": {"startup_trials": 4},
    "bohb": {"startup_trials": 4},
    "gp": {"startup_trials": 4},
    "cma-es": {"population": 4},
    "nsga2": {"population": 4},
    "nsga3": {"population": 4},
    "grid": {"points": 4},
}
SCHEDULER_OPTIONS: dict[str, dict[str, Any]] = {
    "asha": {"grace_epochs": 1, "reduction": 2, "audit": 0.2},
    "pasha": {"grace_epochs": 1, "reduction": 2, "audit": 0.2},
    "hyperband": {"grace_epochs": 1, "reduction": 2, "brackets": 2},
    "median": {"grace_epochs": 1, "min_trials": 2},
    "pbt": {"population": 5, "interval": 2},
}
CASES = [*((name, "asha") for name in SAMPLERS if name != "optunahub"), *(("random", name) for name in SCHEDULERS)]
"""A sampler of OptunaHub is a package, which may be none or many."""

DRIVER = """
import os
import signal
import sys

import cnnsearch


def observe(progress):
    # A trial that has told of epochs and not ended, when others have: there is something to lose, whatever they are.
    if sum(progress.ended.values()) >= 4 and any(progress.running.values()):
        os.kill(os.getpid(), signal.SIGKILL)


cnnsearch.run(cnnsearch.Experiment.from_yaml(sys.argv[1]), sys.argv[2], observe=observe)
"""


def found(study: Study) -> list[Any]:
    """All that was proposed and decided, and by what."""
    lineage = {
        trial: [(line.epoch, line.source, line.config) for line in taken] for trial, taken in study.takeovers.items()
    }
    audited = {line.trial: line.audited for line in study.records}
    return [
        [(line.trial, line.config, line.seed, line.told) for line in study.proposals],
        [(line.trial, line.state, line.end_reason, line.epochs, line.value) for line in study.records],
        [
            (line.trial, line.epoch, line.values["val_accuracy"])
            for line in sorted(study.epochs, key=lambda line: (line.trial, line.epoch))
        ],
        audited,
        lineage,
    ]


@pytest.mark.parametrize(("sampler", "scheduler"), list(dict.fromkeys(CASES)))
def test_a_killed_search_comes_to_what_it_would_have(
    tmp_path: Path, small: Callable[..., Experiment], sampler: str, scheduler: str
) -> None:
    space = {"dropout": {"float": [0.0, 0.5]}, "learning_rate": {"float": [1e-3, 1e-1], "log": True}, "filters": 4}
    experiment = small(
        name="killed",
        epochs=6,
        space={**space, "batch_size": 32},
        budget={"trials": 10},
        sampler={"name": sampler, **SAMPLER_OPTIONS.get(sampler, {})},
        scheduler={"name": scheduler, **SCHEDULER_OPTIONS.get(scheduler, {})},
        resources={"checkpoint_seconds": 0.0, "max_concurrent": 1},
    )
    try:
        check_sampler(experiment.sampler)
    except InputError as error:
        pytest.skip(str(error))
    whole = cnnsearch.run(experiment, tmp_path / "whole")
    (tmp_path / "killed.yaml").write_text(experiment.to_yaml())
    command = [sys.executable, "-c", DRIVER, str(tmp_path / "killed.yaml"), str(tmp_path / "cut")]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        assert process.wait() == -signal.SIGKILL, (tmp_path / "log").read_text()
    finally:
        process.kill()  # where it was not killed; its Ray ends without it
    cut = Study.load(tmp_path / "cut" / "killed")
    assert 0 < len(cut.proposals) < 10
    assert cut.in_flight
    again = cnnsearch.resume(tmp_path / "cut" / "killed")
    assert found(again) == found(whole)
