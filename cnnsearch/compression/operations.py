"""Operations of a ``.tflite`` file that the quantizer does not know, written in those that it or LiteRT knows."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np

from cnnsearch.compression.litert_files import code_of, read_file, written_file

__all__ = ["activations_in_integers", "without_reversals"]

_VERSIONS = {"ELU": 1, "LEAKY_RELU": 2}
"""Operations that LiteRT has an int8 kernel of, and the quantizer leaves in float32 -> version that has it."""


def without_reversals(content: bytes) -> bytes:
    """A file in float32 that takes what it turned round by places: the same numbers, by what has integers."""
    from ai_edge_litert import schema_py_generated as schema

    model, operators = read_file(content), schema.BuiltinOperator
    found = [
        (graph, each)
        for graph in model.subgraphs
        for each in graph.operators
        if code_of(model, each) == operators.REVERSE_V2 and _constant(model, graph, each.inputs[1]) is not None
    ]
    for graph, operation in found:
        (axis,) = np.asarray(_constant(model, graph, operation.inputs[1])).tolist()
        shape = graph.tensors[operation.inputs[0]].shape
        axis %= len(shape)
        operation.inputs = np.array([operation.inputs[0], _added(model, graph, np.arange(shape[axis])[::-1])], np.int32)
        operation.opcodeIndex = _opcode(model, operators.GATHER, 1)
        operation.builtinOptionsType = schema.BuiltinOptions.GatherOptions
        operation.builtinOptions = schema.GatherOptionsT()
        operation.builtinOptions.axis = axis
    return written_file(model) if found else content


def activations_in_integers(content: bytes) -> bytes:
    """A quantized file whose ``ELU`` and ``LEAKY_RELU`` take and give the int8 that stands on both sides of them."""
    from ai_edge_litert import schema_py_generated as schema

    model, changed = read_file(content), False
    names = {getattr(schema.BuiltinOperator, name): name for name in _VERSIONS}
    for graph in model.subgraphs:
        for operation in [each for each in graph.operators if code_of(model, each) in names]:
            version = _VERSIONS[names[code_of(model, operation)]]
            if _put_into_integers(model, graph, operation):
                operation.opcodeIndex = _opcode(model, code_of(model, operation), version)
                changed = True
    return written_file(model) if changed else content


def _put_into_integers(model: Any, graph: Any, operation: Any) -> bool:
    from ai_edge_litert import schema_py_generated as schema

    operators = schema.BuiltinOperator
    taken, given = int(operation.inputs[0]), int(operation.outputs[0])
    before = next((each for each in graph.operators if taken in each.outputs), None)
    after = [each for each in graph.operators if given in each.inputs]
    if before is None or code_of(model, before) != operators.DEQUANTIZE or given in graph.outputs or not after:
        return False
    if any(code_of(model, each) != operators.QUANTIZE for each in after):
        return False
    operation.inputs = np.array([before.inputs[0]], np.int32)
    operation.outputs = np.array([after[0].outputs[0]], np.int32)
    for other in after[1:]:  # from one scale to another
        other.inputs = np.array([after[0].outputs[0]], np.int32)
    is_needless = taken not in graph.outputs and not any(taken in each.inputs for each in graph.operators)
    gone = [after[0], *([before] if is_needless else [])]
    graph.operators = [each for each in graph.operators if not any(each is other for other in gone)]
    return True


def _constant(model: Any, graph: Any, tensor: int) -> np.ndarray | None:
    held = model.buffers[graph.tensors[tensor].buffer].data
    return None if held is None or not len(held) else np.frombuffer(np.asarray(held, np.uint8).tobytes(), np.int32)


def _added(model: Any, graph: Any, values: Iterable[int]) -> int:
    """Number of a new constant tensor."""
    from ai_edge_litert import schema_py_generated as schema

    held, tensor = np.array(list(values), np.int32), schema.TensorT()
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(held.tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor.shape, tensor.type = np.array(held.shape, np.int32), schema.TensorType.INT32
    tensor.buffer, tensor.name = len(model.buffers) - 1, f"places_{len(graph.tensors)}".encode()
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


def _opcode(model: Any, code: int, version: int) -> int:
    """Number of the operation in the file's list, which it is added to."""
    for at, each in enumerate(model.operatorCodes):
        if max(each.builtinCode, each.deprecatedBuiltinCode) == code and each.version == version:
            return at
    made = copy.copy(model.operatorCodes[0])
    made.builtinCode, made.deprecatedBuiltinCode = code, min(code, 127)
    made.version, made.customCode = version, None
    model.operatorCodes.append(made)
    return len(model.operatorCodes) - 1
