"""The contract of a task: what is predicted, and how it is judged. Outside of its folder it is known by this alone.

What a task declares, :class:`TaskSpec`, is light. Its other parts lie in modules of its folder that are imported when
they are first asked for: ``targets``, ``head``, ``predictions``, ``answers``, and ``fitted`` where a head can be fitted
in one step. Each has a function ``make`` that gives the part.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from cnnsearch.errors import Problem, TrialError
from cnnsearch.own_code.names import is_own_name
from cnnsearch.space.specs import Parameters

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.data.raw_labels import RawLabels, ReadTargets
    from cnnsearch.inputs.pictures.tiles import Tile
    from cnnsearch.space import Parameter

__all__ = [
    "Answer",
    "Answers",
    "Condensing",
    "Counting",
    "Ends",
    "Fitted",
    "Head",
    "Joining",
    "Judged",
    "Judging",
    "Located",
    "Metric",
    "Mistakes",
    "Mode",
    "Moving",
    "Outputs",
    "Pictured",
    "Placed",
    "Predictions",
    "Reads",
    "Strata",
    "Summed",
    "Targets",
    "TaskSpec",
    "Told",
    "UndefinedError",
    "Worst",
    "aim_of",
    "is_function",
    "metric_of",
    "output_number",
    "score_of",
    "split_name",
]

Mode = Literal["max", "min"]

Ends = Literal["softmax", "sigmoid", "linear"]

Reads = Literal["labels", "masks", "boxes"]

_VALIDATION = "val_"
"""What the name of a metric begins with where it is of the validation split."""


@dataclass(frozen=True)
class Metric:
    """A number by which predictions are judged.

    Attributes:
        name: as a record has it; of the validation split see :func:`aim_of`.
        mode: whether more or less of it is better; ``None``: nobody knows, as it is a function of the user's own.
        kind: ``share``: of the pictures; ``mean``: of one number a picture; ``corpus``: of all pictures together.
        doc: what it is, for whoever reads it for the first time.
        low, high: what it can be, both included.
    """

    name: str
    mode: Mode | None
    kind: Literal["share", "mean", "corpus"]
    doc: str = ""
    low: float = 0.0
    high: float = float("inf")


def is_function(name: str) -> bool:
    """Whether a metric, or an objective, is a function of the user's own."""
    return is_own_name(name)


def aim_of(name: str) -> str:
    """What a metric is called where it is of the validation split: ``val_NAME``, and a function as it is."""
    return name if is_function(name) else f"{_VALIDATION}{name}"


def metric_of(aim: str) -> str:
    """The inverse of :func:`aim_of`."""
    return aim if is_function(aim) else aim.removeprefix(_VALIDATION)


def output_number(names: Sequence[str], name: str) -> int | None:
    """Place of an output among all; two names that look alike, of composed letters or not, are one."""
    composed = unicodedata.normalize("NFC", name)
    return next((at for at, each in enumerate(names) if unicodedata.normalize("NFC", each) == composed), None)


def split_name(name: str) -> tuple[str, str | None]:
    """Of ``NAME[OUTPUT]`` both; of a metric of all outputs its name alone."""
    parts = re.fullmatch(r"(\w+)\[(.+)\]", name, re.DOTALL)
    return (parts[1], parts[2]) if parts else (name, None)


class UndefinedError(TrialError, ValueError):
    """A metric that these pictures, or this model's outputs, do not define."""


@dataclass(frozen=True)
class Outputs:
    """What a network ends in and what it is compared with: part of what a compiled program is known by.

    Attributes:
        width: numbers that the network gives for each picture, or for each place of one.
        shape, dtype: of the target of one picture at rest.
        constants: numbers of the training targets that the head has in it.
        places: ``(height, width)`` of the map that the network gives of a picture; empty: it gives one vector.
    """

    width: int
    shape: tuple[int, ...] = ()
    dtype: str = "int32"
    constants: tuple[float, ...] = ()
    places: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Strata:
    """Groups of pictures whose shares every split keeps.

    Attributes:
        members: ``(n,)`` stratum of each picture, counted from 0.
        names: of all strata.
        noun, plural: what a stratum is, for messages.
    """

    members: np.ndarray
    names: tuple[str, ...]
    noun: str
    plural: str


