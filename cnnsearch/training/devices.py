"""How TensorFlow uses the CPUs and GPUs that a process holds."""

from __future__ import annotations

import contextlib
import os
import sys

from cnnsearch.keras_settings import check_backend, choose_backend, set_keras
from cnnsearch.silence import silence

__all__ = ["configure_devices", "describe_tensorflow", "import_quietly"]


def import_quietly() -> None:
    """Import TensorFlow and Keras without their start-up messages, which no setting keeps off the terminal.

    Keras is then set as trials rely on it.

    Raises:
        ImportError: one of them cannot be imported.
        InputError: this process has imported Keras with another backend.
    """
    choose_backend()
    if "keras" in sys.modules:
        import keras
        import tensorflow  # noqa: F401 - returns not before another thread that imports them is done
    else:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with silence():
            import keras  # noqa: F401 - imports TensorFlow as its backend
            import tensorflow as tf

            tf.config.list_physical_devices()  # the last of the messages comes with the search for GPUs
    check_backend()
    set_keras()


def configure_devices(threads: int, gpu_memory_gb: float | None = None) -> None:
    """Limit TensorFlow to ``threads`` threads, and keep it from taking all memory of a GPU at once.

    Only the first call in a process has an effect: TensorFlow fixes both when it first computes.

    Args:
        threads: for one operation, and for operations side by side.
        gpu_memory_gb: memory that it may take of each GPU, set aside at once; left out, it takes what it needs.
    """
    import_quietly()
    import tensorflow as tf

    with contextlib.suppress(RuntimeError):  # already initialised by an earlier trial of this process
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        for gpu in tf.config.list_physical_devices("GPU"):
            if gpu_memory_gb is None:
                tf.config.experimental.set_memory_growth(gpu, True)
            else:
                limit = tf.config.LogicalDeviceConfiguration(memory_limit=int(gpu_memory_gb * 1024))
                tf.config.set_logical_device_configuration(gpu, [limit])


def describe_tensorflow() -> tuple[str, list[str]]:
    """TensorFlow's version, and the names of the GPUs that it sees, once it has computed something.

    Raises:
        ImportError, RuntimeError: TensorFlow does not start.
    """
    import_quietly()
    import tensorflow as tf

    if float(tf.reduce_sum(tf.ones((2, 2)))) != 4.0:
        raise RuntimeError("TensorFlow computes a wrong sum")
    return tf.__version__, [gpu.name for gpu in tf.config.list_physical_devices("GPU")]
