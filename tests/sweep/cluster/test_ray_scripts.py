"""What Ray runs in place of programs of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from cnnsearch.sweep.ray_private.scripts import idle_agent, setup_worker

WORKER = ["-s", "/ray/workers/default_worker.py", "--node-ip-address=127.0.0.1", "--worker-id=7"]


class BecameError(Exception):
    """In place of the process that would be another program from here on."""


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []

    def become(program: str, command: list[str]) -> None:
        commands.append([program, *command])
        raise BecameError

    monkeypatch.setattr(os, "execv", become)
    return commands


def asked(context: str, language: str = "PYTHON") -> list[str]:
    return [*WORKER, f"--serialized-runtime-env-context={context}", f"--language={language}", "--runtime-env-hash=3"]


def test_a_worker_with_variables_begins_without_ray(became: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_VARIABLE", "before")
    context = {"command_prefix": [], "env_vars": {"A_VARIABLE": "of its own"}, "py_executable": sys.executable}
    with pytest.raises(BecameError):
        setup_worker.main(asked(json.dumps(context)))
    assert became == [[sys.executable, sys.executable, *WORKER, "--runtime-env-hash=3"]]
    assert os.environ["A_VARIABLE"] == "of its own"


@pytest.mark.parametrize(
    "arguments",
    [
        asked(json.dumps({"env_vars": {"PATH": "/mine:${PATH}"}})),
        asked(json.dumps({"env_vars": {"A": "b"}, "command_prefix": ["source activate &&"]})),
        asked(json.dumps({"env_vars": {"A": "b"}, "something_new": 1})),
        asked(json.dumps({"env_vars": {"A": "b"}}), "JAVA"),
        asked("no JSON"),
        asked("[]"),
        WORKER,
    ],
)
def test_what_is_more_than_variables_is_left_to_ray(became: list[list[str]], arguments: list[str]) -> None:
    with pytest.raises(BecameError):
        setup_worker.main(arguments)
    assert became == [[sys.executable, sys.executable, "/ray/workers/setup_worker.py", *arguments]]


def test_the_agent_ends_with_the_raylet_that_started_it() -> None:
    """Also where that has ended before the agent can look."""
    code = (
        "import os, subprocess, sys; os.environ['RAY_RAYLET_PID'] = str(os.getpid()); "
        "print(subprocess.Popen([sys.executable, '-I', '-S', sys.argv[1]], stdout=subprocess.DEVNULL).pid)"
    )
    begun = subprocess.run(
        [sys.executable, "-c", code, str(Path(idle_agent.__file__))], capture_output=True, text=True, check=True
    )
    until = time.monotonic() + 30
    while psutil.pid_exists(int(begun.stdout)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(int(begun.stdout))