class Targets(Protocol):
    """What is to be predicted, at rest; it follows the inputs wherever they go.

    Attributes:
        values: ``(n, ...)``, one target a picture.
        names: what the outputs stand for.
    """

    @property
    def values(self) -> np.ndarray: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def outputs(self) -> Outputs:
        """Of a network that is trained on these."""

    @property
    def strata(self) -> Strata:
        """By which they are split."""

    def told(self, index: int) -> str:
        """One of them, in words."""

    def take(self, indices: np.ndarray) -> Targets:
        """Those of some pictures, in that order."""

    def at(self, indices: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:
        """``(k, ...)``: those of some pictures that are stretched to ``size``; ``None``: they stay as they are.

        Of what has no place in a picture its size says nothing.
        """

    def problems(self, given: np.ndarray | None) -> list[Problem]:
        """Why they cannot be learnt; ``given`` are the names of the splits ``(n,)`` where the source brings them."""

    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """What ``environment.json`` says of them, of JSON types; ``counts`` maps each split to name -> pictures.

        ``notes``, where there are any, are told before a result is trusted, a sentence each without its full stop.

        Args:
            splits: name -> indices.
        """

    def content(self) -> bytes:
        """Equal for equal values, on every machine: a part of the data's fingerprint."""


@dataclass(frozen=True)
class Judged:
    """What a head makes of a network's outputs, in the graph or in NumPy.

    Attributes:
        losses: ``(n,)``, without weights and without what is for training only.
        kept: name -> ``(n, ...)``, what predictions are made of.
        counts: name -> whole numbers of any shape, to be added up over pieces.
    """

    losses: Any
    kept: Mapping[str, Any]
    counts: Mapping[str, Any]


class Moving(Protocol):
    """How augmentation moved each picture of a batch.

    Attributes:
        size: height and width of the pictures.
    """

    @property
    def size(self) -> tuple[int, int]: ...

    def nearest(self, maps: Any, outside: Any) -> Any:
        """Maps of the pictures, ``(batch, height, width)``, moved with these.

        Args:
            maps: of any dtype; no value is mixed with another.
            outside: what they hold where a picture is filled with 0.
        """

    def hulls(self, boxes: Any) -> Any:
        """Around where the corners of boxes come to lie, not cut off at the edge of the picture.

        Args:
            boxes: ``(batch, m, 4)`` float32, left, top, right and bottom in pixels; the last two lie outside.
        """


class Head(Protocol):
    """All TensorFlow of a task, for one structure."""

    def value_shape(self, name: str) -> tuple[int, ...]:
        """Of a runtime parameter; ``()`` for one number."""

    def numbers(self, config: Mapping[str, Any], targets: np.ndarray) -> dict[str, Any]:
        """The task's runtime parameters that are no number in a config: name -> array of that shape.

        Args:
            config: filled.
            targets: of the training split.
        """

    def draws(self, config: Mapping[str, Any], targets: np.ndarray) -> np.ndarray | None:
        """How often each training picture is drawn in an epoch, relative to the others; ``None``: each once.

        Args:
            config, targets: as of :meth:`numbers`.
        """

    def losses(self, outputs: Any, targets: Any, values: Mapping[str, Any]) -> Any:
        """In training, ``(batch,)``.

        Args:
            outputs: of the network, ``(batch, width)`` float32; of a map ``(batch, height, width of it, width)``.
            targets: ``(batch, ...)``.
            values: runtime values that are active, by name.
        """

    def taught(self, outputs: Any, told: Any, temperature: Any) -> Any:
        """In training, ``(batch,)``: how far the outputs are from what another model tells of the same pictures.

        Asked of a task one of whose models can teach another one (:attr:`TaskSpec.teaches`) alone.

        Args:
            outputs: as of :meth:`losses`.
            told: what the exported model of another network gives, ``(batch, ...)``.
            temperature: by which logits are divided.
        """

    def mixed(self, targets: Any, others: Any, shares: Any) -> tuple[tuple[Any, Any], ...]:
        """What pictures that were mixed with others are compared with: targets, and the share of the loss of these.

        The first are also those that :meth:`sums` takes. Asked of a task that mixes (:attr:`TaskSpec.mixes`) alone.

        Args:
            targets, others: of the pictures, and of those that they were mixed with, ``(batch, ...)``.
            shares: how much of each picture is its own, ``(batch,)`` float32 from 0.5 to 1.
        """

    def moved(self, targets: Any, movement: Moving) -> Any:
        """Targets of pictures that augmentation has moved. Asked of a task whose targets follow alone.

        Args:
            targets: of the pictures as they were, ``(batch, ...)``; see :attr:`TaskSpec.follows`.
            movement: of each picture.
        """

    def sums(self, outputs: Any, targets: Any) -> tuple[Any, ...]:
        """One for each name of :attr:`TaskSpec.trained`, added up over a batch."""

    def judged(self, outputs: Any, targets: Any) -> Judged:
        """In validation; arguments as of :meth:`losses`."""

    def exported(self, outputs: Any) -> Any:
        """What an exported model gives, from the Keras tensor that its network gives: by one layer of Keras's."""

    def refused(self, outputs: np.ndarray) -> str | None:
        """Why what an untrained network gives, ``(n, width)``, is nothing that :meth:`losses` can take.

        In words that go on from the name of the network's family; ``None``: it may be.
        """


class Fitted(Protocol):
    """A head that scikit-learn fits in one step."""

    def weights(self, x: np.ndarray, y: np.ndarray, of: np.ndarray | None = None) -> list[np.ndarray]:
        """Kernel ``(features, width)`` and bias ``(width,)`` of a dense layer, float32; ``of`` pictures: ``(n,)``."""

    def judged(self, outputs: np.ndarray, y: np.ndarray) -> Judged:
        """As of :class:`Head`, in NumPy; ``outputs`` is ``(n, width)`` float64, and may be changed."""


@dataclass(frozen=True)
class Worst:
    """A prediction that is far from its target.

    Attributes:
        position: of the picture in the predictions.
        name: what it is, in words for the name of a file.
        told: what ``mistakes.json`` says of it.
    """

    position: int
    name: tuple[str, ...]
    told: dict[str, Any]


@dataclass(frozen=True)
class Mistakes:
    """Predictions that are not what they should be.

    Attributes:
        wrong: how many there are.
        worst: some of them, the worst first.
    """

    wrong: int
    worst: tuple[Worst, ...]


class Predictions(Protocol):
    """What a model gave for pictures whose targets are known; NumPy only."""

    def __len__(self) -> int: ...

    @property
    def fits(self) -> bool:
        """Whether there are some, and each is one that a model of the task can give for such a target."""

    def is_alike(self, other: Any) -> bool:
        """Whether the other ones are of the same pictures, so that the two can be compared one by one."""

    def take(self, indices: np.ndarray) -> Predictions:
        """Those of some pictures, which may be there several times; what was decided for all, as a threshold, stays."""

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray]:
        """Targets and predictions, as a metric of the user's takes them."""

    def scores(self, names: Iterable[str]) -> dict[str, float]:
        """Metric -> its value: any that :meth:`TaskSpec.metric` knows, and what :meth:`TaskSpec.decisions` names.

        Raises:
            UndefinedError: one is not defined on these pictures.
        """

    def per_item(self, metric: str) -> np.ndarray:
        """``(n,)``, of which a ``share`` or ``mean`` is the mean; of any other metric jackknife pseudo-values.

        Raises:
            UndefinedError: as of :meth:`scores`, also where one picture less would do.
        """

    def mistakes(self, most: int, names: Sequence[str]) -> Mistakes:
        """At most ``most`` of them; ``names`` as of the targets."""

    def details(self) -> dict[str, Any]:
        """What ``evaluate --json`` says beside the scores."""

    def to_arrays(self) -> dict[str, np.ndarray]:
        """What a study keeps; :meth:`TaskSpec.recorded` reads it."""


