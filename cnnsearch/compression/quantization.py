"""Quantization: weights, or weights and activations, in fewer bits.

Weights are quantized symmetrically, a scale for each channel; activations of the full int8 with a scale and a zero
point for each tensor, by the ends that a sample of training inputs gives (Jacob et al. 2018), or a training for int8.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from cnnsearch.compression.litert_files import code_of, read_file
from cnnsearch.compression.operations import activations_in_integers
from cnnsearch.compression.scales import widened
from cnnsearch.compression.spec import Quantization
from cnnsearch.errors import InputError, Problem, first_line
from cnnsearch.silence import silence

__all__ = ["SAMPLE", "Ends", "ends_of", "float_operations", "quantized"]

Ends = Mapping[str, tuple[float, float]]
"""Name of a tensor -> its least and its largest value."""

SAMPLE = 200
"""Training inputs whose activations tell the ends of full int8."""

_EXCHANGING = frozenset({"QUANTIZE", "DEQUANTIZE", "CAST", "SHAPE"})
"""Operations that compute no number: they bring numbers from one form into another, or look at their form."""


def quantized(content: bytes, way: Quantization, sample: np.ndarray, trained: Ends = MappingProxyType({})) -> bytes:
    """A float ``.tflite`` file in fewer bits.

    Args:
        content: of the float file.
        way: how.
        sample: ``(n, ...)`` training inputs at rest; of full int8 alone.
        trained: ends that go before those of the sample.

    Raises:
        InputError: an operation cannot be quantized; the message names it.
    """
    try:
        with _quiet():
            found = _quantized(content, way, sample, trained)
    except Exception as error:  # whatever the quantizer makes of what it does not know
        rule = f"the model cannot be quantized to {way.kind}: {first_line(error)}"
        raise InputError(Problem("--quantize", rule, way.kind)) from error
    if way.is_full and (left := float_operations(found)):
        rule = f"full int8 is not to be had: {', '.join(left)} of this network stay in float32; dynamic takes it"
        raise InputError(Problem("--quantize", rule, way.kind))
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the quantizer prints, and its warning that activations of the sample are kept: they are wanted."""
    nowhere = io.StringIO()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere), silence(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def ends_of(content: bytes, sample: np.ndarray) -> dict[str, tuple[float, float]]:
    """The ends that the activations of a float file have over a sample.

    Raises:
        InputError: an operation is not known.
    """
    from ai_edge_quantizer import quantizer, recipe

    try:
        with _quiet():
            made = quantizer.Quantizer(bytearray(content))
            made.load_quantization_recipe(recipe.static_wi8_ai8())
            found = _calibrated(made, content, sample)
    except Exception as error:  # whatever the quantizer makes of what it does not know
        raise InputError(Problem("--quantize", f"the model cannot be quantized: {first_line(error)}")) from error
    return {name: (float(np.min(ends["min"])), float(np.max(ends["max"]))) for name, ends in found.items() if ends}


def _quantized(content: bytes, way: Quantization, sample: np.ndarray, trained: Ends) -> bytes:
    from ai_edge_quantizer import quantizer, recipe
    from ai_edge_quantizer.algorithm_manager import AlgorithmName
    from ai_edge_quantizer.qtyping import TFLOperationName

    made = quantizer.Quantizer(bytearray(content))
    untouched: list[Any] = []
    if way.kind == "float16":
        _cast_weights(made)
    elif way.kind == "dynamic":
        made.load_quantization_recipe(recipe.dynamic_wi8_afp32())
        # Few weights, and three times slower on a CPU: LiteRT has no fast kernel for these.
        untouched = [TFLOperationName.DEPTHWISE_CONV_2D]
    else:
        made.load_quantization_recipe(recipe.static_wi8_ai8())
        untouched = [] if way.io == "int8" else [TFLOperationName.INPUT, TFLOperationName.OUTPUT]
    for operation in untouched:
        made.update_quantization_recipe(".*", operation, algorithm_key=AlgorithmName.NO_QUANTIZE)
    ends = None
    if made.need_calibration:
        given = {
            name: {"min": np.full((1, 1), low, np.float32), "max": np.full((1, 1), high, np.float32)}
            for name, (low, high) in trained.items()
        }
        ends = widened(content, {**_calibrated(made, content, sample), **given})
    found = bytes(made.quantize(ends).quantized_model)
    return activations_in_integers(found) if way.is_full else found


def _calibrated(made: Any, content: bytes, sample: np.ndarray) -> Any:
    """The least and the largest value of each tensor; the quantizer's own moving average would cut off what is rare."""
    from ai_edge_quantizer import calibrator, recipe_manager
    from ai_edge_quantizer.utils import qsv_utils

    recipes = recipe_manager.RecipeManager()
    recipes.load_quantization_recipe(made.get_quantization_recipe())
    found = calibrator.Calibrator(bytearray(content), num_threads=1, qsv_update_func=qsv_utils.min_max_update)
    found.calibrate(_samples(content, sample), recipes)
    return found.get_model_qsvs()


def _cast_weights(made: Any) -> None:
    from ai_edge_quantizer import qtyping
    from ai_edge_quantizer.algorithm_manager import AlgorithmName

    weights = qtyping.TensorQuantizationConfig(num_bits=16, dtype=qtyping.TensorDataType.FLOAT)
    config = qtyping.OpQuantizationConfig(
        weight_tensor_config=weights, compute_precision=qtyping.ComputePrecision.FLOAT, explicit_dequantize=True
    )
    every = qtyping.TFLOperationName.ALL_SUPPORTED
    made.update_quantization_recipe(".*", every, config, algorithm_key=AlgorithmName.FLOAT_CASTING)


def _samples(content: bytes, sample: np.ndarray) -> dict[str, list[dict[str, np.ndarray]]]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    ((signature, names),) = interpreter.get_signature_list().items()
    (taken,) = names["inputs"]
    given = sample.astype(interpreter.get_input_details()[0]["dtype"], copy=False)
    return {signature: [{taken: given[at : at + 1]} for at in range(len(given))]}


def float_operations(content: bytes) -> tuple[str, ...]:
    """Operations that take or give floats, but for those that exchange these for integers; each name once."""
    from ai_edge_litert import schema_py_generated as schema

    model = read_file(content)
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
    floats = {schema.TensorType.FLOAT16, schema.TensorType.FLOAT32, schema.TensorType.FLOAT64}
    found: dict[str, None] = {}
    for graph in model.subgraphs:
        for operation in graph.operators:
            name = names.get(code_of(model, operation), "?")
            if name not in _EXCHANGING and any(graph.tensors[at].type in floats for at in _tensors(operation)):
                found[name] = None
    return tuple(found)


def _tensors(operation: Any) -> Iterable[int]:
    return [at for at in (*operation.inputs, *operation.outputs) if at >= 0]
