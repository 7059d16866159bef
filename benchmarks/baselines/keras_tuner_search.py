"""KerasTuner's Hyperband on the space of the file, until its time is over."""

from __future__ import annotations

import contextlib
import tempfile
import time
from typing import TYPE_CHECKING, Any

from benchmarks.baselines.keras_model import accuracy, compiled
from benchmarks.baselines.splits import Splits
from benchmarks.peers.keras_tuner_hyperband import suggested

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["search"]

_LEFT = 5.0
"""Seconds that it is given at the end, for its best model to be read and judged."""


def search(experiment: Experiment, until: float) -> dict[str, Any]:
    """As its guide does: ``factor`` 3, ``max_epochs`` those of the file, the best model as it was kept.

    Args:
        experiment: of the file.
        until: Unix time.
    """
    import keras
    import keras_tuner

    splits = Splits.of(experiment)

    class Model(keras_tuner.HyperModel):  # type: ignore[misc]
        """The family's model on the file's space; where a parameter does nothing, its value does nothing."""

        def build(self, hp: Any) -> Any:
            config = {name: suggested(hp, name, given) for name, given in experiment.space.to_dict().items()}
            return compiled(experiment.filled(config), splits, experiment.model, experiment.epochs, experiment.seed)

        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            size = experiment.filled({"batch_size": hp.values["batch_size"]} if "batch_size" in hp.values else {})
            return model.fit(*args, batch_size=size["batch_size"], **kwargs)

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]
        """Ends the search when its time is over."""

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - the signature of a callback
            if time.time() > until - _LEFT:
                raise keras_tuner.errors.FatalError("the time is over")

    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.Hyperband(
            Model(),
            objective="val_accuracy",
            max_epochs=experiment.epochs,
            factor=3,
            hyperband_iterations=None,
            seed=experiment.seed,
            directory=folder,
            project_name="search",
        )
        with contextlib.suppress(keras_tuner.errors.FatalError):
            tuner.search(*splits.train, validation_data=splits.validation, callbacks=[Watch()], verbose=0)
        ended = [trial for trial in tuner.oracle.trials.values() if trial.status == "COMPLETED"]
        found = tuner.get_best_models(1) if ended else []
        return {"test": accuracy(found[0], splits.test) if found else None, "trials": len(ended)}
