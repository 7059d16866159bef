"""Nesting: a model that has models among its layers, as one of layers alone."""

from __future__ import annotations

from typing import Any

import keras

from cnnsearch.networks.keras_private import functional, inputs_as_named, run_through

__all__ = ["unnested"]


def unnested(model: keras.Model) -> keras.Model:
    """A functional model of the same layers without models among them; itself where there are none.

    Models of a class that is not Keras's stay as they are: only their code tells what they do.

    Raises:
        ValueError: two layers share a name.
    """
    if all(_graph(layer) is None for layer in model.layers):
        return model
    return keras.Model(inputs_as_named(model), _run(model, model.inputs))


def _run(graph: Any, inputs: Any) -> Any:
    def called(operation: Any, *args: Any, **options: Any) -> Any:
        inner = _graph(operation)
        return operation(*args, **options) if inner is None else _run(inner, next(iter((*args, *options.values()))))

    return run_through(graph, inputs, called)


def _graph(operation: Any) -> Any:
    """Of a model that is a layer of another one; ``None`` of a layer."""
    return functional(operation) if type(operation).__module__.startswith("keras.") else None
