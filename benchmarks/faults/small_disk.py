"""A small file system for the time of a test."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

__all__ = ["small_disk"]


@contextlib.contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Path | None]:
    """A file system in memory at ``path``; ``None`` where this user may not mount one."""
    path.mkdir(parents=True)
    size = f"size={megabytes}m"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(path)], capture_output=True, check=False)
    if mounted.returncode:
        yield None
        return
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=False)
