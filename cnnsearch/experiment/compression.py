"""The section ``compression``: what is made of the best model for a device when the sweep is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from cnnsearch.compression.choosing.spec import Asked, Cost, asked_of, shares_between
from cnnsearch.compression.distillation.spec import WEIGHT, Distillation, distillations_of
from cnnsearch.compression.spec import EPOCHS, FULL, Ends, Kind, Measure, Pruning, Way, ways_of
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.sections import Section

__all__ = ["Compression", "Distill", "Prune", "ways_in"]


def _listed(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


_Share = Annotated[float, Field(gt=0.0, lt=1.0)]


class Prune(Section):
    """Filters are removed, the network is built anew without them, and trained on; or single weights become 0.

    Attributes:
        sparsity: share of the filters of each layer that go, or of its weights, or several of these.
        step: the shares are all from the first of two to the second, so far from each other; left out, those alone.
        structured: whole filters go; else single weights become 0, the least by their absolute values.
        by: what tells which filters: ``l1``, the sum of their absolute weights, or ``batch_normalization``, the scale
            behind them.
        epochs: of training without them; of single weights, while they go too.
        learning_rate: of that training; left out, a tenth of the trial's.
    """

    sparsity: Annotated[tuple[_Share, ...], BeforeValidator(_listed), Field(min_length=1, strict=False)]
    step: float | None = None
    structured: bool = True
    by: Measure = "l1"
    epochs: Annotated[int, Field(ge=1, le=100_000)] = EPOCHS
    learning_rate: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None

    def model_post_init(self, _: Any) -> None:
        try:
            share, *_ = self.shares  # which looks at the step
        except InputError as error:
            raise carrying([Problem("step", each.rule, each.value) for each in error.problems]) from None
        try:
            Pruning(share, self.by, structured=self.structured)
        except InputError as error:
            raise carrying([Problem("by", each.rule, each.value) for each in error.problems]) from None

    @property
    def shares(self) -> tuple[float, ...]:
        return self.sparsity if self.step is None else shares_between(self.sparsity, self.step)


class Distill(Section):
    """A smaller network learns what the best model tells, beside the targets.

    Attributes:
        student: parameters in which it differs from the best model, as ``{filters: 8}``.
        temperature: by which logits are divided, so that small probabilities count; left out, 4. Of numbers there is
            none.
        weight: share of the loss that goes by the best model.
        epochs: of its training; left out, those of a trial.
        alone: train it without the best model too, to see what that teaches.
        seed: of its weights and draws, also when it is trained on; left out, the experiment's.
    """

    student: dict[str, Any]
    temperature: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    weight: Annotated[float, Field(gt=0.0, le=1.0)] = WEIGHT
    epochs: Annotated[int, Field(ge=1, le=100_000)] | None = None
    alone: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None

    def model_post_init(self, _: Any) -> None:
        try:
            self.distillations  # noqa: B018 - which looks at the values
        except InputError as error:
            found = [
                ("student" + each.where.removeprefix("--distill").replace(" ", "."), each) for each in error.problems
            ]
            raise carrying([Problem(where, each.rule, each.value) for where, each in found]) from None

    @property
    def distillations(self) -> list[Distillation]:
        """One, and itself alone where that is asked for."""
        return distillations_of(
            [self.student], self.temperature, self.weight, self.epochs, alone=self.alone, seed=self.seed
        )


class Compression(Section):
    """A way to make the best model small, or a chain: a student is pruned, and what is pruned is quantized then.

    Attributes:
        distill: the student that takes its place; left out, it is compressed itself.
        prune: which filters or weights are removed first; left out, none.
        quantize: ``float16``, ``dynamic``, ``int8``, ``qat`` (int8 after training that knows of it) or ``onnx-int8``
            (int8 for ONNX Runtime), or several of these; left out, it stays in float32.
        io: of ``int8`` and ``qat``: ``float``, it takes and gives what the float model does; ``int8``: integers.
        epochs: of the training of ``qat``; left out, 10. After ``prune`` its own number holds for both trainings.
        learning_rate: of that training; left out, a tenth of the trial's, of ``transfer`` a hundredth.
        seeds: trainings of each that is trained, on seeds of their own; left out, one. The file is that of the first,
            and what is lost the mean of all.
        lose: one of what is made is chosen: of those whose metric is at most so much worse than the float model's the
            smallest; left out, none is.
        then: ``bytes``, where left out: the smallest of these; ``gzipped``: when packed; ``latency``: the fastest.
        trials: shares of ``sparsity`` that are tried at most where one is chosen; left out, 6. Where there are more the
            most that may go is found by halving.
    """

    distill: Distill | None = None
    prune: Prune | None = None
    quantize: Annotated[tuple[Kind, ...], BeforeValidator(_listed), Field(strict=False)] = ()
    io: Ends = "float"
    epochs: Annotated[int, Field(ge=1, le=100_000)] | None = None
    learning_rate: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    seeds: Annotated[int, Field(ge=1, le=1000)] | None = None
    lose: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] | None = None
    then: Cost | None = None
    trials: Annotated[int, Field(ge=1)] | None = None

    def model_post_init(self, _: Any) -> None:
        if self.distill is None and self.prune is None and not self.quantize:
            raise carrying([Problem("", "needs quantize, prune or distill, as {quantize: int8}")])
        if self.io == "int8" and FULL.isdisjoint(self.quantize):
            raise carrying([Problem("io", "goes with quantize: int8", self.io)])
        for key, value in (("epochs", self.epochs), ("learning_rate", self.learning_rate)):
            if value is not None and "qat" not in self.quantize:
                raise carrying([Problem(key, "goes with quantize: qat; of pruning it stands in prune", value)])
            if value is not None and self.prune is not None:
                raise carrying([Problem(key, "stands in prune, and holds for both trainings", value)])
        given = {"then": self.then, "trials": self.trials}
        if self.lose is None and (unused := [key for key, value in given.items() if value is not None]):
            raise carrying([Problem(key, "goes with lose", given[key]) for key in unused])
        try:
            self.asked  # noqa: B018 - which looks at what goes together
        except InputError as error:
            found = [Problem(each.where.removeprefix("--"), each.rule, each.value) for each in error.problems]
            raise carrying(found) from None

    @property
    def ways(self) -> list[Way]:
        """Each share alone, and with each kind of bits, or these alone; all of it of each student, if there is one."""
        students = () if self.distill is None else self.distill.distillations
        if self.prune is None:
            own = self.epochs, self.learning_rate
            return ways_of(self.quantize, self.io, (), None, *own, students, seeds=self.seeds)
        asked = self.prune
        training = asked.epochs, asked.learning_rate
        by = asked.by if asked.structured else None
        which = asked.structured, self.seeds
        return ways_of(self.quantize, self.io, asked.shares, by, *training, students, *which)

    @property
    def asked(self) -> Asked:
        return asked_of(self.ways, self.lose, self.then, self.trials)


def ways_in(sections: Sequence[Compression]) -> list[Way]:
    """All that are asked for, each once: a chain begins with what may stand for itself too."""
    return list(dict.fromkeys(way for section in sections for way in section.ways))
