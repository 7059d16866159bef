"""What may be asked of distillation: which student, and how much of what it learns the teacher tells."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.space import freeze, shown
from cnnsearch.space.values import VALUE_RULE, is_value

__all__ = ["TEMPERATURE", "WEIGHT", "Distillation", "distillations_of"]

TEMPERATURE = 4.0
"""Where nobody says which: of the range from 2.5 to 4 that Hinton, Vinyals, Dean 2015 found best for small students."""

WEIGHT = 0.9
"""Likewise: by the targets goes what is left, which must be the smaller part (the same paper)."""

_LONGEST = 100
"""Letters of a name."""


@dataclass(frozen=True)
class Distillation:
    """A student, and how it is taught.

    Attributes:
        student: name and value of each parameter in which it differs from the best model.
        temperature: by which logits of both are divided, above 0; ``None``: :data:`TEMPERATURE`, or where the task
            tells numbers none.
        weight: share of the loss that goes by the teacher, 0 to 1; 0: it is trained alone, to be compared with.
        epochs: that it is trained; ``None``: as many as a trial.
        seed: of its weights and all else that is drawn, also when it is trained on; ``None``: the experiment's.

    Raises:
        InputError: there is no such way.
    """

    student: tuple[tuple[str, Any], ...]
    temperature: float | None = None
    weight: float = WEIGHT
    epochs: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        if not self.student:
            rule = "must name a parameter in which the student differs from the best model, as filters=8"
            raise InputError(Problem("--distill", rule))
        for name, value in self.student:
            if not is_value(value):
                raise InputError(Problem(f"--distill {name}", f"must be {VALUE_RULE}", shown(value)))
        if self.temperature is not None and not 0 < self.temperature < float("inf"):
            raise InputError(Problem("--temperature", "must be above 0", self.temperature))
        if not 0 <= self.weight <= 1:
            raise InputError(Problem("--weight", "must be a share of the loss, above 0 and at most 1", self.weight))
        if self.epochs is not None and self.epochs < 1:
            raise InputError(Problem("--student-epochs", "must be a number of epochs, 1 or more", self.epochs))
        if self.seed is not None and not 0 <= self.seed < 2**32:
            raise InputError(Problem("--student-seed", "must be a whole number from 0 to 4294967295", self.seed))

    @property
    def is_alone(self) -> bool:
        """Whether nobody teaches it."""
        return self.weight == 0

    @property
    def name(self) -> str:
        """Of the file: what differs from a student that is taught as usual."""
        strengths = [] if self.temperature is None else [("temperature", f"{self.temperature:g}")]
        strengths += [] if self.weight in (0, WEIGHT) else [("weight", f"{self.weight:g}")]
        strengths += [] if self.seed is None else [("seed", str(self.seed))]
        parts = [each for pair in (*self.student, *strengths) for each in pair]
        return _short("-".join(filter(None, map(_plain, ("alone" if self.is_alone else "distilled", *parts)))))

    @property
    def told(self) -> dict[str, Any]:
        """As the record has it."""
        given = {"temperature": self.temperature, "student_epochs": self.epochs, "student_seed": self.seed}
        named = {name: value for name, value in given.items() if value is not None}
        return {"distill": self.student_in_words, "weight": self.weight, **named}

    def epochs_after(self, of_trial: int) -> int:
        """Of its training, where a trial has ``of_trial``."""
        return of_trial if self.epochs is None else self.epochs

    @property
    def student_in_words(self) -> str:
        """``filters=8, conv_blocks=2``."""
        return ", ".join(f"{name}={shown(value)}" for name, value in self.student)


def distillations_of(
    students: Sequence[Mapping[str, Any]],
    temperature: float | None = None,
    weight: float | None = None,
    epochs: int | None = None,
    alone: bool = False,
    seed: int | None = None,
) -> list[Distillation]:
    """What a command asks for, each student once.

    Args:
        students: of each, parameter -> value.
        temperature, weight, epochs, seed: as of :class:`Distillation`; a weight of 0 teaches nothing, and is refused.
            ``None``: nobody says.
        alone: train each of them without the teacher too, right behind it.

    Raises:
        InputError: there is no such way, or what is of distillation stands without it.
    """
    asked = {"--temperature": temperature, "--weight": weight, "--student-epochs": epochs, "--student-seed": seed}
    for option, value in {**asked, "--alone": alone or None}.items():
        if value is not None and not students:
            raise InputError(Problem(option, "goes with --distill", value))
    if weight == 0:
        rule = "must be above 0: to see what a student learns without the teacher, ask for it alone too"
        raise InputError(Problem("--weight", rule, weight))
    found: list[Distillation] = []
    for student in students:
        named = tuple((str(name), freeze(value)) for name, value in student.items())
        found.append(Distillation(named, temperature, WEIGHT if weight is None else weight, epochs, seed))
        found += [Distillation(named, None, 0.0, epochs, seed)] if alone else []
    return list(dict.fromkeys(found))


def _plain(value: Any) -> str:
    """What of a value may stand in the name of a file."""
    told = "-".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return re.sub("[^a-z0-9]+", "-", told.lower()).strip("-")


def _short(name: str) -> str:
    """Cut where it is too long for a file; what is cut off is told by a digest."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9].strip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
