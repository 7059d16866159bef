"""Sources: models in float32 from which others are quantized: the best one as it is, without filters, or for int8."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.compression.fine_tuning import fine_tuned
from cnnsearch.compression.litert import converted
from cnnsearch.compression.pruning import filters_of, pruned
from cnnsearch.compression.quantization import Ends
from cnnsearch.compression.spec import Pruning, Quantization
from cnnsearch.errors import InputError, Problem, TrialError, first_line
from cnnsearch.networks.ensembled import is_ensemble
from cnnsearch.study.store.temporary import temporary_folder
from cnnsearch.training.model_file import save_model

if TYPE_CHECKING:
    import keras

    from cnnsearch.data.stages import Pixels
    from cnnsearch.study import Study
    from cnnsearch.training.result import EpochResult

__all__ = ["Source", "aware_source", "source_of"]


@dataclass(frozen=True)
class Source:
    """A model in float32.

    Attributes:
        model: from inputs at rest to what its task tells.
        content: of its ``.tflite`` file.
        sizes: its parameters and multiplications, and the share of filters that it lost.
        seconds: that making it took.
        file: content of its ``.keras`` file; ``None`` of the best model, which the study has, and of one for int8.
        ends: of tensors of its ``.tflite`` file, to which a training for int8 came.
    """

    model: keras.Model
    content: bytes
    sizes: Mapping[str, Any]
    seconds: float
    file: bytes | None = None
    ends: Ends = field(default_factory=dict)


def source_of(
    model: keras.Model,
    study: Study,
    config: Mapping[str, Any],
    material: Pixels,
    way: Pruning | None,
    observe: Callable[[str], None],
) -> Source:
    """The best model, or a network of fewer filters that is made of it.

    Args:
        model: the best one of ``study``, from inputs at rest to what its task tells.
        study: of which it is.
        config: of its trial, every parameter with its value.
        material: that it is trained on.
        way: how it loses filters; ``None``: it keeps all of them.
        observe: told after each epoch, in words.

    Raises:
        InputError: it cannot be pruned, or LiteRT has not an operation of it.
    """
    started = time.perf_counter()
    if way is None:
        content = converted(model)
        told = study.best.cost.get("macs") if study.best else None
        return Source(model, content, _sizes(model, told), time.perf_counter() - started)
    whole = _before_telling(model, study, way)
    network = pruned(whole, way)
    gone = 1 - filters_of(network) / filters_of(whole)
    found = _trained(network, study, config, material, way, observe)
    content, file = converted(found), _as_file(found)
    return Source(found, content, {**_sizes(found), "filters_gone": gone}, time.perf_counter() - started, file)


def aware_source(
    source: Source,
    study: Study,
    config: Mapping[str, Any],
    material: Pixels,
    way: Quantization,
    sample: np.ndarray,
    observe: Callable[[str], None],
) -> Source:
    """A network that was trained on for int8, and the ends to which its activations came.

    Args:
        source: the network before.
        study, config, material, observe: as of :func:`source_of`.
        way: how it is trained.
        sample: training inputs at rest, with whose activations the training begins.

    Raises:
        InputError: it cannot be trained so, or LiteRT has not an operation of it.
    """
    from cnnsearch.compression.aware_training import aware  # it imports Keras

    started = time.perf_counter()
    found = aware(
        source.model,
        lambda model: _before_telling(model, study, way),
        lambda network: _trained(network, study, config, material, way, observe),
        sample,
    )
    sizes = {**source.sizes, **_sizes(found.model)}
    return Source(found.model, found.content, sizes, time.perf_counter() - started, ends=found.ends)


def _trained(
    network: keras.Model,
    study: Study,
    config: Mapping[str, Any],
    material: Pixels,
    way: Pruning | Quantization,
    observe: Callable[[str], None],
) -> keras.Model:
    metric = study.experiment.objective.metric

    def tell(epoch: EpochResult) -> None:
        observe(f"{way.name}: epoch {epoch.epoch} of {way.epochs}, {metric} {epoch.values[metric]:.4f}")

    return fine_tuned(network, study.experiment, config, material, way, study.experiment.seed, tell)


def _before_telling(model: keras.Model, study: Study, way: Pruning | Quantization) -> keras.Model:
    """From inputs to what the task's head takes, which the last layer tells: without models among its layers."""
    import keras

    from cnnsearch.networks.nesting import unnested  # it imports Keras

    option, value = way.option
    if is_ensemble(model):
        rule = "is of one network, and the best model is the mean of several: with final: keep or refit it is one"
        raise InputError(Problem(option, rule, value))
    last = model.layers[-1]
    if last.name != study.experiment.predicted.output or not isinstance(last.input, keras.KerasTensor):
        raise InputError(Problem(option, f"the best model does not end as one of {study.experiment.task}", last.name))
    try:
        return unnested(keras.Model(model.inputs[0], last.input))
    except ValueError as error:
        rule = f"cannot take a network apart whose models inside of it have layers of one name: {first_line(error)}"
        raise InputError(Problem(option, rule, value)) from error


def _as_file(model: keras.Model) -> bytes:
    with temporary_folder() as folder:
        try:
            save_model(model, folder / "model.keras")
        except TrialError as error:
            raise InputError(Problem("--prune", str(error))) from error
        return (folder / "model.keras").read_bytes()


def _sizes(model: keras.Model, told: float | None = None) -> dict[str, Any]:
    """``told``: multiplications, where its graph does not tell them."""
    from cnnsearch.networks.traced import traced_sizes  # it imports Keras

    try:
        macs: float | None = float(traced_sizes(model, tuple(model.input_shape[1:])).macs)
    except TrialError:  # what a network of the user's own may not tell
        macs = told
    return {"parameters": model.count_params(), "macs": macs}
