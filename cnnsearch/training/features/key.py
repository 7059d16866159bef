"""The key of features: of everything that they depend on, to the last bit."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.cache.rows import Rows
from cnnsearch.data.stages import Pixels
from cnnsearch.families import find_family
from cnnsearch.networks.keras_private import layers_of, nodes_of
from cnnsearch.training.features.features import Features, Prefix, frozen_part, judged

if TYPE_CHECKING:
    import keras

__all__ = ["digest_of", "features_key", "hash_of", "is_known", "is_ours", "numerics"]

_VERSION = 1
"""To be raised where augmentation, or the way in which features are computed, changes what they are."""

_CHUNK = 256
"""Pictures that are read at once."""

_SETTLED = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "TF_CPP_MIN_LOG_LEVEL")
"""Settings that a worker has and a dry run has not: the number of threads counts however it was set, words do not."""

_OURS = ("keras", "cnnsearch")
"""Packages whose code does not change without their version, or :data:`_VERSION`."""


def features_key(prefix: Prefix, pixels: Pixels, earlier: tuple[Prefix, Features] | None = None) -> str | None:
    """The sha256; ``None`` where the network has code of its user's own, which may change from run to run.

    Args:
        prefix, pixels, earlier: as :func:`~cnnsearch.training.features.features.compute_features` takes them.

    Raises:
        TrialError: the backbone's weights cannot be had.
    """
    start = earlier[0].cut if earlier else None
    part = frozen_part(prefix, start)
    if not is_known(part) or (earlier and not earlier[1].key):
        return None
    pictures = [digest_of(x) for x in (pixels.x_train, judged(prefix, pixels))]
    try:
        file = find_family(prefix.family).body.frozen_content(dict(prefix.settings))
    except OSError:  # it was there when the network was built
        return None
    network = [repr(prefix), repr(start), file, hash_of(part.get_weights())]
    given = [pictures, pixels.folded, earlier[1].key if earlier else ""]
    return hashlib.sha256(json.dumps([_VERSION, network, given, numerics()]).encode()).hexdigest()


def is_known(part: keras.Model) -> bool:
    """Whether all of its code is Keras's or this project's."""
    operations = [*layers_of(part), *(node.operation for node in nodes_of(part))]
    code = [type(each) for each in operations]
    code += [each.activation for each in operations if callable(getattr(each, "activation", None))]
    return all(map(is_ours, code))


def is_ours(code: Any) -> bool:
    """Whether the code of a class or function, or of an object, is Keras's or this project's."""
    module = getattr(code, "__module__", None) or type(code).__module__
    return str(module).partition(".")[0] in _OURS


def digest_of(x: np.ndarray | Rows) -> str:
    """Of pictures in their order; those in the cache are in an entry that is named by its content."""
    if isinstance(x, Rows):
        return f"{Path(x.of.path).parent.name} {hash_of([x.rows])}"
    return hash_of(x[at : at + _CHUNK] for at in range(0, len(x), _CHUNK))


def hash_of(arrays: Iterable[np.ndarray]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def numerics() -> list[Any]:
    """What the last bits depend on beside what is computed: versions, processor, devices, threads and settings."""
    import keras
    import tensorflow as tf

    devices = [
        [device.device_type, repr(tf.config.experimental.get_device_details(device))]
        for device in tf.config.list_physical_devices()
    ]
    numerics = sorted(
        (name, value)
        for name, value in os.environ.items()
        if name.startswith(("TF_", "XLA_", "NVIDIA_")) and name not in _SETTLED
    )
    told = os.environ.get("TF_NUM_INTRAOP_THREADS") or os.cpu_count()
    threads = str(tf.config.threading.get_intra_op_parallelism_threads() or told)
    quick = tf.config.experimental.tensor_float_32_execution_enabled()
    return [keras.__version__, tf.__version__, np.__version__, _processor(), devices, numerics, threads, quick]


def _processor() -> str:
    """What it is and what it can do; a folder may be shared by machines."""
    try:
        told = Path("/proc/cpuinfo").read_text(errors="replace").partition("\n\n")[0].splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    kept = [line for line in told if line.startswith(("model name", "flags", "Features", "CPU part"))]
    return " ".join([platform.machine(), *kept])
