"""Sources: models in float32 from which others are quantized: the best one, students, without filters, or for int8."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from cnnsearch.cache.cache import Cache
from cnnsearch.compression.distillation.distilling import Teachers, distilled
from cnnsearch.compression.distillation.student import check_code, student_of
from cnnsearch.compression.fine_tuning import Tuned, fine_tuned
from cnnsearch.compression.litert import converted
from cnnsearch.compression.pruning import filters_gone, pruned
from cnnsearch.compression.quantization import Ends
from cnnsearch.compression.spec import Pruning, Quantization, TrialTraining, Way
from cnnsearch.errors import InputError, Problem, TrialError, first_line
from cnnsearch.networks.ensembled import is_ensemble
from cnnsearch.numbers import plural
from cnnsearch.study.store.temporary import temporary_folder
from cnnsearch.training.model_file import save_model
from cnnsearch.training.programs.programs import Programs

if TYPE_CHECKING:
    import keras

    from cnnsearch.compression.distillation.spec import Distillation
    from cnnsearch.compression.sparse_training import BeforeEpoch
    from cnnsearch.data.stages import Pixels
    from cnnsearch.experiment import Experiment
    from cnnsearch.study import Study
    from cnnsearch.training.result import EpochResult

__all__ = ["Source", "Sources"]


@dataclass(frozen=True)
class Source:
    """A model in float32.

    Attributes:
        model: from inputs at rest to what its task tells.
        content: of its ``.tflite`` file.
        sizes: its parameters and multiplications, the share of filters or weights that it lost, and which epochs of its
            trainings count: as a :class:`~cnnsearch.study.record.lines.CompressionLine` has them.
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


@dataclass(frozen=True)
class _Begun:
    """What filters are taken from: a model, and the experiment and the filled config that it was trained by."""

    model: keras.Model
    experiment: Experiment
    config: Mapping[str, Any]


_Kept = TypeVar("_Kept")


class Sources:
    """All of one best model, of one training of each; each is made once, however often it is quantized.

    Args:
        model: the best one of ``study``, from inputs at rest to what its task tells.
        study: of which it is.
        config: of its trial.
        material: that others are trained on.
        observe: told after each epoch, in words.
        permit: called before the code of a family of the user's own is imported; raises where it must not be.
        number: of the training, counted from 0, which follows on the seeds of the first.
    """

    def __init__(
        self,
        model: keras.Model,
        study: Study,
        config: Mapping[str, Any],
        material: Pixels,
        observe: Callable[[str], None],
        permit: Callable[[], None],
        number: int = 0,
    ) -> None:
        experiment = study.experiment.model_copy(update={"seed": _seed(study.experiment.seed, number)})
        self._number = number
        self._study = study
        self._material = material
        self._observe = observe
        self._permit = permit
        self._config = config
        self._best = _Begun(model, experiment, experiment.filled(config))
        resources = study.experiment.resources
        cache = Cache.of(resources.cache, resources.cache_gb)
        self._teachers = Teachers(model, material, cache, observe)
        self._programs = Programs()
        self._kept: dict[Hashable, Any] = {}

    def again(self, number: int) -> Sources:
        """The same on other seeds; what the best model tells of the training inputs is not computed anew.

        Args:
            number: of the training, 1 the second one.
        """
        found = Sources(
            self._best.model, self._study, self._config, self._material, self._observe, self._permit, number
        )
        found._teachers, found._programs = self._teachers, self._programs
        return found

    def of(self, way: Way, sample: np.ndarray) -> Source:
        """From which the model of a way is quantized, or is it.

        Args:
            way: what is made.
            sample: training inputs at rest, with whose activations a training for int8 begins.

        Raises:
            InputError: it cannot be trained, or pruned, or LiteRT has not an operation of it.
        """
        source = self._once((way.distill, way.prune), lambda: self._made(way.distill, way.prune))
        return source if way.aware is None else self._aware(source, way, way.aware, sample)

    def _once(self, key: Hashable, make: Callable[[], _Kept]) -> _Kept:
        """Or why there is none: training takes too long to be tried again."""
        if key not in self._kept:
            try:
                self._kept[key] = make()
            except InputError as error:
                self._kept[key] = error
        found: _Kept | InputError = self._kept[key]
        if isinstance(found, InputError):
            raise found
        return found

    def _begun(self, distill: Distillation | None) -> _Begun:
        return self._best if distill is None else self._once(distill, lambda: self._taught(distill))

    def _made(self, distill: Distillation | None, prune: Pruning | None) -> Source:
        started = time.perf_counter()
        begun = self._begun(distill)
        if prune is None and distill is None:
            content = converted(begun.model)
            told = self._study.best.cost.get("macs") if self._study.best else None
            return Source(begun.model, content, _sizes(begun.model, told), time.perf_counter() - started)
        name = Way(prune, distill=distill).name
        made, gone = (begun.model, {}) if prune is None else self._pruned(begun, prune, name)
        content, file = converted(made), _as_file(made, "--prune" if prune else "--distill")
        return Source(made, content, {**_sizes(made), **gone}, time.perf_counter() - started, file)

    def _taught(self, way: Distillation) -> _Begun:
        """A student of the best model."""
        if way.seed is not None:
            way = replace(way, seed=_seed(way.seed, self._number))
        student = student_of(self._best.experiment, self._config, way)
        check_code(self._study, self._permit)
        observe = self._telling(way.name, student.experiment.epochs)
        taught = distilled(self._teachers, student, self._material, way, self._programs, observe)
        return _Begun(taught, student.experiment, student.config)

    def _pruned(self, begun: _Begun, way: Pruning, name: str) -> tuple[keras.Model, dict[str, Any]]:
        """Without filters or weights; the share of them that it lost, and which epoch counts."""
        whole = _before_telling(begun.model, begun.experiment, way)
        if not way.structured:
            return self._sparse(whole, begun, way, name)
        from cnnsearch.compression.recalibration import recalibrate  # it imports Keras

        network = pruned(whole, way)
        recalibrate(network, self._material.x_train, begun.experiment.seed)
        tuned = self._trained(network, begun, way, name)
        told = {"filters_gone": filters_gone(whole, network), "best_epochs": {_step(way): tuned.best_epoch}}
        return tuned.model, told

    def _sparse(self, whole: keras.Model, begun: _Begun, way: Pruning, name: str) -> tuple[keras.Model, dict[str, Any]]:
        from cnnsearch.compression.sparse_training import sparse  # it imports Keras

        found = sparse(whole, way, lambda network, before: self._trained(network, begun, way, name, before).model)
        return found.model, {"weights_gone": found.weights_gone}

    def _aware(self, source: Source, way: Way, last: Quantization, sample: np.ndarray) -> Source:
        """A network that was trained on for int8, and the ends to which its activations came."""
        from cnnsearch.compression.aware_training import aware  # it imports Keras

        begun, started = self._begun(way.distill), time.perf_counter()
        counting = dict(source.sizes.get("best_epochs", {}))

        def trained(network: keras.Model) -> keras.Model:
            tuned = self._trained(network, begun, last, way.name)
            counting[_step(last)] = tuned.best_epoch
            return tuned.model

        found = aware(source.model, lambda model: _before_telling(model, begun.experiment, last), trained, sample)
        sizes = {**source.sizes, **_sizes(found.model), "best_epochs": counting}
        return Source(found.model, found.content, sizes, time.perf_counter() - started, ends=found.ends)

    def _trained(
        self,
        network: keras.Model,
        begun: _Begun,
        way: Pruning | Quantization,
        name: str,
        before_epoch: BeforeEpoch | None = None,
    ) -> Tuned:
        """``name``: of the whole way, of which others may have the same last step."""
        rate = way.rate(TrialTraining.of(begun.experiment, begun.config))
        self._observe(f"{name}: training for {plural(way.epochs, 'epoch')} at a learning rate of {rate:g}")
        given = begun.experiment, begun.config, self._material, way, begun.experiment.seed
        return fine_tuned(network, *given, self._telling(name, way.epochs), before_epoch)

    def _telling(self, name: str, epochs: int) -> Callable[[EpochResult], None]:
        metric = self._study.experiment.objective.metric
        name = name if not self._number else f"{name} again, training {self._number + 1}"

        def told(epoch: EpochResult) -> None:
            when = f"epoch {epoch.epoch} of {epochs}" if epoch.epoch else "before training"
            self._observe(f"{name}: {when}, {metric} {epoch.values[metric]:.4f}")

        return told


