"""Building: from the layers that a family lists to those of Keras."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cnnsearch.networks.layers import Layer

if TYPE_CHECKING:
    import keras

__all__ = ["behind"]


def behind(x: Any, layers: Iterable[Layer], penalty: keras.regularizers.Regularizer | None) -> Any:
    """What ``layers``, one behind the other, give for the tensor ``x``; ``penalty`` is that of their kernels."""
    import keras

    from cnnsearch.networks.runtime import Dropout

    for layer in layers:
        kind: Any = Dropout if layer.kind == "Dropout" else getattr(keras.layers, layer.kind)
        penalized = {"kernel_regularizer": penalty} if layer.is_penalized else {}
        x = kind(*layer.arguments, **layer.options, **penalized, name=layer.name)(x)
    return x
