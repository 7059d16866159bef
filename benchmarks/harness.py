"""The harness: each peer in a process of its own, in turn, again and again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.outcome import Outcome, Run
from benchmarks.work import Arrays, Work

__all__ = ["LOGS", "Folder", "in_turn", "run_module"]

LOGS = Path("build/benchmarks/logs")
"""What the peers print; it is theirs, and no part of a table."""

_PAUSE = 2.0
"""Seconds between two processes: what Ray leaves behind must be gone before the next one is timed."""

T = TypeVar("T")


class Folder:
    """A temporary folder with one work and its arrays, for any number of runs."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._temporary = tempfile.TemporaryDirectory(prefix="cnnsearch-bench-")
        self.path = Path(self._temporary.name)

    def __enter__(self) -> Folder:
        Arrays.prepare(self._work).write(self.path / "arrays.npz")
        return self

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()

    def run(self, peer: str, trials: int | None = None) -> Run:
        """One run of ``peer`` on the first ``trials`` configs, all of them where that is left out."""
        work = self._work if trials is None else self._work.first(trials)
        work.write(self.path / "work.json")
        out = self.path / "outcome.json"
        spawned, exited = run_module(["benchmarks.peers", peer, str(self.path), str(out)], f"{work.name}-{peer}")
        outcome = Outcome.read(out)
        out.unlink()
        run = Run.timed(peer, spawned, exited, outcome)
        if work.configs and len(run.values) != len(work.configs):
            raise RuntimeError(f"{peer} ran {len(run.values)} of {len(work.configs)} trials: see {LOGS}")
        return run


def run_module(arguments: Sequence[str], log: str) -> tuple[float, float]:
    """Run ``python -m arguments`` to its end; returns the Unix times at which it began and ended.

    It begins with an empty cache: what another side has decoded or computed is no work that this one is spared.

    Raises:
        RuntimeError: it failed; with the last lines of what it printed.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    environment = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
    }
    time.sleep(_PAUSE)
    with path.open("wb") as file, tempfile.TemporaryDirectory(prefix="cnnsearch-bench-cache-") as cache:
        environment["XDG_CACHE_HOME"] = cache
        spawned = time.time()
        code = subprocess.run(
            [sys.executable, "-m", *arguments], stdout=file, stderr=subprocess.STDOUT, env=environment, check=False
        ).returncode
        exited = time.time()
    if code:
        tail = "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise RuntimeError(f"'{' '.join(arguments)}' ended with {code}; the end of {path}:\n{tail}")
    return spawned, exited


def in_turn(sides: Mapping[str, Callable[[], T]], repetitions: int) -> list[dict[str, T]]:
    """Run every side once a repetition, each time beginning with another one; side -> result, for each repetition."""
    names = list(sides)
    found: list[dict[str, T]] = []
    for repetition in range(repetitions):
        shift = repetition % len(names)
        found.append({})
        for name in names[shift:] + names[:shift]:
            began = time.time()
            found[-1][name] = sides[name]()
            _tell({"repetition": repetition + 1, "side": name, "seconds": round(time.time() - began, 1)})
    return found


def _tell(what: dict[str, Any]) -> None:
    print(json.dumps(what), file=sys.stderr, flush=True)
