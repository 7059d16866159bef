"""A Keras model as an ONNX file, with operations of ONNX alone."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.escaping import json_text

if TYPE_CHECKING:
    import keras

__all__ = ["known_to_onnx", "label_onnx", "write_onnx"]


def write_onnx(model: keras.Model, file: Path) -> None:
    """Write a model; whatever its converter makes of what it does not know is raised."""
    # Keras converts to ONNX only what has been called.
    model(np.zeros((1, *model.input_shape[1:]), model.inputs[0].dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converter, about itself
        model.export(str(file), format="onnx", verbose=False)
        known_to_onnx(file)


def label_onnx(file: Path, told: Mapping[str, Any]) -> None:
    """Put what a user of the model must know into the file's metadata; each by its name, as JSON."""
    import onnx

    model = onnx.load(file)
    onnx.helper.set_model_props(model, {f"cnnsearch.{name}": json_text(value) for name, value in told.items()})
    onnx.save(model, file)


def known_to_onnx(file: Path) -> None:
    """Put ``1 - Erf`` for TensorFlow's ``Erfc``, of an exact GELU, which tf2onnx leaves in the file; ONNX has none.

    Raises:
        onnx.checker.ValidationError: something else is in the file that is no ONNX.
    """
    import onnx

    model = onnx.load(file)
    nodes = []
    for node in model.graph.node:
        if node.op_type != "Erfc":
            nodes.append(node)
            continue
        one, erf = f"{node.output[0]}_one", f"{node.output[0]}_erf"
        number = onnx.helper.make_tensor(one, onnx.TensorProto.FLOAT, (), [1.0])
        nodes += [
            onnx.helper.make_node("Constant", [], [one], value=number),
            onnx.helper.make_node("Erf", node.input, [erf]),
            onnx.helper.make_node("Sub", [one, erf], node.output),
        ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, file)
