"""A family of the user's own, tried once before the sweep: what fails for every config shall not cost every trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.stages import Pixels, Scaling, size_of
from cnnsearch.errors import InputError, Problem, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families.own.body import network
from cnnsearch.families.own.declaration import check_declaration
from cnnsearch.networks.sizes import bytes_a_parameter
from cnnsearch.own_code.module import where_raised
from cnnsearch.study.store.temporary import temporary_folder
from cnnsearch.training.checks.memory import check_memory
from cnnsearch.training.model_file import is_stock, load_model, save_model
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.programs.structure import Structure
from cnnsearch.training.trial import reason_of

if TYPE_CHECKING:
    import keras

    from cnnsearch.data.dataset import Dataset
    from cnnsearch.tasks.contract.heads import Head
    from cnnsearch.tasks.contract.targets import Targets

__all__ = ["Sample", "check_family"]

_CONFIGS = 5
"""Random ones that are tried, until one works: others may fail by themselves, and tell so as trials."""

_PICTURES = 8


@dataclass(frozen=True)
class Sample:
    """What a family is told of the data.

    Attributes:
        size: ``(height, width)`` of the pictures; ``None`` where they differ.
        channels: of a picture.
        targets: of some of its pictures.
    """

    size: tuple[int, int] | None
    channels: int
    targets: Targets

    @classmethod
    def of(cls, dataset: Dataset) -> Sample:
        return cls(dataset.pictures.shape, dataset.pictures.channels, dataset.targets.take(np.zeros(_PICTURES, int)))

    def pixels(self, size: tuple[int, int]) -> Pixels:
        """Noise of the shape of the pictures."""
        rng = np.random.default_rng(0)
        x = rng.integers(0, 256, (_PICTURES, *size, self.channels), dtype=np.uint8)
        y = self.targets.values
        return Pixels(x, y, x, y, self.targets.names)


def check_family(experiment: Experiment, sample: Sample) -> tuple[str, ...]:
    """Build, write and read a model of some configs, until one works.

    Args:
        experiment: whose model is a family of the user's own.
        sample: of its data.

    Returns:
        What the user should be told about it.

    Raises:
        InputError: none works; says why the first one does not, and where in the user's code. Or the experiment ends in
            an ensemble, which its models cannot be made: Keras builds that from their file alone.
    """
    rng = np.random.default_rng(experiment.seed)
    why = ""
    for _ in range(_CONFIGS):
        config = experiment.space.sample(rng)
        try:
            return _tried(experiment, config, sample)
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the user's code raises
            why = why or _in_words(error)
    raise InputError(Problem("model", f"every config that was tried fails: {why}", experiment.model))


def _tried(experiment: Experiment, config: Mapping[str, Any], sample: Sample) -> tuple[str, ...]:
    check_declaration(experiment.model, _declared(experiment))
    filled = experiment.filled(config)
    size = size_of(filled) or sample.size
    if size is None:
        return ()  # what the pictures lack is told elsewhere
    pixels = sample.pixels(size)
    scaling = Scaling(np.full(sample.channels, 1 / 255, np.float32), np.zeros(sample.channels, np.float32), 0.0, 255.0)
    structure = Structure.of(experiment, filled, pixels, scaling)
    count = Programs().count(structure)
    check_memory(count, bytes_a_parameter(filled, structure.active))
    x = np.asarray(pixels.x_train, np.float32)
    _train_mode(structure, x)
    model, again = structure.build(filled), structure.build(filled)
    if count != model.count_params():
        raise TrialError(f"{experiment.model} counts {count:,} weights, and its model has {model.count_params():,}")
    again.set_weights(model.get_weights())
    _check_outputs(experiment.model, structure.head, model, again, x)
    _check_file(model, x, structure, experiment, config)
    if not network(experiment.model, filled, structure.shape, structure.outputs.width).compiled:
        return ()
    return (f"{experiment.model} compiles its model, which is not used: the experiment says optimizer, loss and rate",)


def _declared(experiment: Experiment) -> dict[str, Any] | None:
    """As :meth:`OwnFamily.to_dict <cnnsearch.families.own.spec.OwnFamily.to_dict>` says it."""
    declaration = experiment.declaration
    return None if declaration is None else {key: value for key, value in declaration.items() if key != "family"}


def _train_mode(structure: Structure, x: np.ndarray) -> None:
    """A step forward as a trial does it, with runtime parameters that have no number while the model is built."""
    import tensorflow as tf

    from cnnsearch.networks.precision import precision

    values = structure.runtime_values()
    with precision(structure.precision):
        model = structure.build(values, for_training=True)
    run = tf.function(lambda pictures: model(pictures, training=True), autograph=False)
    run(tf.cast(x, tf.float32))


def _check_outputs(family: str, head: Head, model: keras.Model, again: keras.Model, x: np.ndarray) -> None:
    """Whether a model gives what the task's head takes, and one that is built again with its weights the same."""
    outputs = np.asarray(model(x))
    refused = head.refused(outputs)
    if refused is not None:
        raise TrialError(f"{family} {refused}")
    varies = not np.array_equal(outputs, np.asarray(model(x)))  # it draws or counts where it does not train, too
    if not varies and not np.allclose(np.asarray(again(x)), outputs, rtol=1e-3, atol=1e-4):
        raise TrialError(
            f"{family} gives another network each time that it is called with the same config: weights alone would not "
            "bring a trained one back. Let it draw nothing but weights"
        )


def _check_file(
    model: keras.Model, x: np.ndarray, structure: Structure, experiment: Experiment, config: Mapping[str, Any]
) -> None:
    """Whether what is written of a model can be read."""
    import keras

    whole = keras.Model(model.input, structure.head.exported(model.output), name=model.name)
    with temporary_folder("check") as folder:
        path = folder / "model.keras"
        save_model(whole, path)
        try:
            load_model(path, experiment, config)(x)
        except InputError as error:
            raise TrialError(f"what is written of its model cannot be read again: {error}") from error
        if experiment.ships_ensemble and not is_stock(path):
            rule = (
                f"makes a file that Keras must read alone, and networks of {experiment.model} have code of yours in "
                "them (a layer, a Lambda, a class of models): write keep, or refit without ensemble, or build them of "
                "Keras's own layers"
            )
            raise InputError(Problem("final", rule, experiment.final))


def _in_words(error: Exception) -> str:
    return reason_of(error) + ("" if isinstance(error, TrialError) else where_raised(error))
