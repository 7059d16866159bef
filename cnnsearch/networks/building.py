"""Building: from the layers that a family lists to those of Keras."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnsearch.networks.layers import MERGING, PENALIZED, Layer

if TYPE_CHECKING:
    import keras

__all__ = ["behind"]


def behind(
    x: Any,
    layers: Iterable[Layer],
    penalty: keras.regularizers.Regularizer | None,
    named: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """What the last of ``layers`` gives.

    Args:
        x: the tensor before the first.
        layers: in their order.
        penalty: of kernels.
        named: other tensors, by the names by which layers take them.
    """
    tensors = dict(named)
    for layer in layers:
        taken = [tensors[name] for name in layer.takes] or [x]
        x = tensors[layer.name] = _built(layer, penalty)(*([taken] if layer.kind in MERGING else taken))
    return x


def _built(layer: Layer, penalty: keras.regularizers.Regularizer | None) -> Any:
    """What is called with the tensors that a layer takes."""
    import keras

    from cnnsearch.networks.runtime import Dropout

    if layer.is_operation:
        operation = getattr(keras.ops, layer.kind)
        return lambda x: operation(x, *layer.arguments, **layer.options)
    if layer.kind == "Dropout":
        (rate,) = layer.arguments
        return Dropout(rate, layer.factor, **layer.options, name=layer.name)
    penalized = {PENALIZED.get(layer.kind, "kernel_regularizer"): penalty} if layer.is_penalized else {}
    return getattr(keras.layers, layer.kind)(*layer.arguments, **layer.options, **penalized, name=layer.name)
