"""The contract of a model family: what it declares, and its parts, each loaded when it is first asked for."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cnnsearch.families.advice import Advice
from cnnsearch.families.spec import SHARED, SHARED_OF_TEXTS
from cnnsearch.inputs.pictures.spec import PREPROCESSING
from cnnsearch.inputs.texts.spec import INPUTS as TEXTS
from cnnsearch.inputs.texts.spec import PREPROCESSING as TEXT_PREPROCESSING
from cnnsearch.space.specs import Parameters, ParameterSpec
from cnnsearch.space.switches import Switch, condition_of
from cnnsearch.tasks.task import Ends

if TYPE_CHECKING:
    import keras

    from cnnsearch.data.stages import Pixels
    from cnnsearch.errors import Problem
    from cnnsearch.experiment import Experiment
    from cnnsearch.families.plan import TrialPlan
    from cnnsearch.inputs.pictures.value_range import ValueRange
    from cnnsearch.networks.cuts import Cut
    from cnnsearch.space import Parameter
    from cnnsearch.study.folder.folder import Output

__all__ = ["Assets", "Body", "Family", "FamilySpec", "Planning", "Problems", "Shape", "part"]

Shape = tuple[int, ...]
"""Of one picture, ``(height, width, channels)``; of one text ``(length,)``."""

_POINTS = 17
"""Values of a range that are looked at."""

Scale = float | list[float]
"""One number, or one a channel."""


@dataclass(frozen=True)
class FamilySpec:
    """The declaration of a model family.

    Attributes:
        name: what ``model:`` says.
        doc: one line of documentation.
        parameters: those of the architecture itself; training and preprocessing parameters come on top.
        scales_itself: it brings the pixels into the range that its network was trained on; ``scaling`` is not searched.
        frozen_by: a part of its network may be frozen, whose features are then computed once for all trials: the
            parameters that say which, the first of them by name; none: it freezes nothing.
        frozen_where: what switches that part on; none: it is always there.
        is_own: it is a user's own: its code is recorded in the study, tried before a sweep, and sent to a cluster.
        prunes: whether its networks can be built anew with fewer filters; of a user's own the network itself tells.
        takes: the inputs that it can read.
        gives: the features that it can give to a task's head.
        recommended: what to begin a search with, of parameters whose default is something else.
        read_where: of parameters that others declare and some of its networks do not read, what switches them on.
    """

    name: str
    doc: str
    parameters: Parameters
    scales_itself: bool = False
    frozen_by: tuple[str, ...] = ()
    frozen_where: tuple[Switch, ...] = ()
    is_own: bool = False
    prunes: bool = False
    takes: tuple[str, ...] = ("pictures",)
    gives: tuple[str, ...] = ("vector",)
    recommended: Mapping[str, Advice] = field(default_factory=dict)
    read_where: Mapping[str, tuple[Switch, ...]] = field(default_factory=dict)

    @property
    def freezes(self) -> bool:
        """Whether a part of its network may be frozen."""
        return bool(self.frozen_by)

    def may_freeze(self, space: Mapping[str, Parameter]) -> bool:
        """Whether some config of a space may have a part that is frozen."""
        if not self.frozen_where:
            return self.freezes
        return any(any(map(switch.reads, self._values(switch.name, space))) for switch in self.frozen_where)

    def is_frozen(self, config: Mapping[str, Any]) -> bool:
        """Whether a network of this config, filled, has such a part."""
        if not self.frozen_where:
            return self.freezes
        return any(switch.reads(config[switch.name]) for switch in self.frozen_where)

    def _values(self, name: str, space: Mapping[str, Parameter]) -> list[Any]:
        """What a config may have of a parameter."""
        parameter, default = space.get(name), self.parameters[name].default
        if parameter is None:
            return [default]
        return [*parameter.points(_POINTS), *([default] if parameter.when else [])]

    @property
    def reads_texts(self) -> bool:
        """Whether its data are texts, and no pictures."""
        return self.takes == (TEXTS,) and not self.is_own

    @property
    def searchable(self) -> Parameters:
        """Everything that a space for this family may name."""
        all_shared = SHARED_OF_TEXTS if self.reads_texts else SHARED
        shared = [spec for spec in all_shared.values() if not (self.scales_itself and spec.name == "scaling")]
        return Parameters(self.parameters.values(), self.reading(shared))

    def reading(self, specs: Iterable[ParameterSpec]) -> Iterator[ParameterSpec]:
        """Parameters that others declare, as this family reads them."""
        for spec in specs:
            switches = self.read_where.get(spec.name)
            yield replace(spec, read_where=switches) if switches else spec

    def reads(self, name: str, config: Mapping[str, Any]) -> bool:
        """Whether a network of this config, filled, reads a parameter that others declare."""
        switches = self.read_where.get(name, ())
        return not switches or any(switch.reads(config[switch.name]) for switch in switches)

    @property
    def conditions(self) -> dict[str, list[str]]:
        """Where it reads parameters that others declare, in words -> their names."""
        alike: dict[str, list[str]] = {}
        for name, switches in self.read_where.items():
            alike.setdefault(condition_of(switches), []).append(name)
        return alike

    @property
    def recommendation(self) -> dict[str, Any]:
        """What is recommended, parameter -> value, where nothing else is asked for."""
        config = self.searchable.filled({})
        for name, advice in self.recommended.items():
            config[name] = advice.value(config)
        return {name: config[name] for name in self.recommended}

    @property
    def network(self) -> tuple[str, ...]:
        """The parameters that shape the network that predicts; where they are equal, so is its arithmetic."""
        preprocessing = TEXT_PREPROCESSING if self.reads_texts else PREPROCESSING
        shaping = (*self.parameters.values(), *preprocessing.values())
        return tuple(spec.name for spec in shaping if spec.structural and spec.predicts)


class Body(Protocol):
    """The networks of a family.

    One that :attr:`FamilySpec.freezes` has all from ``frozen_weights`` on too. Others have that alone where they have
    layers that nothing trains.
    """

    def build(
        self,
        config: Mapping[str, Any],
        shape: Shape,
        classes: int,
        scale: Scale,
        offset: Scale,
        cut: Cut | None = None,
        for_training: bool = False,
        ends: Ends = "softmax",
    ) -> keras.Model:
        """See :meth:`Family.build`."""

    def count(self, config: Mapping[str, Any], shape: Shape, classes: int) -> int:
        """See :meth:`Family.count`."""

    def cost(self, config: Mapping[str, Any], shape: Shape, classes: int) -> dict[str, float] | None:
        """See :meth:`Family.cost`."""

    def frozen_weights(self, config: Mapping[str, Any], shape: Shape) -> int:
        """See :meth:`Family.frozen_weights`."""

    def frozen_part(
        self,
        config: Mapping[str, Any],
        shape: Shape,
        scale: Scale,
        offset: Scale,
        start: Cut | None,
        end: Cut,
    ) -> keras.Model:
        """What comes before a cut: from pictures at rest, or from an earlier cut, to its tensors, as a list."""

    def frozen_parameters(self, cut: Cut) -> tuple[str, ...]:
        """Names of the family's parameters that define what comes before a cut."""

    def frozen_content(self, settings: Mapping[str, Any]) -> str:
        """sha256 of the file that the settings name; empty where they say everything."""

    def frozen_name(self, settings: Mapping[str, Any], shape: Shape, cut: Cut) -> str:
        """What people call it; those that differ in ``settings`` have different names."""

    def depths(self, model: keras.Model) -> list[int]:
        """Layers with trained weights above each trained variable, up to the head; 0 for the head's own."""


