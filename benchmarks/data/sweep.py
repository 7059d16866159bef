"""A sweep of one trial and one epoch: when its first epoch has ended, and what all its processes take meanwhile."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from cnnsearch.study import Study

__all__ = ["experiment_of", "swept"]

_SAMPLED = 0.2
_SHARED = "/dev/shm"

_FILE = """
name: data
dataset: {{source: directory, path: {folder}, image_size: {side}}}
epochs: 1
space: {{filters: 4, conv_blocks: 1, units: 8}}
start: none
never_stopped: none
sampler: random
scheduler: none
budget: {{trials: 1}}
resources: {{max_concurrent: 1, cache: {cache}, cache_gb: 1000}}
"""


def swept(folder: Path, cache: Path, side: int, work: Path) -> dict[str, Any]:
    """Seconds from the start of the command to the end of the first epoch, and the peak of private and shared memory
    together, in bytes.

    The files that the cache maps are not in it: whatever needs memory takes theirs back.
    """
    work.mkdir(parents=True, exist_ok=True)
    file = work / "data.yaml"
    file.write_text(experiment_of(folder, cache, side), encoding="utf-8")
    shared, peak, started = shutil.disk_usage(_SHARED).used, 0, time.time()
    command = [sys.executable, "-m", "cnnsearch", "run", str(file), "--quiet", "--output", str(work / "results")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, _anonymous(process.pid) + shutil.disk_usage(_SHARED).used - shared)
            time.sleep(_SAMPLED)
        if process.returncode:
            raise RuntimeError(process.stderr.read() if process.stderr else "")
    first = Study.load(work / "results" / "data").curves["time"].min()
    return {"seconds": float(first) - started, "memory": peak}


def experiment_of(folder: Path, cache: Path, side: int) -> str:
    """The file of the sweep."""
    return _FILE.format(folder=folder, side=side, cache=cache)


def _anonymous(pid: int) -> int:
    total = 0
    try:
        processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0
    for process in processes:
        try:
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))
    return total
