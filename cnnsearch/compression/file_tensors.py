"""Tensors of a ``.tflite`` file: which of them holds what a layer of the Keras model gives.

The converter fuses layers and names tensors as it likes, so they are known by their values: both are run on the same
pictures, and the numbers compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.compression.litert_files import read_file

if TYPE_CHECKING:
    import keras

__all__ = ["layers_of_tensors"]

_APART = 1e-4
"""How far two runtimes may be, relative to the largest number."""


def layers_of_tensors(content: bytes, model: keras.Model, tensors: Mapping[str, Any], x: np.ndarray) -> dict[str, str]:
    """Name of a tensor of the file -> key of the Keras tensor that it holds, the first one that it may be.

    Args:
        content: of the file in float32.
        model: that it was written from.
        tensors: of that model, by keys of any kind, in the order in which they are computed.
        x: ``(n, ...)`` inputs at rest that are told apart by.
    """
    import keras

    given = keras.Model(model.inputs[0], dict(tensors))(x)
    known = {key: np.asarray(values) for key, values in given.items()}
    found: dict[str, str] = {}
    for name, values in _run(content, x).items():
        same = (key for key, other in known.items() if _is_same(values, other))
        if (key := next(same, None)) is not None:
            found[name] = key
    return found


def _is_same(values: np.ndarray, other: np.ndarray) -> bool:
    if values.shape != other.shape or np.ptp(other) == 0:
        return False
    return bool(np.abs(values - other).max() <= _APART * np.abs(other).max())


def _run(content: bytes, x: np.ndarray) -> dict[str, np.ndarray]:
    """What each operation of the file gives, ``(n, ...)``."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_content=content,
        experimental_preserve_all_tensors=True,
        # XNNPACK computes several operations at once, and tells nothing of what is between them.
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    taken = interpreter.get_input_details()[0]
    names = {each["index"]: each["name"] for each in interpreter.get_tensor_details()}
    (graph,) = read_file(content).subgraphs
    made = [at for operation in graph.operators for at in operation.outputs]
    rows: dict[str, list[np.ndarray]] = {names[at]: [] for at in made}
    for at in range(len(x)):
        interpreter.set_tensor(taken["index"], x[at : at + 1].astype(taken["dtype"], copy=False))
        interpreter.invoke()
        for tensor in made:
            rows[names[tensor]].append(interpreter.get_tensor(tensor))
    return {name: np.concatenate(values) for name, values in rows.items() if values[0].ndim and values[0].shape[0] == 1}