def _step(way: Pruning | Quantization) -> str:
    """As the record names it."""
    return way.option[0].removeprefix("--")


def _seed(first: int, number: int) -> int:
    """Of a training that follows on the first; as large as a seed may be."""
    return (first + number) % 2**32


def _before_telling(model: keras.Model, experiment: Experiment, way: Pruning | Quantization) -> keras.Model:
    """From inputs to what the task's head takes, which the last layer tells: without models among its layers."""
    import keras

    from cnnsearch.networks.nesting import unnested  # it imports Keras

    option, value = way.option
    if is_ensemble(model):
        rule = (
            "is of one network, and the best model is the mean of several: with final: keep or refit it is one, and so "
            "is a student of it"
        )
        raise InputError(Problem(option, rule, value))
    last = model.layers[-1]
    if last.name != experiment.predicted.output or not isinstance(last.input, keras.KerasTensor):
        raise InputError(Problem(option, f"the best model does not end as one of {experiment.task}", last.name))
    try:
        return unnested(keras.Model(model.inputs[0], last.input))
    except ValueError as error:
        rule = f"cannot take a network apart whose models inside of it have layers of one name: {first_line(error)}"
        raise InputError(Problem(option, rule, value)) from error


def _as_file(model: keras.Model, option: str) -> bytes:
    with temporary_folder() as folder:
        try:
            save_model(model, folder / "model.keras")
        except TrialError as error:
            raise InputError(Problem(option, str(error))) from error
        return (folder / "model.keras").read_bytes()


def _sizes(model: keras.Model, told: float | None = None) -> dict[str, Any]:
    """``told``: multiplications, where its graph does not tell them."""
    from cnnsearch.networks.traced import traced_sizes  # it imports Keras

    try:
        macs: float | None = float(traced_sizes(model, tuple(model.input_shape[1:])).macs)
    except TrialError:  # what a network of the user's own may not tell
        macs = told
    return {"parameters": model.count_params(), "macs": macs}
