"""LiteRT: a Keras model as a ``.tflite`` file, and such a file run by the interpreter that devices run it with."""

from __future__ import annotations

import importlib.util
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.cache.rows import Rows
from cnnsearch.compression.operations import without_reversals
from cnnsearch.compression.selu import selu_in_parts
from cnnsearch.errors import InputError, Problem, first_line
from cnnsearch.silence import silence
from cnnsearch.study.store.temporary import temporary_folder

if TYPE_CHECKING:
    import keras

__all__ = ["Interpreter", "check_installed", "converted"]

_FLOAT64 = (
    "the model tells numbers in float64, as float32 would lose digits of them, and LiteRT cannot compute these: "
    "subtract one number from all targets, as the least of them, and search again"
)


def check_installed() -> None:
    """Before any work, whether what compresses is there.

    Raises:
        InputError: it is not.
    """
    missing = [name for name in ("ai_edge_litert", "ai_edge_quantizer") if importlib.util.find_spec(name) is None]
    if missing:
        rule = "needs ai-edge-litert and ai-edge-quantizer: pip install 'cnnsearch[device]'"
        raise InputError(Problem("compress", rule))


def converted(model: keras.Model) -> bytes:
    """The float model as a ``.tflite`` file, of one input at a time: what is known of a batch need not be computed.

    Args:
        model: from inputs at rest to what its task tells.

    Raises:
        InputError: LiteRT has no such operation; the message names it.
    """
    import keras
    import tensorflow as tf

    if any(layer.compute_dtype == "float64" for layer in model.layers):
        raise InputError(Problem("compress", _FLOAT64))
    with temporary_folder() as folder, warnings.catch_warnings(), silence():
        warnings.simplefilter("ignore")  # of the converter, about itself
        file = folder / "model.tflite"
        try:
            spec = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}
            one = keras.InputSpec(shape=(1, *model.input_shape[1:]), dtype=model.inputs[0].dtype)
            with selu_in_parts(model):
                model.export(str(file), format="litert", verbose=False, input_signature=[one], target_spec=spec)
        except OSError:
            raise
        except Exception as error:  # whatever the converter makes of what it does not know
            raise InputError(Problem("compress", f"LiteRT cannot take this model: {_cause(error)}")) from error
        return without_reversals(file.read_bytes())


def _cause(error: Exception) -> str:
    missing = sorted(set(re.findall(r"'(tf\.\w+)' op", str(error))))
    return f"it has no operation {', '.join(missing)}" if missing else first_line(error)


class Interpreter:
    """A ``.tflite`` file, run one input at a time, as a device does.

    Integers go in and come out as the file says; :meth:`run` takes and gives what the Keras model does.

    Args:
        content: of the file.
        threads: that compute.

    Raises:
        InputError: it cannot be run; the message names the operation.
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        try:
            with silence():
                from ai_edge_litert.interpreter import Interpreter as LiteRT

                self._interpreter = LiteRT(model_content=content, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise InputError(Problem("compress", f"LiteRT cannot run the file: {first_line(error)}")) from error
        self.threads = threads
        self.taken: dict[str, Any] = self._interpreter.get_input_details()[0]
        self.told: dict[str, Any] = self._interpreter.get_output_details()[0]

    def run(self, x: np.ndarray | Rows) -> np.ndarray:
        """``(n, ...)``: what the file tells of ``n`` inputs at rest; integers are turned into what they stand for."""
        return np.concatenate(list(self.one_by_one(x)))

    def one_by_one(self, x: np.ndarray | Rows) -> Iterator[np.ndarray]:
        """The same as ``(1, ...)`` each: of masks all together may not fit into memory."""
        for at in range(len(x)):
            yield self._told(self._once(self._given(x[at : at + 1])))

    def _once(self, given: np.ndarray) -> np.ndarray:
        self._interpreter.set_tensor(self.taken["index"], given)
        self._interpreter.invoke()
        return np.asarray(self._interpreter.get_tensor(self.told["index"]))

    def _given(self, x: np.ndarray) -> np.ndarray:
        dtype = self.taken["dtype"]
        scale, zero = self.taken["quantization"]
        if not scale:
            return x.astype(dtype, copy=False)
        ends = np.iinfo(dtype)
        return np.asarray(np.clip(np.round(x / np.float32(scale)) + zero, ends.min, ends.max), dtype)

    def _told(self, outputs: np.ndarray) -> np.ndarray:
        scale, zero = self.told["quantization"]
        return (outputs.astype(np.float32) - zero) * np.float32(scale) if scale else outputs