def score_of(predictions: Predictions, metric: str) -> float | None:
    """A metric of some predictions; ``None``: they do not define it, as where a class has no picture among them."""
    try:
        return predictions.scores([metric])[metric]
    except UndefinedError:
        return None


@runtime_checkable
class Placed(Protocol):
    """Targets that have places in their pictures.

    Attributes:
        notes: what was left out of them, or changed, a sentence each.
    """

    @property
    def notes(self) -> tuple[str, ...]: ...

    def placed(self, sizes: np.ndarray, name: Callable[[int], str]) -> Targets:
        """These, once it is known how large their pictures are.

        Args:
            sizes: ``(n, 2)``, height and width of the pictures as they are.
            name: of a picture, by its index.

        Raises:
            InputError: some are none of their pictures.
        """


@runtime_checkable
class Judging(Protocol):
    """Targets of which some pictures may have nothing to judge by."""

    @property
    def nothing_to_judge(self) -> str | None:
        """Why no metric has a number on these; ``None``: they have."""


@runtime_checkable
class Located(Protocol):
    """An answer that tells places in its picture."""

    def within(self, size: tuple[int, int], of: tuple[int, int]) -> Answer:
        """The same in a picture as it lies.

        Args:
            size: height and width of the picture.
            of: those to which it was stretched for the network.
        """


