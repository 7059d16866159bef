"""The ways to make a model small that may be asked for: a student takes its place, it loses filters, then bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from cnnsearch.compression.distillation.spec import Distillation
from cnnsearch.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = [
    "EPOCHS",
    "FULL",
    "KINDS",
    "MEASURES",
    "Ends",
    "Kind",
    "Measure",
    "Pruning",
    "Quantization",
    "TrialTraining",
    "Way",
    "ways_of",
]

Kind = Literal["float16", "dynamic", "int8", "qat", "onnx-int8"]
Ends = Literal["float", "int8"]

KINDS: tuple[Kind, ...] = get_args(Kind)

FULL: frozenset[str] = frozenset({"int8", "qat"})
"""Of these all is computed in integers."""

Measure = Literal["l1", "batch_normalization"]

MEASURES: tuple[Measure, ...] = get_args(Measure)

EPOCHS = 10
"""Of training after pruning, or for int8, where nobody says how many."""

_FACTOR = 0.1
"""Its learning rate over that of the trial, likewise: the network is to be mended, not found anew."""

_FACTOR_OF_BACKBONE = 0.01
"""The same of a training for int8 of a backbone: the trial's rate was chosen for a new head. Batch normalisation, which
would forgive large steps, is folded."""


@dataclass(frozen=True)
class TrialTraining:
    """How the trial was trained whose model is compressed.

    Attributes:
        learning_rate, epochs: of it.
        has_backbone: its network has a backbone with weights from elsewhere, which it may have frozen.
    """

    learning_rate: float
    epochs: int
    has_backbone: bool = False

    @classmethod
    def of(cls, experiment: Experiment, config: Mapping[str, Any]) -> TrialTraining:
        """``config``: filled."""
        return cls(config["learning_rate"], experiment.epochs, experiment.family.is_frozen(config))


@dataclass(frozen=True)
class Quantization:
    """A way to quantize.

    Attributes:
        kind: ``float16``: weights in half precision, computed in float32; ``dynamic``: weights in int8, activations
            quantized anew for each input; ``int8``: both in int8, all in integers; ``qat``: the same after training
            that knows of it; ``onnx-int8``: both in int8, for ONNX Runtime instead of LiteRT.
        io: of ``int8`` and ``qat``: whether what goes in and comes out is as of the float model, or int8 too.
        epochs: of the training of ``qat``.
        learning_rate: of that training; ``None``: a tenth of the trial's, of one with a backbone a hundredth.

    Raises:
        InputError: there is no such way.
    """

    kind: Kind
    io: Ends = "float"
    epochs: int = EPOCHS
    learning_rate: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(Problem("--quantize", f"unknown way; {nearest(self.kind, KINDS)}", self.kind))
        if self.io not in get_args(Ends):
            raise InputError(Problem("--io", f"must be one of {', '.join(get_args(Ends))}", self.io))
        if self.io == "int8" and not self.is_full:
            raise InputError(Problem("--io", f"int8 goes with --quantize int8, and this is {self.kind}", self.io))
        _check_training(self.epochs, self.learning_rate)

    @property
    def name(self) -> str:
        """Of the file."""
        return f"{self.kind}-io" if self.io == "int8" else self.kind

    @property
    def is_full(self) -> bool:
        """Whether all is computed in integers."""
        return self.kind in FULL

    @property
    def is_onnx(self) -> bool:
        """Whether its file is one of ONNX."""
        return self.kind == "onnx-int8"

    @property
    def needs_sample(self) -> bool:
        """Whether training inputs tell how large its integers become."""
        return self.is_full or self.is_onnx

    @property
    def is_trained(self) -> bool:
        """Whether the network is trained for it."""
        return self.kind == "qat"

    @property
    def told(self) -> dict[str, Any]:
        """As the record has it."""
        training = _told_training(self.epochs, self.learning_rate) if self.is_trained else {}
        return {"quantize": self.kind, **({"io": self.io} if self.is_full else {}), **training}

    @property
    def option(self) -> tuple[str, str]:
        """Of the command: what is asked for, and its value."""
        return "--quantize", self.kind

    def rate(self, trial: TrialTraining) -> float:
        """Learning rate of its training."""
        return _rate(self.learning_rate, trial, _FACTOR_OF_BACKBONE if trial.has_backbone else _FACTOR)


@dataclass(frozen=True)
class Pruning:
    """How a network loses filters, or single weights, and is trained on.

    Attributes:
        sparsity: share of the filters of each layer that go, or of its weights, above 0 and below 1.
        by: what tells which of them: ``l1``: the sum of a filter's absolute weights; ``batch_normalization``: the scale
            behind it. Of weights those of the least absolute values go.
        epochs: of training afterwards, or while weights go.
        learning_rate: of that training; ``None``: a tenth of the trial's.
        structured: whole filters go, so that the network is built smaller; else weights become 0.

    Raises:
        InputError: there is no such way.
    """

    sparsity: float
    by: Measure = "l1"
    epochs: int = EPOCHS
    learning_rate: float | None = None
    structured: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.sparsity < 1:
            what = "filters" if self.structured else "weights"
            rule = f"must be a share of the {what} of each layer, above 0 and below 1"
            raise InputError(Problem("--prune", rule, self.sparsity))
        if self.by not in MEASURES:
            raise InputError(Problem("--prune-by", f"unknown measure; {nearest(self.by, MEASURES)}", self.by))
        if self.by != "l1" and not self.structured:
            rule = "is of filters: of single weights those of the least absolute values go"
            raise InputError(Problem("--prune-by", rule, self.by))
        _check_training(self.epochs, self.learning_rate)

    @property
    def name(self) -> str:
        """Of the file: in percent."""
        by = "" if self.by == "l1" else "-bn"
        return f"{'pruned' if self.structured else 'sparse'}-{100 * self.sparsity:g}{by}".replace(".", "-")

    @property
    def told(self) -> dict[str, Any]:
        """As the record has it."""
        which = {"by": self.by} if self.structured else {"structured": False}
        return {"prune": self.sparsity, **which, **_told_training(self.epochs, self.learning_rate)}

    @property
    def option(self) -> tuple[str, float]:
        """Of the command: what is asked for, and its value."""
        return "--prune", self.sparsity

    def rate(self, trial: TrialTraining) -> float:
        """Learning rate of the training afterwards."""
        return _rate(self.learning_rate, trial, _FACTOR)


def _check_training(epochs: int, learning_rate: float | None) -> None:
    if epochs < 1:
        raise InputError(Problem("--epochs", "must be a number of epochs, 1 or more", epochs))
    if learning_rate is not None and not 0 < learning_rate < float("inf"):
        raise InputError(Problem("--learning-rate", "must be above 0", learning_rate))


def _told_training(epochs: int, learning_rate: float | None) -> dict[str, Any]:
    return {"epochs": epochs, **({} if learning_rate is None else {"learning_rate": learning_rate})}


def _rate(asked: float | None, trial: TrialTraining, factor: float) -> float:
    return factor * trial.learning_rate if asked is None else asked


@dataclass(frozen=True)
class Way:
    """A smaller network is taught by the model, loses filters or weights, then bits, or some of these.

    Attributes:
        prune: how it loses filters or weights; ``None``: it keeps all of them.
        quantize: how it loses bits; ``None``: it stays in float32.
        distill: the student that takes its place first; ``None``: it is the best model itself.
        seeds: how often all of it is trained, each time on a seed of its own; the file is that of the first.

    Raises:
        InputError: one of these would undo the one before, or nothing is trained that could be several times.
    """

    prune: Pruning | None = None
    quantize: Quantization | None = None
    distill: Distillation | None = None
    seeds: int = 1

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise InputError(Problem("--seeds", "must be a number of trainings, 1 or more", self.seeds))
        if self.seeds > 1 and not self.is_trained:
            rule = f"goes with what is trained, as --prune, and {self.name} is not"
            raise InputError(Problem("--seeds", rule, self.seeds))
        if self.aware is not None and self.prune is not None and not self.prune.structured:
            rule = "trains all weights, so those that are 0 would not stay so: int8 keeps them, and so does dynamic"
            raise InputError(Problem("--quantize", rule, "qat"))

    @property
    def _steps(self) -> tuple[Distillation | Pruning | Quantization, ...]:
        """In their order."""
        return tuple(each for each in (self.distill, self.prune, self.quantize) if each is not None)

    @property
    def name(self) -> str:
        """Of the file."""
        return "-".join(each.name for each in self._steps)

    @property
    def is_trained(self) -> bool:
        """Whether a network is trained for it."""
        return self.distill is not None or self.prune is not None or self.aware is not None

    @property
    def needs_sample(self) -> bool:
        return self.quantize is not None and self.quantize.needs_sample

    @property
    def is_onnx(self) -> bool:
        """Whether its file is one of ONNX, else of LiteRT."""
        return self.quantize is not None and self.quantize.is_onnx

    @property
    def aware(self) -> Quantization | None:
        """How it loses bits, where the network is trained for that."""
        return self.quantize if self.quantize is not None and self.quantize.is_trained else None

    @property
    def told(self) -> dict[str, Any]:
        """As the record has it."""
        found = {key: value for each in self._steps for key, value in each.told.items()}
        return found if self.seeds == 1 else {**found, "seeds": self.seeds}

    def of_trial(self, trial: TrialTraining) -> dict[str, Any]:
        """The same of the model of a trial: what trainings have is told in any case."""
        found = self.told
        if self.distill is not None:
            found["student_epochs"] = self.distill.epochs_after(trial.epochs)
            rate = dict(self.distill.student).get("learning_rate", trial.learning_rate)
            trial = replace(trial, learning_rate=rate)
        rates = [each.rate(trial) for each in (self.prune, self.aware) if each is not None]
        if rates:
            found["learning_rate"] = rates[0]
        if rates[1:] not in ([], rates[:1]):
            found["qat_learning_rate"] = rates[1]
        return found


def ways_of(
    kinds: Sequence[str],
    io: str,
    shares: Sequence[float],
    by: str | None = None,
    epochs: int | None = None,
    learning_rate: float | None = None,
    distillations: Sequence[Distillation] = (),
    structured: bool = True,
    seeds: int | None = None,
) -> list[Way]:
    """What a command asks for, each way once: each share alone, and with each kind of bits, or these alone.

    Where there are students, all of it is made of each of them in place of the best model, and each student by itself;
    of one that is trained alone nothing else is made.

    Args:
        kinds: of quantization.
        io: of those in integers alone; where none of them is among the kinds it is refused.
        shares: of filters that go, or of weights.
        by: as of :class:`~cnnsearch.compression.spec.Pruning`; ``None``: nobody says.
        epochs, learning_rate: of each training, without the filters and for int8, likewise.
        distillations: students.
        structured: filters go; else single weights.
        seeds: trainings of each that is trained; ``None``: nobody says.

    Raises:
        InputError: there is no such way, or what is of pruning or of training stands without it.
    """
    ends = {kind: io if kind in FULL or FULL.isdisjoint(kinds) else "float" for kind in kinds}
    training = _said({"epochs": epochs, "learning_rate": learning_rate})
    # Both check what they are given.
    quantizations = [Quantization(kind, ends[kind], **(training if kind == "qat" else {})) for kind in ends]  # type: ignore[arg-type]
    which = {**_said({"by": by}), "structured": structured}
    prunings = [Pruning(share, **training, **which) for share in dict.fromkeys(shares)]
    if not kinds and io != "float":
        raise InputError(Problem("--io", "goes with --quantize int8", io))
    if not prunings:
        _check_unused({"--prune-by": by, "--unstructured": None if structured else True}, "--prune")
        if not any(each.is_trained for each in quantizations):
            _check_unused({"--epochs": epochs, "--learning-rate": learning_rate}, "--prune, or --quantize qat")
    small = [Way(prune, quantize) for prune in prunings or (None,) for quantize in (None, *quantizations)]
    made = [way for way in small if way.name]
    if distillations:
        of_student = {False: [Way(), *made], True: [Way()]}
        made = [replace(way, distill=each) for each in distillations for way in of_student[each.is_alone]]
    if seeds is None:
        return made
    if not any(way.is_trained for way in made):
        _check_unused({"--seeds": seeds}, "--prune, --distill, or --quantize qat")
    return [replace(way, seeds=seeds) if way.is_trained else way for way in made]


def _said(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value is not None}


def _check_unused(given: Mapping[str, object], goes_with: str) -> None:
    for option, value in _said(given).items():
        raise InputError(Problem(option, f"goes with {goes_with}", value))
