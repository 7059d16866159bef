"""The contract of a task: what is predicted, and how it is judged. Outside of its folder it is known by this alone.

What a task declares, :class:`TaskSpec`, is light. Its other parts lie in modules of its folder that are imported when
they are first asked for: ``targets``, ``head``, ``predictions``, ``answers``, ``fitted`` where a head can be fitted in
one step, and ``overlays`` where targets have places in their pictures. Each has a function ``make`` that gives the
part; what it must be is said in ``tasks/contract/``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from cnnsearch.errors import Problem
from cnnsearch.space.specs import Parameters
from cnnsearch.tasks.contract.answers import Answers
from cnnsearch.tasks.contract.heads import Fitted, Head
from cnnsearch.tasks.contract.metrics import Metric, aim_of, is_function, metric_of, split_name
from cnnsearch.tasks.contract.overlays import Overlay
from cnnsearch.tasks.contract.predictions import Predictions
from cnnsearch.tasks.contract.targets import Outputs, Targets

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.data.raw_labels import RawLabels, ReadTargets
    from cnnsearch.space import Parameter

__all__ = ["Ends", "Reads", "TaskSpec"]

Ends = Literal["softmax", "sigmoid", "linear"]

Reads = Literal["labels", "masks", "boxes"]


def _no_problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:  # noqa: ARG001
    return []


@dataclass(frozen=True)
class TaskSpec:
    """The declaration of a task.

    Attributes:
        name: what ``task:`` says, and its folder.
        doc: one line of documentation.
        metrics: all that its predictions are judged by, in the order in which they are told.
        every_epoch: names of those that every epoch tells of the validation split; the first is aimed at where an
            experiment does not say. The objective is told in any case.
        every_trial: names of those that are told at a trial's end, and of the test split; the objective likewise.
        trained: names of those that every epoch tells of the training split, beside the loss.
        parameters: of its head, which every family's space may name.
        output: name of the last layer of an exported model, by which its file is read.
        fits: kinds of heads that scikit-learn fits, beside ``dense``, which is trained.
        ends: what an exported model makes of its network's outputs; a user's network that ends in it gets it taken off.
        has_classes: each picture is of one class, so that folders of classes suit, and ``dataset.classes``.
        problems: what is wrong with the keys of an experiment, as they were given, and its valid parameters.
        each: metrics of one output, which are asked for as ``NAME[OUTPUT]``.
        decided: names of what is decided of each output on the validation split, as a threshold: told at a trial's end
            as ``NAME[OUTPUT]``, and nothing that a search may aim at.
        decided_of_all: likewise of all outputs together, told as ``NAME``.
        mixes: what may mix its pictures with each other, as there are targets that lie between two others.
        teaches: what a model of it can teach another one: ``probabilities``, which a temperature makes soft, or
            ``numbers``; ``None``: nothing.
        joins: its parameters that make one picture of several of a batch, with their targets.
        kept: names of what its heads keep of each picture (:attr:`Judged.kept`); all else of an evaluation is counted.
        needs: the features that its head takes of a network, as a family gives them (:attr:`FamilySpec.gives`).
        follows: whether its targets have places in their pictures, so that what moves a picture moves them.
        reads: what its sources must bring of each picture.
        measures: whether its heads hold numbers of the training targets (:attr:`Outputs.constants`), so that other
            pictures need another program.
    """

    name: str
    doc: str
    metrics: tuple[Metric, ...]
    every_epoch: tuple[str, ...]
    every_trial: tuple[str, ...]
    trained: tuple[str, ...]
    parameters: Parameters
    output: str
    fits: tuple[str, ...] = ()
    ends: Ends = "softmax"
    has_classes: bool = False
    problems: Callable[[Mapping[str, Any], Mapping[str, Parameter]], list[Problem]] = _no_problems
    each: tuple[Metric, ...] = ()
    decided: tuple[str, ...] = ()
    decided_of_all: tuple[str, ...] = ()
    mixes: tuple[str, ...] = ()
    teaches: Literal["probabilities", "numbers"] | None = None
    joins: tuple[str, ...] = ()
    kept: tuple[str, ...] = ("probabilities",)
    needs: str = "vector"
    follows: bool = False
    reads: Reads = "labels"
    measures: bool = False

    def metric(self, name: str) -> Metric | None:
        """That of this name: ``accuracy``, ``recall[cat]`` or ``package.module:function``; ``None``: there is none.

        Whether the data have such an output only they can tell.
        """
        if is_function(name):
            return Metric(name, None, "corpus", "a function of your own", low=float("-inf"))
        base, output = split_name(name)
        known = {metric.name: metric for metric in (self.metrics if output is None else self.each)}
        return replace(known[base], name=name) if base in known else None

    @property
    def first_aim(self) -> str:
        """What an experiment aims at that does not say."""
        return aim_of(self.every_epoch[0])

    def judged_by(self, objective: str) -> tuple[str, ...]:
        """Names of the metrics that are told of a trial and of the test split where a search aims at ``objective``."""
        return tuple(dict.fromkeys((*self.every_trial, metric_of(objective))))

    def decisions(self, names: Sequence[str]) -> tuple[str, ...]:
        """What a trial tells at its end beside its metrics; ``names`` of the outputs."""
        return (*self.decided_of_all, *(f"{decided}[{name}]" for decided in self.decided for name in names))

    def curve(self, objective: str) -> tuple[str, ...]:
        """The metrics of an epoch, in their order, where a search aims at ``objective``."""
        told = map(aim_of, ("loss", *self.every_epoch))
        return tuple(dict.fromkeys(("loss", *self.trained, *told, objective)))

    def targets(self, values: np.ndarray, names: Sequence[str]) -> Targets:
        """Targets at rest, ``(n, ...)``."""
        return self._part("targets", values, tuple(names))  # type: ignore[no-any-return]

    def read(self, labels: RawLabels, wanted: Sequence[str] | None = None) -> ReadTargets:
        """Targets from what a data source brings.

        Args:
            labels: of all its pictures.
            wanted: classes whose pictures alone are used; ``None``: all are.

        Raises:
            InputError: they are none of this task.
        """
        return self._module("targets").read(labels, None if wanted is None else tuple(wanted))  # type: ignore[no-any-return]

    def known(self, labels: RawLabels, names: Sequence[str]) -> Targets:
        """Targets from new data, for a model with these names of its outputs.

        Raises:
            InputError: they are none of this task, or the model does not know some of them.
        """
        return self._module("targets").known(labels, tuple(names))  # type: ignore[no-any-return]

    def overlay(self, target: np.ndarray, names: Sequence[str], size: tuple[int, int]) -> Overlay:
        """To see where the target of a picture lies. Asked of a task whose targets follow (:attr:`follows`) alone.

        Args:
            target: at rest, of one picture.
            names: of the outputs.
            size: height and width of the picture.
        """
        return self._part("overlays", target, tuple(names), size)  # type: ignore[no-any-return]

    def head(self, outputs: Outputs, settings: Mapping[str, Any]) -> Head:
        """Of a structure with these settings."""
        return self._part("head", outputs, settings)  # type: ignore[no-any-return]

    def fitted(self, outputs: Outputs, config: Mapping[str, Any], seed: int) -> Fitted:
        """The head that ``config`` names, one of :attr:`fits`."""
        return self._part("fitted", outputs, config, seed)  # type: ignore[no-any-return]

    def predictions(
        self, targets: np.ndarray, judged: Mapping[str, np.ndarray], names: Sequence[str], config: Mapping[str, Any]
    ) -> Predictions:
        """Of the validation split.

        Args:
            targets: at rest.
            judged: what a head kept and counted, as :class:`Judged` has them.
            names: of the outputs.
            config: filled.
        """
        return self._part("predictions", targets, judged, tuple(names), config)  # type: ignore[no-any-return]

    def decided_anew(self, predictions: Predictions, config: Mapping[str, Any]) -> Predictions:
        """Those of the validation split, with what is decided there found on them, as a threshold.

        Args:
            predictions: of another model than the one for which it was found before.
            config: filled.
        """
        if not (self.decided or self.decided_of_all):
            return predictions
        return self._module("predictions").decided_anew(predictions, config)  # type: ignore[no-any-return]

    def recorded(self, arrays: Mapping[str, np.ndarray], names: Sequence[str]) -> Predictions:
        """The inverse of :meth:`Predictions.to_arrays`; ``names`` of the outputs, none where they are not known.

        Raises:
            KeyError, ValueError: the arrays are none of this task.
        """
        return self._module("predictions").recorded(arrays, tuple(names))  # type: ignore[no-any-return]

    def guessed(self, targets: Targets, generator: np.random.Generator) -> Predictions:
        """Of no model, for targets that follow their pictures."""
        return self._module("predictions").guessed(targets, generator)  # type: ignore[no-any-return]

    def answers(
        self,
        names: Sequence[str],
        metrics: Mapping[str, float | None] = MappingProxyType({}),
        config: Mapping[str, Any] = MappingProxyType({}),
        layer: Any = None,
    ) -> Answers:
        """What the outputs of a model mean.

        Args:
            names: of its outputs; none: they are not known, and not asked for.
            metrics: of its trial, as recorded: what was decided on the validation split, as a threshold, is among them.
            config: of its trial, filled; none: it is not known.
            layer: its last one, Keras's, as :meth:`Head.exported` made it; ``None``: the model is not there.
        """
        return self._part("answers", tuple(names), metrics, config, layer)  # type: ignore[no-any-return]

    def _part(self, module: str, *given: Any) -> Any:
        return self._module(module).make(*given)

    def _module(self, name: str) -> Any:
        return importlib.import_module(f"{__package__}.{self.name}.{name}")