class Problems(Protocol):
    """What is wrong with an experiment, and a declaration of parameters cannot say."""

    def problems(self, keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
        """Before there is any data.

        Args:
            keys: of the experiment, as they were given.
            space: those parameters of it that are valid by themselves.
        """

    def data_problems(
        self,
        experiment: Experiment,
        sizes: Sequence[tuple[int, int]],
        shape: tuple[int, int] | None,
        channels: int,
        classes: int,
    ) -> list[Problem]:
        """With the data: why no trial, or none of some kind, could run.

        Args:
            experiment: what would be run.
            sizes: ``(height, width)`` that the pictures of a trial may have; of a range its ends.
            shape: ``(height, width)`` of the pictures where no trial resizes them; ``None`` where they differ.
            channels, classes: of the data.
        """


class Assets(Protocol):
    """Files that a sweep needs beside its data: weights of networks that somebody trained."""

    def absolute(self, experiment: Experiment, output: Output) -> Experiment:
        """The experiment with paths that every worker will find, wherever it runs.

        Args:
            experiment: of this family.
            output: path or URI of the studies, in which those that it names are looked for.

        Raises:
            InputError: there is no such study.
        """

    def check(self, experiment: Experiment) -> None:
        """Whether the files are there; what can be downloaded need not be.

        Raises:
            InputError: one is missing.
        """

    def digests(self, experiment: Experiment, fetch: Callable[..., None]) -> dict[str, str]:
        """Make sure that the files are there.

        Args:
            experiment: with absolute paths.
            fetch: called with what :meth:`fetch` takes for each file to be downloaded.

        Returns:
            File -> its sha256.

        Raises:
            InputError: one is missing: says which, and where it may be put.
        """

    def fetch(self, *key: Any) -> None:
        """Download one; takes TensorFlow.

        Raises:
            TrialError: it cannot be had.
        """

    def fetch_problem(self, error: Exception) -> Problem:
        """What :meth:`fetch` raised, as bad input."""

    def check_values(self, experiment: Experiment, values: ValueRange) -> None:
        """Whether networks that scale by themselves get pictures of the values that they know.

        Args:
            experiment: with absolute paths.
            values: of its pictures.

        Raises:
            InputError: one was trained on other values.
        """

    def packed(
        self, experiment: Experiment, place: Callable[[Path, str], str | None]
    ) -> tuple[dict[str, Any], list[str]]:
        """What changes in the experiment where its files move.

        Args:
            experiment: with absolute paths.
            place: from a file and the key that names it to its new path; ``None`` where it stays.

        Returns:
            Key -> value of the experiment, and the names of what has moved.
        """


class Planning(Protocol):
    """Which epochs of a trial train what."""

    def plan(self, experiment: Experiment, config: Mapping[str, Any], pixels: Pixels) -> TrialPlan:
        """See :meth:`Family.plan`."""


def part(module: str) -> Callable[[], Any]:
    """A part of a family that is imported when it is asked for: what is declared stays light."""
    return functools.partial(importlib.import_module, module)


_NO_PROBLEMS, _NO_ASSETS, _ONE_PHASE = (part(f"cnnsearch.families.{name}") for name in ("problems", "assets", "plan"))
"""Of a family that declares its parameters and no more."""


@dataclass(frozen=True)
class Family:
    """A model family.

    Attributes:
        spec: its declaration; light.
        load_body, load_problems, load_assets, load_planning: its parts, which may be heavy; those that are left out ask
            for nothing, need no files, and train all epochs alike.
    """

    spec: FamilySpec
    load_body: Callable[[], Body]
    load_problems: Callable[[], Problems] = _NO_PROBLEMS
    load_assets: Callable[[], Assets] = _NO_ASSETS
    load_planning: Callable[[], Planning] = _ONE_PHASE

    @property
    def body(self) -> Body:
        return self.load_body()

    @property
    def problems(self) -> Problems:
        return self.load_problems()

    @property
    def assets(self) -> Assets:
        return self.load_assets()

    def plan(self, experiment: Experiment, config: Mapping[str, Any], pixels: Pixels) -> TrialPlan:
        """The phases of a trial.

        Args:
            experiment: what is searched.
            config: filled, every parameter with its value.
            pixels: of the trial's image size.

        Raises:
            TrialError: a network that somebody trained cannot be had, or does not suit the pictures.
        """
        return self.load_planning().plan(experiment, config, pixels)

    def build(
        self,
        config: Mapping[str, Any],
        shape: Shape,
        classes: int,
        scale: Scale,
        offset: Scale,
        cut: Cut | None = None,
        for_training: bool = False,
        ends: Ends = "softmax",
    ) -> keras.Model:
        """A new model; of stock Keras layers only, where ``config`` holds plain values only.

        Args:
            config: parameters with their values; a runtime parameter may be a
                :class:`~cnnsearch.networks.runtime.RuntimeValue`.
            shape: of one picture at rest.
            classes: numbers that the task takes of each picture, as many as there are classes, or labels.
            scale, offset: the model sees ``x * scale + offset``.
            cut: build only what follows it, on its tensors.
            for_training: some layers may be this project's own, which behave otherwise while they are trained.
            ends: what the task makes of them; a network of the user's that ends in it gets it taken off.

        Returns:
            A model from pictures at rest, ``(batch, height, width, channels)``, to what the task's head takes,
            ``(batch, classes)``.

        Raises:
            TrialError: the architecture cannot exist for this shape, or a user's code gives no such model.
        """
        filled = self.spec.parameters.filled(config)
        return self.body.build(filled, shape, classes, scale, offset, cut, for_training, ends)

    def count(self, config: Mapping[str, Any], shape: Shape, classes: int) -> int:
        """Weights of the model that :meth:`build` would build, told before any memory is taken for them.

        Raises:
            TrialError: the architecture cannot exist for this shape.
        """
        return self.body.count(self.spec.parameters.filled(config), shape, classes)

    def frozen_weights(self, config: Mapping[str, Any], shape: Shape) -> int:
        """Weights of the model that no phase of a trial trains.

        Raises:
            TrialError: they cannot be had.
        """
        tells = getattr(self.body, "frozen_weights", None)
        return int(tells(config, shape)) if tells else 0

    def cost(self, config: Mapping[str, Any], shape: Shape, classes: int) -> dict[str, float] | None:
        """What a trial's cost will say of the model, as far as it is known without TensorFlow and any file.

        Args:
            config: filled, every parameter of the experiment with its value.
            shape, classes: as of :meth:`build`.

        Returns:
            ``parameters``, ``model_bytes``, ``macs``, ``gpu_memory_bytes``, or some of them; ``None``: nothing is.

        Raises:
            TrialError: the architecture cannot exist for this shape.
        """
        return self.body.cost(config, shape, classes)
