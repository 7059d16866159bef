"""A sweep of one trial: when its first epoch has ended, what its processes take meanwhile, how fast it trains."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from cnnsearch.study import Study

__all__ = ["experiment_of", "larger_than_memory", "swept", "trained"]

_SAMPLED = 0.2
_SHARED = "/dev/shm"

_FILE = """
name: data
dataset: {{source: directory, path: {folder}, image_size: {side}}}
epochs: {epochs}
space: {space}
start: none
never_stopped: none
sampler: random
scheduler: none
budget: {{trials: 1}}
resources: {resources}
"""

_EPOCHS = 4
"""Of a training whose speed is measured; the first one does not count."""

_TIMES = 3
"""The set over what a worker may take of the memory."""


def swept(folder: Path, cache: Path, side: int, work: Path) -> dict[str, Any]:
    """Seconds from the start of the command to the end of the first epoch, and the peak of private and shared memory
    together, in bytes.

    The files that the cache maps are not in it: whatever needs memory takes theirs back.
    """
    started = time.time()
    study, peak = _run(experiment_of(folder, cache, side), work)
    return {"seconds": study.curves["time"].min().timestamp() - started, "memory": peak}


def trained(folder: Path, cache: Path, side: int, work: Path, pixels: int, in_memory: bool) -> dict[str, Any]:
    """Seconds of an epoch after the first one: with all pictures in memory, or as many bytes as a worker may take of it
    three times over, so that they are read from the disk.

    Args:
        folder, cache, side, work: as of :func:`swept`.
        pixels: bytes of all pictures.
        in_memory: which of the two.
    """
    study, peak = _run(larger_than_memory(folder, cache, side, pixels, in_memory), work)
    ends = study.curves["time"]
    return {"seconds": (ends.iloc[-1] - ends.iloc[0]).total_seconds() / (len(ends) - 1), "memory": peak}


def experiment_of(folder: Path, cache: Path, side: int) -> str:
    """The file of the sweep whose first epoch is waited for."""
    space = "{filters: 4, conv_blocks: 1, units: 8}"
    return _written(folder, side, 1, space, f"{{max_concurrent: 1, cache: {cache}, cache_gb: 1000}}")


def larger_than_memory(folder: Path, cache: Path, side: int, pixels: int, in_memory: bool) -> str:
    """The file of the sweep whose speed is measured."""
    most = f"{4 * pixels / 2**30:.4f}, cache_gb: 0" if in_memory else f"{pixels / _TIMES / 2**30:.4f}, cache_gb: 1000"
    resources = f"{{max_concurrent: 1, cpus: 2, cache: {cache}, memory_gb: {most}}}"
    return _written(folder, side, _EPOCHS, "{filters: 8, conv_blocks: 2, units: 16, batch_size: 32}", resources)


def _written(folder: Path, side: int, epochs: int, space: str, resources: str) -> str:
    return _FILE.format(folder=folder, side=side, epochs=epochs, space=space, resources=resources)


def _run(text: str, work: Path) -> tuple[Study, int]:
    """The study of an experiment, and the peak of private and shared memory while it ran, in bytes."""
    work.mkdir(parents=True, exist_ok=True)
    file = work / "data.yaml"
    file.write_text(text, encoding="utf-8")
    shared, peak = shutil.disk_usage(_SHARED).used, 0
    command = [sys.executable, "-m", "cnnsearch", "run", str(file), "--quiet", "--output", str(work / "results")]
    log = work / "errors.txt"  # a pipe that nobody reads would fill, and the sweep stand still
    with log.open("w") as errors, subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors) as process:
        while process.poll() is None:
            peak = max(peak, _anonymous(process.pid) + shutil.disk_usage(_SHARED).used - shared)
            time.sleep(_SAMPLED)
    if process.returncode:
        raise RuntimeError(log.read_text(errors="replace")[-4000:])
    return Study.load(work / "results" / "data"), peak


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
