"""An exported model, run by its own runtime and by nothing else: a script, for a process of its own.

    python bare.py MODEL GIVEN.npz TOLD.npz THREADS SECONDS

It imports NumPy and the runtime alone, so that what it tells is what whoever has no cnnsearch will be told; which other
libraries came with these, it tells too. ``GIVEN.npz`` has ``inputs``, ``(n, ...)``, and may have ``texts``, ``(n,)``.
``TOLD.npz`` gets ``answers``, ``(n, ...)``; ``answers_to_texts`` where the model takes strings too; ``seconds`` of one
input, warm, each run for itself; bytes of memory before the model was read and at most; and what was imported.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["KNOWN", "main"]

KNOWN = (
    *("cnnsearch", "ray", "optuna", "tensorflow", "keras", "torch", "jax"),
    *("onnxruntime", "onnx", "tf2onnx", "ai_edge_litert", "ai_edge_quantizer"),
)
"""Libraries of which it is told whether they are in the process."""

_WARM_UP, _FEWEST, _MOST = 20, 50, 500
"""Runs before any is timed; then as many as fit into the seconds."""

_LONGER, _LEAST = 5, 3
"""Times the seconds: what the fewest runs may take. Of a model that takes longer still there are at least so many."""

Run = Callable[[np.ndarray], np.ndarray]
"""From ``(n, ...)`` inputs to ``(n, ...)`` answers."""


def main(arguments: list[str]) -> None:
    """See the module."""
    model, given, told, threads, seconds = arguments
    with np.load(given, allow_pickle=False) as arrays:
        inputs, texts = arrays["inputs"], arrays.get("texts")
    runtime, load = _RUNTIMES[Path(model).suffix]
    run, run_texts = load(model, int(threads))
    found: dict[str, Any] = {"answers": run(inputs)}
    if texts is not None and run_texts is not None:
        found["answers_to_texts"] = run_texts(texts)
    if float(seconds):
        found["seconds"] = _timed(lambda: run(inputs[:1]), float(seconds))
    found["memory"] = [_before, _peak()]
    there = {name.partition(".")[0] for name in sys.modules.copy()}
    version = str(getattr(sys.modules[runtime], "__version__", ""))
    said = {"runtime": runtime, "version": version, "modules": [name for name in KNOWN if name in there]}
    np.savez(told, said=json.dumps(said), **found)


_before = 0
"""Bytes of the process when its runtime was imported, and no model was read yet."""


def _begin() -> None:
    """From here on memory is the model's; the peak until now was that of the imports."""
    global _before
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    _before = _status("VmRSS") or _peak()


def _peak() -> int:
    # What getrusage tells on Linux may be the peak of whoever started this process.
    factor = 1 if sys.platform == "darwin" else 1024
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * factor


def _status(name: str) -> int:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _timed(once: Callable[[], Any], room: float) -> list[float]:
    """Seconds of each run, warm."""
    _runs(once, lambda count, took: count < _WARM_UP and took < room)
    longer = _LONGER * room
    return _runs(once, lambda count, took: took < (room if count >= _FEWEST else longer) and count < _MOST)


def _runs(once: Callable[[], Any], is_more: Callable[[int, float], bool]) -> list[float]:
    """As many as shall be by how many there were, and what these took."""
    seconds: list[float] = []
    while len(seconds) < _LEAST or is_more(len(seconds), sum(seconds)):
        started = time.perf_counter()
        once()
        seconds.append(time.perf_counter() - started)
    return seconds


def _onnx(model: str, threads: int) -> tuple[Run, None]:
    import onnxruntime

    _begin()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    kind = taken.type.removeprefix("tensor(").removesuffix(")")
    dtype = np.dtype({"float": "float32", "double": "float64"}.get(kind, kind))
    return lambda x: session.run(None, {taken.name: x.astype(dtype, copy=False)})[0], None


def _litert(model: str, threads: int) -> tuple[Run, None]:
    from ai_edge_litert.interpreter import Interpreter

    _begin()
    interpreter = Interpreter(model, num_threads=threads)
    interpreter.allocate_tensors()
    taken, told = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def one(x: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(taken["index"], _to_integers(x, taken))
        interpreter.invoke()
        return _to_floats(interpreter.get_tensor(told["index"]), told)

    return lambda x: np.concatenate([one(x[at : at + 1]) for at in range(len(x))]), None


def _to_integers(x: np.ndarray, taken: Any) -> np.ndarray:
    (scale, zero), dtype = taken["quantization"], taken["dtype"]
    if not scale:
        return x.astype(dtype, copy=False)
    ends = np.iinfo(dtype)
    return np.asarray(np.clip(np.round(x / np.float32(scale)) + zero, ends.min, ends.max), dtype)


def _to_floats(answers: np.ndarray, told: Any) -> np.ndarray:
    scale, zero = told["quantization"]
    return (answers.astype(np.float32) - zero) * np.float32(scale) if scale else answers


def _tensorflow(threads: int) -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.set_visible_devices([], "GPU")  # as the other runtimes: threads are those of CPUs
    return tf


def _keras(model: str, threads: int) -> tuple[Run, None]:
    os.environ["KERAS_BACKEND"] = "tensorflow"
    tf = _tensorflow(threads)
    import keras

    _begin()
    loaded = keras.models.load_model(model, compile=False)
    call = tf.function(lambda x: loaded(x, training=False))
    dtype = loaded.inputs[0].dtype
    return lambda x: np.asarray(call(tf.constant(x, dtype))), None


def _saved_model(model: str, threads: int) -> tuple[Run, Run | None]:
    tf = _tensorflow(threads)
    _begin()
    signatures = tf.saved_model.load(model).signatures

    def endpoint(name: str) -> Run:
        signature = signatures[name]
        ((key, spec),) = signature.structured_input_signature[1].items()

        def run(x: np.ndarray) -> np.ndarray:
            given = tf.constant(x.tolist() if spec.dtype == tf.string else x, spec.dtype)
            (answers,) = signature(**{key: given}).values()
            return np.asarray(answers)

        return run

    if "numbers" in signatures:  # of texts, which it takes as strings too
        return endpoint("numbers"), endpoint("serving_default")
    return endpoint("serving_default"), None


_RUNTIMES: dict[str, tuple[str, Callable[[str, int], tuple[Run, Run | None]]]] = {
    ".keras": ("keras", _keras),
    ".onnx": ("onnxruntime", _onnx),
    ".tflite": ("ai_edge_litert", _litert),
    "": ("tensorflow", _saved_model),
}
"""Suffix of the model -> the runtime that reads it, and what makes it run."""


if __name__ == "__main__":
    main(sys.argv[1:])
