"""`up`, runs and `down`, typed by a user: all sweeps on the one Ray, and on the workers that wait there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cnnsearch.study import Study
from cnnsearch.study.store.process import Process
from cnnsearch.sweep.cluster.keeper.record import KeeperRecord

pytestmark = [
    pytest.mark.slow,
    pytest.mark.exhaustive,  # its parts without Ray: test_keeper.py and test_kept.py in sweep/cluster/
    pytest.mark.timeout(900),
]

EXPERIMENT = """
name: kept
dataset: {source: digits, limit: 300}
space: {filters: {choice: [4, 8]}, units: 16, learning_rate: 0.01}
epochs: 2
start: none
sampler: random
scheduler: none
budget: {trials: 3}
"""

SCRIPT = """
import logging
import sys

import sklearn.metrics  # sets variables of its own, as TensorFlow does
import tensorflow

import cnnsearch

logging.basicConfig(level=logging.INFO)
for _ in range(2):
    print(cnnsearch.run(cnnsearch.Experiment.from_yaml(sys.argv[1]), keep=False).path)
"""

SET_BY_LIBRARIES = (
    *("PYTHONBREAKPOINT", "RAY_AUTH_MODE", "RAY_CLIENT_MODE", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"),
    *("ENABLE_RUNTIME_UPTIME_TELEMETRY", "KERAS_BACKEND", "TF2_BEHAVIOR", "TF_CPP_MIN_LOG_LEVEL"),
)

USED = "uses the Ray that `cnnsearch up` has started"

Type = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Type]:
    """Runs Python in a folder, with these words after it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    for name in SET_BY_LIBRARIES:
        environment.pop(name, None)  # as in a shell

    def type_(*words: str, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *words]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=400, check=False
        )

    yield type_
    type_("-m", "cnnsearch", "down", "--force")


def workers(*folders: Path) -> set[int]:
    records = [record for folder in folders for record in Study.load(folder).records]
    assert {record.state for record in records} == {"COMPLETED"}
    return {record.worker.pid for record in records if record.worker is not None}


def measured(line: str) -> tuple[int, int, str]:
    """What a line of a curve says of the model."""
    told = json.loads(line)
    return told["trial"], told["epoch"], json.dumps(told["values"])


def test_one_ray_for_the_sweeps_of_several_commands(typed: Type, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "kept.yaml", tmp_path / "elsewhere"
    file.write_text(EXPERIMENT)
    elsewhere.mkdir()
    begun = typed("-m", "cnnsearch", "up")
    assert begun.returncode == 0, begun.stderr
    assert "Ray is kept from now on" in begun.stdout
    keeper = KeeperRecord.read()
    assert keeper is not None
    assert keeper.dead == []
    raylet = Process.of(keeper.vital["raylet"])
    assert raylet is not None
    started = {each.name() for each in psutil.Process(raylet.pid).parent().children()}
    assert started == {"gcs_server", "raylet"}, "nobody asks a dashboard, an autoscaler or a reader of logs"
    again = typed("-m", "cnnsearch", "up")
    assert (again.returncode, "Ray is kept already" in again.stdout) == (0, True), again.stderr

    first = typed("-m", "cnnsearch", "run", str(file))
    second = typed("-m", "cnnsearch", "run", str(file), folder=elsewhere)  # no code of its own: any folder does
    for run in (first, second):
        assert run.returncode == 0, run.stderr
        assert USED in run.stderr
    script = typed("-c", SCRIPT, str(file))
    assert script.returncode == 0, script.stderr
    assert script.stderr.count(USED) == 2, script.stderr
    pids = [
        workers(tmp_path / "results" / "kept"),
        workers(elsewhere / "results" / "kept"),
        *(workers(Path(folder)) for folder in script.stdout.split()),
    ]
    assert all(pids)
    assert len(set().union(*pids)) <= keeper.workers, "each sweep has the workers of the one before"
    files = [folder / "results" / "kept" / "curves.jsonl" for folder in (tmp_path, elsewhere)]
    curves = [sorted(map(measured, file.read_text().splitlines())) for file in files]
    assert curves[0] == curves[1], "a worker that had another sweep gives the same bits"
    doctor = typed("-m", "cnnsearch", "doctor")
    (line,) = (line for line in doctor.stdout.splitlines() if "Ray that is kept" in line)
    assert line.startswith("ok"), line

    assert KeeperRecord.read() == keeper
    ended = typed("-m", "cnnsearch", "down")
    assert ended.returncode == 0, ended.stderr
    assert len(keeper.dead) == 3
    assert not (tmp_path / "state" / "cnnsearch" / "ray").exists()
    assert "No Ray is kept on this machine." in typed("-m", "cnnsearch", "down").stdout
