"""The ways to make a model small that may be asked for: a student takes its place, it loses filters, then bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from cnnsearch.compression.distillation.spec import Distillation
from cnnsearch.errors import InputError, Problem, nearest

__all__ = ["EPOCHS", "KINDS", "MEASURES", "Ends", "Kind", "Measure", "Pruning", "Quantization", "Way", "ways_of"]

Kind = Literal["float16", "dynamic", "int8"]
Ends = Literal["float", "int8"]

KINDS: tuple[Kind, ...] = get_args(Kind)

Measure = Literal["l1", "batch_normalization"]

MEASURES: tuple[Measure, ...] = get_args(Measure)

EPOCHS = 10
"""Of training after pruning, where nobody says how many."""

_FACTOR = 0.1
"""Its learning rate over that of the trial, likewise: the network is to be mended, not found anew."""


@dataclass(frozen=True)
class Quantization:
    """A way to quantize.

    Attributes:
        kind: ``float16``: weights in half precision, computed in float32; ``dynamic``: weights in int8, activations
            quantized anew for each input; ``int8``: both in int8, all in integers.
        io: of ``int8``: whether what goes in and comes out is as of the float model, or int8 too.

    Raises:
        InputError: there is no such way.
    """

    kind: Kind
    io: Ends = "float"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(Problem("--quantize", f"unknown way; {nearest(self.kind, KINDS)}", self.kind))
        if self.io not in get_args(Ends):
            raise InputError(Problem("--io", f"must be one of {', '.join(get_args(Ends))}", self.io))
        if self.io == "int8" and self.kind != "int8":
            raise InputError(Problem("--io", f"int8 goes with --quantize int8, and this is {self.kind}", self.io))

    @property
    def name(self) -> str:
        """Of the file."""
        return f"{self.kind}-io" if self.io == "int8" else self.kind

    @property
    def needs_sample(self) -> bool:
        return self.kind == "int8"

    @property
    def told(self) -> dict[str, Any]:
        """As the record has it."""
        return {"quantize": self.kind, **({"io": self.io} if self.needs_sample else {})}


@dataclass(frozen=True)
class Pruning:
    """How a network loses filters, and is trained afterwards.

    Attributes:
        sparsity: share of the filters of each layer that go, above 0 and below 1.
        by: what tells which of them: ``l1``: the sum of a filter's absolute weights; ``batch_normalization``: the scale
            behind it.
        epochs: of training afterwards.
        learning_rate: of that training; ``None``: a tenth of the trial's.

    Raises:
        InputError: there is no such way.
    """

    sparsity: float
    by: Measure = "l1"
    epochs: int = EPOCHS
    learning_rate: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.sparsity < 1:
            rule = "must be a share of the filters of each layer, above 0 and below 1"
            raise InputError(Problem("--prune", rule, self.sparsity))
        if self.by not in MEASURES:
            raise InputError(Problem("--prune-by", f"unknown measure; {nearest(self.by, MEASURES)}", self.by))
        if self.epochs < 1:
            raise InputError(Problem("--epochs", "must be a number of epochs, 1 or more", self.epochs))
        if self.learning_rate is not None and not 0 < self.learning_rate < float("inf"):
            raise InputError(Problem("--learning-rate", "must be above 0", self.learning_rate))

    @property
    def name(self) -> str:
        """Of the file: in percent."""
        by = "" if self.by == "l1" else "-bn"
        return f"pruned-{100 * self.sparsity:g}{by}".replace(".", "-")

    @property
    def told(self) -> dict[str, Any]:
        """As the record has it."""
        rate = {} if self.learning_rate is None else {"learning_rate": self.learning_rate}
        return {"prune": self.sparsity, "by": self.by, "epochs": self.epochs, **rate}

    def rate(self, of_trial: float) -> float:
        """Learning rate of the training afterwards, where that of the trial was ``of_trial``."""
        return _FACTOR * of_trial if self.learning_rate is None else self.learning_rate


@dataclass(frozen=True)
class Way:
    """A smaller network is taught by the model, loses filters, then bits, or some of these.

    Attributes:
        prune: how it loses filters; ``None``: it keeps all of them.
        quantize: how it loses bits; ``None``: it stays in float32.
        distill: the student that takes its place first; ``None``: it is the best model itself.
    """

    prune: Pruning | None = None
    quantize: Quantization | None = None
    distill: Distillation | None = None

    @property
    def _steps(self) -> tuple[Distillation | Pruning | Quantization, ...]:
        """In their order."""
        return tuple(each for each in (self.distill, self.prune, self.quantize) if each is not None)

    @property
    def name(self) -> str:
        """Of the file."""
        return "-".join(each.name for each in self._steps)

    @property
    def needs_sample(self) -> bool:
        return self.quantize is not None and self.quantize.needs_sample

    @property
    def told(self) -> dict[str, Any]:
        """As the record has it."""
        return {key: value for each in self._steps for key, value in each.told.items()}

    def of_trial(self, learning_rate: float) -> dict[str, Any]:
        """The same of a trial with that learning rate: what training afterwards has is told in any case."""
        if self.prune is None:
            return self.told
        student = dict(self.distill.student) if self.distill else {}
        return {**self.told, "learning_rate": self.prune.rate(student.get("learning_rate", learning_rate))}


def ways_of(
    kinds: Sequence[str],
    io: str,
    shares: Sequence[float],
    by: str | None = None,
    epochs: int | None = None,
    learning_rate: float | None = None,
    distillations: Sequence[Distillation] = (),
) -> list[Way]:
    """What a command asks for, each way once: each share alone, and with each kind of bits, or these alone.

    Where there are students, all of it is made of each of them in place of the best model, and each student by itself;
    of one that is trained alone nothing else is made.

    Args:
        kinds: of quantization.
        io: of int8 alone; where that is not among the kinds it is refused.
        shares: of filters that go.
        by, epochs, learning_rate: as of :class:`~cnnsearch.compression.spec.Pruning`; ``None``: nobody says.
        distillations: students.

    Raises:
        InputError: there is no such way, or what is of pruning stands without it.
    """
    ends = {kind: io if kind == "int8" or "int8" not in kinds else "float" for kind in kinds}
    quantizations = [Quantization(kind, ends[kind]) for kind in ends]  # type: ignore[arg-type]  # which checks them
    asked = {"by": by, "epochs": epochs, "learning_rate": learning_rate}
    given = {key: value for key, value in asked.items() if value is not None}
    prunings = [Pruning(share, **given) for share in dict.fromkeys(shares)]  # type: ignore[arg-type]
    if not kinds and io != "float":
        raise InputError(Problem("--io", "goes with --quantize int8", io))
    if not prunings:
        _check_unused({"--prune-by": by, "--epochs": epochs, "--learning-rate": learning_rate})
    small = [Way(prune, quantize) for prune in prunings or (None,) for quantize in (None, *quantizations)]
    made = [way for way in small if way.name]
    if not distillations:
        return made
    of_student = {False: [Way(), *made], True: [Way()]}
    return [replace(way, distill=each) for each in distillations for way in of_student[each.is_alone]]


def _check_unused(given: Mapping[str, object]) -> None:
    for option, value in given.items():
        if value is not None:
            raise InputError(Problem(option, "goes with --prune", value))
