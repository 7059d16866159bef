"""Full int8 as an ONNX file: static quantization by ONNX Runtime's own library, which is kept beside the runtime.

Pairs of QuantizeLinear and DequantizeLinear stand around what is quantized (QDQ), which other runtimes of ONNX read
too. Weights are int8, symmetric, a scale for each channel; activations uint8, by the ends that a sample of training
inputs gives, as ONNX Runtime recommends for x86 CPUs. What it cannot quantize stays in float32.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.cache.rows import Rows
from cnnsearch.errors import InputError, Problem, first_line
from cnnsearch.serving.onnx_files import label_onnx, write_onnx
from cnnsearch.silence import silence
from cnnsearch.study.store.temporary import temporary_folder

if TYPE_CHECKING:
    import keras

__all__ = ["OnnxSession", "check_onnx_installed", "quantized_onnx"]

_KIND = "onnx-int8"


def check_onnx_installed() -> None:
    """Before any work, whether what writes such files is there.

    Raises:
        InputError: it is not.
    """
    if any(importlib.util.find_spec(name) is None for name in ("tf2onnx", "onnxruntime")):
        rule = "needs tf2onnx and onnxruntime: pip install 'cnnsearch[onnx]'"
        raise InputError(Problem("--quantize", rule, _KIND))


def quantized_onnx(model: keras.Model, sample: np.ndarray, told: Mapping[str, Any]) -> bytes:
    """A Keras model as an ONNX file in int8.

    Args:
        model: from inputs at rest to what its task tells.
        sample: ``(n, ...)`` training inputs at rest.
        told: what a user of the file must know, which its metadata tell.

    Raises:
        InputError: it cannot be converted or quantized.
    """
    with temporary_folder() as folder, silence():
        try:
            write_onnx(model, folder / "float.onnx")
            _quantize(folder, sample)
        except (OSError, InputError):
            raise
        except Exception as error:  # whatever converter and quantizer make of what they do not know
            rule = f"the model cannot be written as ONNX in int8: {first_line(error)}"
            raise InputError(Problem("--quantize", rule, _KIND)) from error
        label_onnx(folder / "int8.onnx", told)
        return (folder / "int8.onnx").read_bytes()


def _quantize(folder: Path, sample: np.ndarray) -> None:
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    quantized, prepared = folder / "int8.onnx", folder / "prepared.onnx"
    with _quiet():
        # It folds batch normalisation, and joins what is to be one integer operation.
        quant_pre_process(folder / "float.onnx", prepared, skip_symbolic_shape=True)
        quantization.quantize_static(
            prepared,
            quantized,
            _Reader(OnnxSession(prepared.read_bytes()).given(sample)),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The library logs to the root that a model should be prepared, also of one that is."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


class _Reader:
    """One input of the sample after the other, as ONNX Runtime asks for them."""

    def __init__(self, inputs: Iterator[dict[str, np.ndarray]]) -> None:
        self._inputs = inputs

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._inputs, None)


class OnnxSession:
    """An ONNX file, run one input at a time.

    Args:
        content: of the file.
        threads: that compute.

    Raises:
        InputError: it cannot be run.
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its classes of errors are not public, and come from C++
            rule = f"ONNX Runtime cannot run the file: {first_line(error)}"
            raise InputError(Problem("--quantize", rule, _KIND)) from error
        (self._taken,) = self._session.get_inputs()

    def given(self, x: np.ndarray | Rows) -> Iterator[dict[str, np.ndarray]]:
        """Inputs at rest as it takes each, ``(1, ...)``."""
        kind = self._taken.type.removeprefix("tensor(").removesuffix(")")
        dtype = np.dtype({"float": "float32", "double": "float64"}.get(kind, kind))
        for at in range(len(x)):
            yield {self._taken.name: np.asarray(x[at : at + 1]).astype(dtype, copy=False)}

    def one_by_one(self, x: np.ndarray | Rows) -> Iterator[np.ndarray]:
        """``(1, ...)``: what it tells of each input."""
        for given in self.given(x):
            yield np.asarray(self._session.run(None, given)[0])
