"""The activation ``selu`` in operations that have integers.

LiteRT has no operation of that name, and computes the exponential of whatever comes: in int8 the largest of these
leaves nothing of what is below 0, which alone is needed. ``elu`` has a kernel of its own in int8.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnnsearch.networks.keras_private import layers_of

if TYPE_CHECKING:
    import keras

__all__ = ["selu_in_parts"]

_ALPHA, _SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
"""Of Klambauer et al. 2017, as Keras has them."""


@contextlib.contextmanager
def selu_in_parts(model: keras.Model) -> Iterator[None]:
    """While this lasts, layers with the activation ``selu`` compute it of its parts; the numbers are the same."""
    import keras

    found = [layer for layer in layers_of(model) if getattr(layer, "activation", None) is keras.activations.selu]
    try:
        for layer in found:
            layer.activation = _selu
        yield
    finally:
        for layer in found:
            layer.activation = keras.activations.selu


def _selu(x: Any) -> Any:
    import keras

    below = x - keras.ops.relu(x)
    return _SCALE * keras.ops.relu(x) + _SCALE * _ALPHA * keras.ops.elu(below)
