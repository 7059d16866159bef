"""Less memory than a sweep needs: the address space of each process (``ulimit -v``), or a whole control group."""

from __future__ import annotations

import contextlib
import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.faults.driver import Driver, experiment_file
from benchmarks.faults.tally import Tally, ended_in, studies_in
from cnnsearch.study import Study

__all__ = ["limit_memory"]

_SECONDS = 240.0

_ADDRESS_SPACES = (1.0, 4.0, 8.0, 16.0)
_GROUPS = (0.3, 0.5, 0.8, 1.5)
"""In GB."""

_MOUNTED = Path("/sys/fs/cgroup")


def limit_memory(folder: Path, faults: int, seed: int) -> Tally:  # noqa: ARG001 - the signature of a scenario
    """Run with limits of several sizes, then go on without one."""
    tally = Tally("a limit of memory, by ulimit -v and by a control group")
    file, log = experiment_file(folder, budget="{trials: 3}", epochs="3"), folder / "log"
    told = []
    for number in range(faults):
        limits = _ADDRESS_SPACES if number % 2 == 0 else _GROUPS
        with _limit(number % 2 == 0, limits[number // 2 % len(limits)]) as (name, confine):
            if confine is None:
                told.append(f"{name}: not measured, as this user may not make a group")
                continue
            told.append(f"{name}: {_limited(file, folder / f'limit-{number}', log, confine, tally)}")
    tally.told = "; ".join(told)
    return tally


def _limited(file: Path, output: Path, log: Path, confine: Callable[[], None], tally: Tally) -> str:
    """One sweep with a limit, and what is left of it without; in words."""
    driver = Driver(["run", str(file), "--output", str(output), "--quiet"], log, confine=confine)
    tally.faults += 1
    tally.end(driver, _SECONDS, (0, 1, 2))
    lines = [line.removeprefix("error: ") for line in driver.said.splitlines() if line.startswith("error: ")]
    for study in studies_in(output):
        before = {trial: line for trial, line in ended_in(study).items() if line.state != "FAILED"}
        tally.end(Driver(["resume", str(study.path), "--quiet"], log), _SECONDS, (0, 1))
        again = Study.load(study.path)
        tally.lose(before, again)
        tally.close(again)
    return f"exit {driver.code}, {lines[-1] if lines else 'no error'}"


@contextlib.contextmanager
def _limit(by_process: bool, gigabytes: float) -> Iterator[tuple[str, Callable[[], None] | None]]:
    size = int(gigabytes * 2**30)
    if by_process:
        yield f"ulimit -v {gigabytes:g} GB", lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))
        return
    name = f"a group of {gigabytes:g} GB"
    group = _group(size)
    if group is None:
        yield name, None
        return
    try:
        yield name, lambda: (group / "cgroup.procs").write_text(str(os.getpid()))
    finally:
        for process in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), 9)
        with contextlib.suppress(OSError):
            group.rmdir()


def _group(size: int) -> Path | None:
    """A new control group, of the first or the second version; ``None`` where this user may make none."""
    for parent, limit in ((_MOUNTED / "memory", "memory.limit_in_bytes"), (_MOUNTED, "memory.max")):
        try:
            group = Path(tempfile.mkdtemp(prefix="cnnsearch-faults-", dir=parent))
        except OSError:
            continue
        try:
            (group / limit).write_text(str(size))
        except OSError:
            group.rmdir()
            continue
        return group
    return None
