"""Ctrl-C and SIGTERM, sent to a process that runs a sweep with a Ray of its own; its other moments: test_signals.py."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from cnnsearch.study import Study
from cnnsearch.study.record.lines import TRIALS
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.store import LocalStore

pytestmark = pytest.mark.slow

SWEEP = """
import sys
from pathlib import Path

import cnnsearch

experiment = cnnsearch.Experiment(
    name="cut short",
    dataset={"source": "digits", "limit": 300},
    space={"filters": 4, "units": 16, "learning_rate": {"float": [1e-3, 1e-2]}},
    epochs=int(sys.argv[2]),
    scheduler="none",
    sampler="random",
    budget={"trials": 5000},
    resources={"max_concurrent": 1},
)


def observe(progress):
    Path(sys.argv[1], "seen").write_text(f"{sum(progress.ended.values())} {len(progress.running)}")


study = cnnsearch.run(experiment, sys.argv[1], observe=observe)
print("INTERRUPTED" if study.interrupted else "ENDED", study.counts["INTERRUPTED"])
"""

SECONDS = 90
"""From the signal to the end of the process, at most."""


def start(output: Path, epochs: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SWEEP, str(output), str(epochs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a group of its own, as a shell gives to each command
    )


def wait_for(process: subprocess.Popen[str], output: Path, ended: int, running: int) -> None:
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        seen = (output / "seen").read_text().split() if (output / "seen").exists() else []
        if len(seen) == 2 and int(seen[0]) >= ended and int(seen[1]) >= running:
            return
        time.sleep(0.1)
    raise AssertionError(f"no {ended} trials had ended after 150 seconds")


def addresses(process: subprocess.Popen[str]) -> set[str]:
    """At which the process and what it has started listen."""
    found = set()
    driver = psutil.Process(process.pid)
    for each in [driver, *driver.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            found |= {str(line.laddr.ip) for line in each.net_connections("inet") if line.status == psutil.CONN_LISTEN}
    return found


def finish(process: subprocess.Popen[str]) -> str:
    began = time.monotonic()
    try:
        told, errors = process.communicate(timeout=SECONDS)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert process.returncode == 0, errors
    assert time.monotonic() - began < SECONDS
    assert "Traceback" not in errors
    return told


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.exhaustive), signal.SIGTERM])
def test_a_signal_ends_a_sweep_with_its_study_and_report(tmp_path: Path, number: int) -> None:
    process = start(tmp_path, epochs=2)
    wait_for(process, tmp_path, ended=3, running=1)
    before = list(read_lines(LocalStore(tmp_path / "cut-short"), TRIALS))
    assert addresses(process) == {"127.0.0.1", "::ffff:127.0.0.1"}  # nobody else reaches a Ray of one's own
    os.killpg(process.pid, number)  # to every process of the command, as a terminal and `timeout` do
    state, interrupted = finish(process).split()[-2:]
    assert state == "INTERRUPTED"

    study = Study.load(tmp_path / "cut-short")
    assert study.counts["INTERRUPTED"] == int(interrupted) <= 1
    assert study.counts["COMPLETED"] == len(study.records) >= len(before) >= 3
    assert study.counts["FAILED"] == 0
    assert all(line in study.records for line in before)
    assert study.best is not None
    assert (study.path / "best" / "model.keras").is_file()
    assert (study.path / "report.html").stat().st_size > 1000
    assert not {".tune", "checkpoints"} & {path.name for path in study.path.iterdir()}


@pytest.mark.exhaustive
def test_trials_that_would_run_for_hours_are_interrupted_too(tmp_path: Path) -> None:
    process = start(tmp_path, epochs=100_000)
    wait_for(process, tmp_path, ended=0, running=1)
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    assert finish(process).split()[-2:] == ["INTERRUPTED", "1"]
    study = Study.load(tmp_path / "cut-short")
    assert study.records == []
    assert (study.path / "report.html").is_file()


@pytest.mark.exhaustive  # by which signals, when, and with which code, without a sweep: test_signals.py
def test_the_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    process = start(tmp_path, epochs=100_000)
    wait_for(process, tmp_path, ended=0, running=1)
    try:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 130
    finally:
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.communicate()
    assert Study.load(tmp_path / "cut-short").in_flight
