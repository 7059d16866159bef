"""Student: the experiment and the config that a smaller network is trained by, out of those of the best model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.compression.distillation.spec import Distillation
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.problems.students import student_problems, teaching_problem
from cnnsearch.own_code.source import changes, read_code
from cnnsearch.space import Space

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Student", "check_code", "student_of"]


@dataclass(frozen=True)
class Student:
    """What a student is trained by.

    Attributes:
        experiment: that of the best model, but of this one config, so that what it sets is read, and of the student's
            epochs and seed, which is that of what follows on it too.
        config: every parameter with its value.
    """

    experiment: Experiment
    config: Mapping[str, Any]


def student_of(experiment: Experiment, config: Mapping[str, Any], way: Distillation) -> Student:
    """The student that is asked for.

    Args:
        experiment, config: of the best model.
        way: in what the student differs.

    Raises:
        InputError: a parameter is unknown, has no such value or does nothing, or the task has nothing to teach.
    """
    told = dict(way.student)
    problems = [] if (rule := teaching_problem(experiment, way.temperature)) is None else [Problem("--distill", rule)]
    problems += student_problems(experiment, told, "--distill", config)
    if problems:
        raise InputError(problems)
    given = {**config, **told}
    epochs = way.epochs_after(experiment.epochs)
    changed = {"space": Space(_as_written(given)), "epochs": epochs, "limits": None, "compression": ()}
    changed |= {} if way.seed is None else {"seed": way.seed}
    own = experiment.model_copy(update=changed)
    filled = own.filled(given)
    if epochs <= filled["warmup_epochs"]:
        rule = "must be more than warmup_epochs, in which its learning rate rises"
        raise InputError(Problem("--student-epochs", f"{rule}: {filled['warmup_epochs']:g}", epochs))
    return Student(own, filled)


def check_code(study: Study, permit: Callable[[], None]) -> None:
    """Before a family of the user's own builds a student: its code may be imported, and is that of the best model.

    Args:
        study: of the best model.
        permit: raises where the code must not be imported.

    Raises:
        InputError: it is other code now.
    """
    own, known = study.experiment.own_code, study.environment.get("code", {})
    if "model" not in own:
        return
    permit()
    if known and (found := changes(known, read_code(own).digests)):
        rule = f"builds a student by the model's code, which is not what the study was run with: {', '.join(found)}"
        raise InputError(Problem("--distill", rule))


def _as_written(config: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in config.items()}
