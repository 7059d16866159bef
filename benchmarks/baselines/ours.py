"""``cnnsearch run`` with the file as it is, for some minutes in all."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.baselines.sets import PictureSet

__all__ = ["run"]


def run(given: PictureSet, seed: int, data: Path | None, minutes: float) -> dict[str, Any]:
    """The command in a process of its own; what the shipped model was on the test split stands in its study.

    Raises:
        RuntimeError: it failed; with the last lines of what it printed.
    """
    from cnnsearch.study import Study

    with tempfile.TemporaryDirectory() as folder:
        settings = {**given.settings(seed, data), "budget": f"{{minutes: {minutes:g}, all: true}}", "name": "search"}
        command = [sys.executable, "-m", "cnnsearch", "run", str(given.path), "--output", folder, "--quiet"]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"cnnsearch run ended with {done.returncode}:\n{done.stderr[-2000:]}")
        study = Study.load(Path(folder) / "search")
        reads = study.test_reads
        return {
            "test": reads[-1].metrics["accuracy"] if reads else None,
            "trials": sum(line.state != "FAILED" for line in study.records),
        }
