"""The driver of a sweep in a process of its own, which can be killed, and its workers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

__all__ = ["Driver", "experiment_file", "until", "workers_of"]

_COMMAND = "from cnnsearch.cli import main; main()"

_TITLES = ("ray::TrialWorker", "ray::ResourceTrainable")
"""Of the process of a worker: while it starts or waits; while it trains, after the class that Tune puts around it."""


def experiment_file(folder: Path, **keys: str) -> Path:
    """An experiment on the digits whose trials take a few seconds; lines of YAML replace its own by key."""
    lines = {
        "name": "faults",
        "dataset": "{source: digits, limit: 600}",
        "epochs": "60",
        "space": "{filters: {choice: [8, 16]}, conv_blocks: 2, learning_rate: {float: [1e-3, 1e-2], log: true}, "
        "dropout: {float: [0.0, 0.4]}}",
        "sampler": "random",
        "scheduler": "none",
        "budget": "{trials: 24}",
        "resources": "{checkpoint_seconds: 0.5, max_concurrent: 2}",
        **keys,
    }
    path = folder / "faults.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items()), encoding="utf-8")
    return path


class Driver:
    """``cnnsearch run`` or ``resume`` in a process group of its own.

    Args:
        arguments: of the command line.
        log: file that its output is appended to.
        environment: variables over those of this process.
        confine: called in its process before its first line, as one that sets limits.
        folder: that it works in; left out, that of this process.
    """

    def __init__(
        self,
        arguments: list[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        confine: Callable[[], None] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.began = time.time()
        self._log = log
        self._said_from = log.stat().st_size if log.exists() else 0
        with log.open("a", encoding="utf-8") as file:
            file.write(f"--- {' '.join(arguments)}\n")
            file.flush()
            self._process = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, *arguments],
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", **(environment or {})},
                start_new_session=True,
                preexec_fn=confine,
                cwd=folder,
            )

    @property
    def code(self) -> int | None:
        """How it ended; ``None`` while it runs."""
        return self._process.poll()

    @property
    def said(self) -> str:
        """What it has printed; of nothing else, where no other has the same log meanwhile."""
        return self._log.read_bytes()[self._said_from :].decode("utf-8", "replace")

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes in which its trials run."""
        return workers_of(self._process.pid)

    def processes(self, title: str) -> list[psutil.Process]:
        """Of those that it or its Ray has started: the ones whose program or title is ``title``."""
        return _family(self._process.pid, lambda line: line[:1] and Path(line[0].split()[0]).name == title)

    def send(self, number: int, all_of_them: bool = False) -> None:
        """A signal to it, or to its whole process group, as a terminal does."""
        if self.code is None:
            (os.killpg if all_of_them else os.kill)(self._process.pid, number)

    def kill(self) -> None:
        """As the machine's end does: the driver, and with it its Ray and the workers, without a word."""
        try:
            family = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        self._process.send_signal(signal.SIGKILL)
        for child in family:
            try:
                child.kill()
            except psutil.NoSuchProcess:
                continue
        self._process.wait()
        psutil.wait_procs(family, timeout=10)

    def wait(self, seconds: float) -> int:
        """Let it end by itself; it is killed where it does not.

        Raises:
            TimeoutError: it did not.
        """
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(f"the sweep did not end within {seconds:.0f} seconds") from None


def workers_of(driver: int) -> list[psutil.Process]:
    """The processes in which trials of the Ray run that the process ``driver`` has started."""
    return _family(driver, lambda line: " ".join(line).startswith(_TITLES))


def _family(driver: int, wanted: Callable[[list[str]], object]) -> list[psutil.Process]:
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(driver).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # any process may end at any moment
                if wanted([part for part in child.cmdline() if part]):
                    found.append(child)
    return found


def until(condition: Callable[[], bool], driver: Driver, seconds: float = 180.0) -> None:
    """Wait for what a sweep comes to, or for its end.

    Raises:
        TimeoutError: neither came.
    """
    deadline = time.monotonic() + seconds
    while driver.code is None and not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the sweep does not come to where a fault is wanted")
        time.sleep(0.02)
