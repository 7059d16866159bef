"""Limits of memory that are set for this process, below what the machine has: of its group, of ``ulimit -v``."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["Limit", "address_limit", "group_limits"]

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")

_NONE = 2**60
"""Bytes; version 1 writes a number beyond it where there is no limit."""


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes:
        what: it is, in words.
        most: bytes.
        free: bytes that are left of it.
    """

    what: str
    most: int
    free: int

    def __str__(self) -> str:
        return f"{self.what} is {self.most / 2**30:.1f} GB, of which {self.free / 2**30:.1f} GB are free"


@dataclass(frozen=True)
class _Files:
    """Where a group of one version of cgroups tells its limit, what it uses, and what of that it could drop."""

    most: str
    used: str
    dropped: str


_NEW = _Files("memory.max", "memory.current", "inactive_file")
_OLD = _Files("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def group_limits(root: Path = _ROOT, own: Path = _OWN) -> list[Limit]:
    """Of the group of this process and of all groups around it, as a container, a Slurm job, or a service has one."""
    found = (_limit_of(folder, files) for folder, files in _groups(root, own))
    return [limit for limit in found if limit is not None]


def address_limit() -> Limit | None:
    """Of the addresses that one process may have, each of the workers as well; ``None``: there is none."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or most >= _NONE:
        return None
    return Limit(
        "the limit of a process' addresses (ulimit -v)", most, max(0, most - psutil.Process().memory_info().vms)
    )


def _groups(root: Path, own: Path) -> Iterator[tuple[Path, _Files]]:
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        lines = []
    paths = {controllers: path for _, controllers, path in (line for line in lines if len(line) == 3)}
    old = next((path for controllers, path in paths.items() if "memory" in controllers.split(",")), "/")
    yield from ((folder, _NEW) for folder in _upwards(root, paths.get("", "/")))
    yield from ((folder, _OLD) for folder in _upwards(root / "memory", old))


def _upwards(top: Path, path: str) -> Iterator[Path]:
    """The folder of a group, and of those around it. In a container its own group may be seen as the top."""
    parts = [part for part in path.split("/") if part not in ("", "..")]
    for count in range(len(parts), -1, -1):
        yield top.joinpath(*parts[:count])


def _limit_of(folder: Path, files: _Files) -> Limit | None:
    try:
        most, used = int((folder / files.most).read_text()), int((folder / files.used).read_text())
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        dropped = int(stat.get(files.dropped, 0))
    except (OSError, ValueError):  # no such group, or "max": no limit
        return None
    if most >= _NONE:
        return None
    return Limit("the memory limit of this process' group (cgroup)", most, max(0, most - used + dropped))
