"""No search: the recommended config, trained by plain ``fit``, once or on several seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import softmax

from benchmarks.baselines.keras_model import compiled
from benchmarks.baselines.splits import Splits, recommended
from cnnsearch.experiment.passes import passes_of

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["fit_once"]


def fit_once(experiment: Experiment, times: int, on_all: bool, networks: int) -> dict[str, Any]:
    """Train, and look at the test split once.

    Args:
        experiment: of the file.
        times: the passes over the pictures that a trial of the file makes, so many times.
        on_all: on training and validation pictures together.
        networks: each on another seed; what they tell in the mean is judged.
    """
    splits, config = Splits.of(experiment), recommended(experiment)
    pictures, labels = splits.joined() if on_all else splits.train
    epochs = experiment.epochs * passes_of(experiment, len(splits.train[0])) * times
    told = 0.0
    for number in range(networks):
        model = compiled(config, splits, experiment.model, epochs, experiment.seed + 1000 * number)
        model.fit(pictures, labels, batch_size=config["batch_size"], epochs=epochs, verbose=0)
        told = told + softmax(model.predict(splits.test[0], verbose=0), axis=1)
    return {"test": float(np.mean(np.argmax(told, axis=1) == splits.test[1])), "trials": networks}
