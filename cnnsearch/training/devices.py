"""How TensorFlow uses the CPUs and GPUs that a process holds."""

from __future__ import annotations

import contextlib

__all__ = ["configure_devices"]


def configure_devices(threads: int) -> None:
    """Limit TensorFlow to ``threads`` threads, and let it take GPU memory as needed rather than all at once.

    Only the first call in a process has an effect: TensorFlow fixes both when it first computes.
    """
    import tensorflow as tf

    with contextlib.suppress(RuntimeError):  # already initialised by an earlier trial of this process
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
