"""What a worker holds of its node: threads, devices, and the bound of its memory."""

from __future__ import annotations

import os

import psutil

from cnnsearch.memory_limits import group_limits

__all__ = ["MemoryBound", "pin_hardware", "private_bytes"]

_SHARE = 0.8
"""Of a node's memory that all its workers may take together."""

_GROWTH = 1.25
"""A worker this much larger than after its first trial has grown; a smaller one would be no better when new."""


def pin_hardware(cpus: int, gpus: float) -> None:
    """Threads and devices of this process; TensorFlow reads these when it is imported, not later."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(cpus)
    if gpus == 0:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"


def private_bytes(process: psutil.Process | None = None) -> int:
    """Memory of a process that it shares with no other: without the pictures in Ray's shared memory.

    Args:
        process: left out, this one.

    Raises:
        psutil.Error: it has ended.
    """
    memory = (process or psutil.Process()).memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))


class MemoryBound:
    """When a worker must be replaced, and what it may copy.

    Args:
        memory_gb: as the experiment says; ``None``: an equal share of the node.
        cpus: that the worker holds, which tell how many others there may be.
    """

    def __init__(self, memory_gb: float | None, cpus: int) -> None:
        if memory_gb is not None:
            self.bytes = int(memory_gb * 2**30)
        else:
            workers = max(1, (os.cpu_count() or 1) // cpus)
            most = min([psutil.virtual_memory().total, *(limit.most for limit in group_limits())])
            self.bytes = int(most * _SHARE / workers)
        self._after_first: int | None = None

    @property
    def is_spent(self) -> bool:
        """Whether the process is above its bound, and a new one would be smaller."""
        if self._after_first is None:
            return False
        return private_bytes() > max(self.bytes, _GROWTH * self._after_first)

    def end_trial(self) -> None:
        """A trial has ended: what the process holds after the first one, a new process would hold too."""
        if self._after_first is None:
            self._after_first = private_bytes()

    @property
    def for_copies(self) -> int:
        """Bytes that copies of pictures and features may take: half of the bound is for training."""
        return self.bytes // 2
