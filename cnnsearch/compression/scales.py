"""Scales of activations that LiteRT's fast kernels take.

What convolutions and dense layers sum up in int8 counts in steps of the scales of input and weights, multiplied. Where
all outputs of the sample are 0, or nearly, as of a layer whose rectifiers died, the quantizer gives the output so fine
a scale that XNNPACK refuses the file: it takes at most 256 steps of the output to one of the sum. A scale as fine as
that tells nothing more than the sum knows, so the ends are set farther apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnsearch.compression.litert_files import code_of, read_file

__all__ = ["widened"]

_STEPS = 128
"""Steps of the output to one of the sum, at most: half of what XNNPACK takes."""


def widened(content: bytes, ends: dict[str, Any]) -> dict[str, Any]:
    """Ends of tensors by their names, those of sums that were too near to each other set apart.

    Args:
        content: of the file in float32.
        ends: name of a tensor -> its ``min`` and ``max``.
    """
    from ai_edge_litert import schema_py_generated as schema

    operators = schema.BuiltinOperator
    inputs = {
        **{operators.CONV_2D: 0, operators.DEPTHWISE_CONV_2D: 0, operators.FULLY_CONNECTED: 0},
        operators.TRANSPOSE_CONV: 2,
    }
    model, found = read_file(content), dict(ends)
    for graph in model.subgraphs:
        names = [tensor.name.decode() for tensor in graph.tensors]
        for operation in graph.operators:
            code, told = code_of(model, operation), names[operation.outputs[0]]
            if not found.get(told):
                continue
            if code in inputs:
                weights = _weights(model, graph, operation.inputs[1])
                given = names[operation.inputs[inputs[code]]]
                if weights is None or not found.get(given):
                    continue
                largest = float(np.abs(weights).max(initial=0)) / 127
                found[told] = _apart(found[told], _width(found[given]) * largest / _STEPS)
            elif code == operators.CONCATENATION:  # what is joined has one scale
                taken = [names[at] for at in operation.inputs if names[at] in found]
                changed = [found[name] for name in taken if found[name] is not ends[name]]
                found[told] = _apart(found[told], max(map(_width, changed), default=0.0))
    return found


def _weights(model: Any, graph: Any, tensor: int) -> np.ndarray | None:
    from ai_edge_litert import schema_py_generated as schema

    held = graph.tensors[tensor]
    data = model.buffers[held.buffer].data
    if data is None or held.type != schema.TensorType.FLOAT32:
        return None
    return np.frombuffer(np.asarray(data, np.uint8).tobytes(), np.float32)


def _width(ends: Any) -> float:
    return max(float(np.max(ends["max"])), 0.0) - min(float(np.min(ends["min"])), 0.0)


def _apart(ends: Any, width: float) -> Any:
    missing = width - _width(ends)
    if missing <= 0:
        return ends
    low, high = np.minimum(ends["min"], 0), np.maximum(ends["max"], 0)
    return {**ends, "min": low, "max": (high + missing).astype(np.float32)}
