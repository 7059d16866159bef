"""Network: one that is there with its weights, and is trained on in place of one that a family would build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.networks.keras_private import layers_of

if TYPE_CHECKING:
    import keras

__all__ = ["Network"]


@dataclass(frozen=True, eq=False)
class Network:
    """A network whose weights are the first ones of a training, whatever its seed.

    Attributes:
        model: from inputs at rest, ``(batch, height, width, channels)``, to what the task's head takes.
        momentum: share of its statistics that batch normalisation keeps at a step, at most.
    """

    model: keras.Model
    momentum: float = 1.0

    @property
    def parameters(self) -> int:
        """Its weights."""
        return int(self.model.count_params())

    def build(self) -> keras.Model:
        """A copy, all of whose layers are trained."""
        import keras

        made = keras.models.clone_model(self.model)
        made.set_weights(self.model.get_weights())
        for layer in layers_of(made):  # of the model alone it would not reach those that are frozen
            layer.trainable = True
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = min(layer.momentum, self.momentum)
        return made
