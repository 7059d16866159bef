"""What is wrong with a student: a network that differs from a model of an experiment in some parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import Problem
from cnnsearch.experiment.problems.crossed import cross_problems
from cnnsearch.space.values import thaw

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["student_problems", "teaching_problem"]

_INPUTS = ("image_size", "tokens", "vocabulary_size", "text_length", "word_vectors")
"""Parameters that say what a network takes."""


def teaching_problem(experiment: Experiment, temperature: float | None) -> str | None:
    """Why no model of an experiment can teach another one so; ``None``: it can."""
    task = experiment.predicted
    if task.teaches is None:
        return f"teaches probabilities of classes or labels, or numbers, and task '{task.name}' tells neither"
    if task.teaches == "numbers" and temperature is not None:
        return "softens probabilities, and this task tells numbers: leave temperature out"
    return None


def student_problems(
    experiment: Experiment,
    student: Mapping[str, Any],
    where: str,
    config: Mapping[str, Any] | None = None,
) -> Iterator[Problem]:
    """What of a student is no parameter, has no such value, or does nothing.

    Args:
        experiment: of the best model.
        student: parameter -> value, where it differs from that model.
        where: that stands, for messages.
        config: of the best model; left out, it may be any of the space.
    """
    for name in _INPUTS:
        same = config is not None and name in config and config[name] == student.get(name)
        if name in student and not same:
            rule = "must stay what it is of the best model, whose inputs a compressed one takes: leave it out"
            yield Problem(f"{where}.{name}", rule, thaw(student[name]))
    fitted = experiment.predicted.fits
    head = student.get("head", None if config is None else config.get("head"))
    if head in fitted:
        rule = "is fitted to the targets in one step, and nothing can teach it: the student needs head: dense"
        yield Problem(f"{where}.head", rule, head)
    known = _problems(experiment, _base(experiment, config))
    for problem in _problems(experiment, {**_base(experiment, config), **student}):
        section, _, rest = problem.where.partition(".")
        of_student = section != "space" or rest.partition(".")[0] in student
        # What the best model has, and the student does not read any more, is no mistake of anybody.
        if problem not in known and of_student:
            yield Problem(f"{where}.{rest}" if section == "space" else problem.where, problem.rule, problem.value)


def _problems(experiment: Experiment, space: Mapping[str, Any]) -> Sequence[Problem]:
    given = {name: thaw(value) for name, value in space.items()}
    return cross_problems({**experiment.to_dict(), "constraints": [], "space": given})


def _base(experiment: Experiment, config: Mapping[str, Any] | None) -> dict[str, Any]:
    """The space of the best model: its config, or all that it may be, under no conditions."""
    if config is not None:
        return dict(config)
    return {name: _unconditional(parameter.to_dict()) for name, parameter in experiment.space.items()}


def _unconditional(given: Any) -> Any:
    return {key: value for key, value in given.items() if key != "when"} if isinstance(given, Mapping) else given
