"""The best epoch of a training: what it will be judged and kept by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cnnsearch.inputs.texts.tokenizer import Tokenizer
from cnnsearch.tasks.contract.predictions import Predictions
from cnnsearch.training.model_file import with_tokenizer
from cnnsearch.training.phases import Phase

if TYPE_CHECKING:
    import keras
    import numpy as np

__all__ = ["BestEpoch"]


@dataclass(frozen=True)
class BestEpoch:
    """What the model was at the best epoch so far.

    Attributes:
        phase: in which it was trained.
        position: of the epoch among all, counted from 0; -1: it is the network as it was before the first one.
        score: the objective, larger being better; minus infinity: no epoch counts.
        weights: that the model was evaluated with; none: there is nothing to export.
        judged: what the predictions are made of.
        predictions: of the validation pictures; ``None`` before the first epoch.
    """

    phase: Phase
    position: int = 0
    score: float = -math.inf
    weights: list[np.ndarray] = field(default_factory=list)
    judged: Mapping[str, np.ndarray] = field(default_factory=dict)
    predictions: Predictions | None = None

    def export(self, config: Mapping[str, Any], tokenizer: Tokenizer | None) -> keras.Model:
        """A stock Keras model with its weights, from pictures at rest to what the task tells.

        Args:
            config: filled.
            tokenizer: of the texts that it was trained on.
        """
        import keras

        structure = self.phase.structure
        model = replace(structure, cut=None).build(config)
        if structure.cut is None:
            model.set_weights(self.weights)
        else:
            tail = structure.build(config)
            tail.set_weights(self.weights)
            trained = {layer.name: layer.get_weights() for layer in tail.layers}
            for layer in model.layers:
                if trained.get(layer.name):
                    layer.set_weights(trained[layer.name])
        whole = keras.Model(model.input, structure.head.exported(model.output), name=model.name)
        return with_tokenizer(whole, tokenizer)
