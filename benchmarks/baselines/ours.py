"""``cnnsearch run`` with the file as it is, for some minutes in all."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.baselines.sets import PictureSet

__all__ = ["run"]


def run(
    given: PictureSet, seed: int, data: Path | None, minutes: float, keys: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The command in a process of its own; what the shipped model was on the test split stands in its study.

    Where it was not read, as there was no time for a refit, ``cnnsearch evaluate`` reads it: no part of the time.

    Args:
        given: pictures and file.
        seed: of split, search and weights.
        data: as of :meth:`PictureSet.settings`.
        minutes: in all.
        keys: over those of the file and of the set.

    Raises:
        RuntimeError: it failed; with the last lines of what it printed.
    """
    from cnnsearch.study import Study

    with tempfile.TemporaryDirectory() as folder:
        settings = {
            **given.settings(seed, data),
            **(keys or {}),
            "budget": f"{{minutes: {minutes:g}, all: true}}",
            "name": "search",
        }
        command = [sys.executable, "-m", "cnnsearch", "run", str(given.path), "--output", folder, "--quiet"]
        for key, value in settings.items():
            command += ["--set", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
        began = time.monotonic()
        _done(command)
        seconds = time.monotonic() - began
        if not Study.load(Path(folder) / "search").test_reads:
            _done([sys.executable, "-m", "cnnsearch", "evaluate", str(Path(folder) / "search"), "--test"])
        study = Study.load(Path(folder) / "search")
        return {
            "test": study.test_reads[-1].metrics["accuracy"],
            "trials": sum(line.state != "FAILED" for line in study.records),
            "seconds": round(seconds, 1),
        }


def _done(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"cnnsearch {command[3]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
