"""KerasTuner's Hyperband on the work's space, in one process on all threads, until its minutes are over."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.outcome import Outcome
from benchmarks.peers.fitting import compiled_model, use_threads
from benchmarks.work import Arrays, Work

__all__ = ["run", "suggested"]


def run(work: Work, arrays_path: Path) -> Outcome:
    """Search as its guide does: ``factor`` 3, ``max_epochs`` those of the work, early stopping on the validation loss.

    It begins anew after a full round of brackets (``hyperband_iterations=None``), as long as there is time.
    """
    use_threads(work.workers)
    import keras
    import keras_tuner

    arrays = Arrays.read(arrays_path)
    experiment = work.experiment()
    progress = _PROGRESS
    compilations = 0

    class Model(keras_tuner.HyperModel):  # type: ignore[misc]
        """The family's model on the same space that cnnsearch searches."""

        def build(self, hp: Any) -> Any:
            nonlocal compilations
            compilations += 1
            config = {name: suggested(hp, name, given) for name, given in work.space.items()}
            return compiled_model(experiment.filled(config), arrays, work.seed_of(compilations))

        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            return model.fit(*args, batch_size=hp.get("batch_size"), **kwargs)

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]
        """Notes the accuracy of each epoch; ends the search when its time is over."""

        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:  # noqa: ARG002 - the signature of a callback
            progress.append((time.time(), float(logs["val_accuracy"])))
            if work.minutes is not None and time.time() - ready > work.minutes * 60:
                raise keras_tuner.errors.FatalError("the minutes are over")

    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.Hyperband(
            Model(),
            objective="val_accuracy",
            max_epochs=work.epochs,
            factor=3,
            hyperband_iterations=None,
            seed=work.seed,
            directory=folder,
            project_name="search",
            overwrite=True,
        )
        progress.clear()
        compilations = 0  # the tuner builds one model to learn the space
        ready = time.time()
        try:
            tuner.search(
                arrays.x_train,
                arrays.y_train,
                validation_data=(arrays.x_validation, arrays.y_validation),
                callbacks=[keras.callbacks.EarlyStopping(monitor="val_loss", patience=5), Watch()],
                verbose=0,
            )
        except keras_tuner.errors.FatalError:
            if not progress:
                raise
    return Outcome(ready, (), compilations, tuple(progress))


_PROGRESS: list[tuple[float, float]] = []
"""Of this process, and not of a callback: the tuner copies the callbacks for each trial."""


def suggested(hp: Any, name: str, given: Any) -> Any:
    """A parameter of an experiment file, asked of KerasTuner."""
    if not isinstance(given, dict):
        return given
    sampling = "log" if given.get("log") else "linear"
    if "choice" in given:
        return hp.Choice(name, given["choice"])
    low, high = given.get("int") or given["float"]
    ask = hp.Int if "int" in given else hp.Float
    return ask(name, low, high, sampling=sampling)
