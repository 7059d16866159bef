"""Evaluation: how a trial is judged where no one validation split does it, by folds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cnnsearch.errors import Problem
from cnnsearch.experiment.sections import Section

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["Evaluation", "evaluation_in_words", "fold_problems", "folds_in_words"]


class Evaluation(Section):
    """Cross-validation: a trial is trained once for each fold, on all others, and judged by that one.

    Training and validation pictures together are divided into folds that keep the shares of the classes, or of what the
    targets have in their place. A trial is judged, and stopped, by the mean. The test split has no part in it.

    Attributes:
        folds: that the pictures are divided into.
        repeats: times that this is done, each time by another draw.
    """

    folds: Annotated[int, Field(ge=2, le=100)]
    repeats: Annotated[int, Field(ge=1, le=100)] = 1

    @property
    def trainings(self) -> int:
        """Of one trial."""
        return self.folds * self.repeats

    def __str__(self) -> str:
        return folds_in_words(self.folds, self.repeats)


def folds_in_words(count: int, repeats: int = 1) -> str:
    """``5 folds``, or ``3 times 5 folds``."""
    return f"{count} folds" if repeats == 1 else f"{repeats} times {count} folds"


def evaluation_in_words(experiment: Experiment) -> str:
    """Empty where one validation split judges."""
    evaluation = experiment.evaluation
    if evaluation is None:
        return ""
    task = experiment.predicted
    thresholds = ", and so are thresholds that are searched" if task.decided or task.decided_of_all else ""
    return (
        f"each trial is judged by the mean over {evaluation} of the pictures for training and validation, so it trains "
        f"{evaluation.trainings} networks; dataset.validation holds none of them back; what scales pixels and targets "
        f"is measured on all of them, for all folds alike{thresholds}"
    )


def fold_problems(experiment: Experiment) -> Iterator[Problem]:
    """What of an experiment does not go together with folds."""
    evaluation = experiment.evaluation
    if evaluation is None:
        return
    if experiment.repeats > 1:
        rule = (
            f"trains each trial on several seeds, and evaluation trains it {evaluation.trainings} times already, each "
            "on a seed of its own: leave repeats out, or raise evaluation.repeats"
        )
        yield Problem("repeats", rule, experiment.repeats)
    if experiment.scheduler["name"] == "pbt":
        rule = "cannot be with scheduler 'pbt', whose trials take over weights: leave evaluation out"
        yield Problem("evaluation.folds", rule, evaluation.folds)
    elif experiment.final == "keep" and not experiment.budget.all:  # whose time may not do for the refit
        rule = (
            f"ships a model as it was trained, and each of the {evaluation.trainings} of a trial has left out some of "
            "the pictures: write refit, which trains the winner again on all of them, or leave final out"
        )
        yield Problem("final", rule, "keep")
