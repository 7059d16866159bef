"""Which folders lie on a disk of this machine, where the system's locks can be relied on."""

from __future__ import annotations

from pathlib import Path

import psutil

__all__ = ["is_shared"]

_SHARED = (
    "nfs", "cifs", "smb", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "pvfs2", "orangefs", "9p", "fuse",
    "davfs", "ocfs2", "gfs2", "virtiofs", "wekafs", "vboxsf", "prl_fs",
)  # fmt: skip
"""Beginnings of the names of file systems that other machines may see."""


def is_shared(folder: Path) -> bool:
    """Whether ``folder`` lies on a file system that other machines may see; where that cannot be told, it does."""
    real = folder.resolve()
    mounted: dict[Path, str] = {Path(disk.mountpoint): disk.fstype for disk in psutil.disk_partitions(all=True)}
    for parent in (real, *real.parents):
        if parent in mounted:
            return mounted[parent].lower().startswith(_SHARED)
    return True