@runtime_checkable
class Joining(Protocol):
    """Answers that tell places, so that those of a picture's tiles make one of all of it."""

    def joined(self, parts: Sequence[tuple[Tile, Answer]]) -> Answer:
        """Of all tiles of a picture."""


@runtime_checkable
class Pictured(Protocol):
    """An answer that can be seen as a picture."""

    def picture(self, size: tuple[int, int]) -> bytes:
        """A PNG file, stretched to ``size``, height and width of the picture that it is of."""


@runtime_checkable
class Summed(Protocol):
    """Predictions whose metrics follow from a few numbers a picture, as the counts of a mask's pixels."""

    @property
    def numbers(self) -> int:
        """All that a metric is computed from."""


@runtime_checkable
class Counting(Protocol):
    """Predictions some of whose metrics are shares of some of the pictures, as the recall of one class."""

    def counted_for(self, metric: str) -> np.ndarray | None:
        """Which of those pictures count, ``(k,)`` booleans whose mean is the metric; ``None``: it is no such share."""


class Answer(Protocol):
    """What is told of one picture."""

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types."""

    def cells(self, top: int) -> tuple[str, ...]:
        """In a table with :attr:`Answers.columns`; ``top`` is how many answers are wanted where there are several."""


@dataclass(frozen=True)
class Told:
    """Predictions in words: sentences, then a table."""

    lines: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Answers(Protocol):
    """What an exported model's outputs mean."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings of :meth:`Answer.cells`."""

    @property
    def decided(self) -> dict[str, Any]:
        """What whoever reads the outputs without cnnsearch must know beside their names, as thresholds; JSON types."""

    def problem(self, shape: Any) -> tuple[str, Any] | None:
        """Why a model whose output has this shape, ``(None, ...)``, is none of this task; and the value to show."""

    def of(self, output: np.ndarray) -> Answer:
        """Of one picture."""

    def predictions(self, targets: np.ndarray, outputs: np.ndarray) -> Predictions:
        """Of pictures whose targets are known."""

    def told(self, predictions: Predictions) -> Told:
        """For people."""


@runtime_checkable
class Condensing(Protocol):
    """Answers that keep far less of a model's outputs than these take, as masks of the probabilities of all classes."""

    def condensed(self, targets: np.ndarray, outputs: np.ndarray) -> Mapping[str, np.ndarray]:
        """Name -> ``(k, ...)``, what predictions are made of; arguments as of :meth:`Answers.predictions`."""

    def of_condensed(self, targets: np.ndarray, condensed: Mapping[str, np.ndarray]) -> Predictions:
        """Of pictures whose parts were condensed, and put together."""


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
        kept: names of what its heads keep of each picture (:attr:`Judged.kept`); all else of an evaluation is counted.
        needs: the features that its head takes of a network, as a family gives them (:attr:`FamilySpec.gives`).
        follows: whether its targets have places in their pictures, so that what moves a picture moves them.
        reads: what its sources must bring of each picture.
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
    kept: tuple[str, ...] = ("probabilities",)
    needs: str = "vector"
    follows: bool = False
    reads: Reads = "labels"

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
