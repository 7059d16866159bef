"""No search: the recommended config, trained once by plain ``fit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.baselines.keras_model import accuracy, compiled
from benchmarks.baselines.splits import Splits, recommended
from cnnsearch.experiment.passes import passes_of

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["fit_once"]


def fit_once(experiment: Experiment, times: int, on_all: bool) -> dict[str, Any]:
    """Train, and look at the test split once.

    Args:
        experiment: of the file.
        times: the passes over the pictures that a trial of the file makes, so many times.
        on_all: on training and validation pictures together.
    """
    splits, config = Splits.of(experiment), recommended(experiment)
    pictures, labels = splits.joined() if on_all else splits.train
    epochs = experiment.epochs * passes_of(experiment, len(splits.train[0])) * times
    model = compiled(config, splits, experiment.model, epochs, experiment.seed)
    model.fit(pictures, labels, batch_size=config["batch_size"], epochs=epochs, verbose=0)
    return {"test": accuracy(model, splits.test), "trials": 1}
