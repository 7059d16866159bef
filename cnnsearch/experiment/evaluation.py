"""Evaluation: how a trial is judged where no one validation split does it, by folds; and how a whole search is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cnnsearch.errors import Problem
from cnnsearch.experiment.recorded import UNASKED
from cnnsearch.experiment.sections import Section

if TYPE_CHECKING:
    from cnnsearch.data.sources.spec import Source
    from cnnsearch.experiment.experiment import Experiment

__all__ = [
    "CrossValidation",
    "Evaluation",
    "evaluation_in_words",
    "fold_problems",
    "folds_in_words",
    "without_test_split",
]


@dataclass(frozen=True)
class CrossValidation:
    """How each trial is judged by folds.

    Attributes:
        folds: that the pictures are divided into.
        repeats: times that this is done, each time by another draw.
    """

    folds: int
    repeats: int = 1

    @property
    def trainings(self) -> int:
        """Of one trial."""
        return self.folds * self.repeats

    def __str__(self) -> str:
        return folds_in_words(self.folds, self.repeats)


class Evaluation(Section):
    """Cross-validation: a trial is trained once for each fold, on all others, and judged by that one.

    Training and validation pictures together are divided into folds that keep the shares of the classes, or of what the
    targets have in their place. A trial is judged, and stopped, by the mean. The test split has no part in it.

    With outer folds it is nested: a whole search runs on all of them but one, for each of them, and its winner is
    evaluated on that one.

    Attributes:
        folds: that the pictures are divided into; left out beside outer, a validation split judges each trial.
        repeats: times that this is done, each time by another draw.
        outer: outer folds of nested cross-validation: so many searches, each of the whole budget, and one on all.
        outer_fold: the only one that is held out, counted from 1: one of these searches alone; written by cnnsearch.
    """

    folds: Annotated[int, Field(ge=2, le=100)] | None = None
    repeats: Annotated[int, Field(ge=1, le=100)] = 1
    outer: Annotated[int, Field(ge=2, le=100)] | None = None
    outer_fold: Annotated[Annotated[int, Field(ge=1, le=100)] | None, UNASKED] = None

    @property
    def cross_validation(self) -> CrossValidation | None:
        """Of each trial."""
        return None if self.folds is None else CrossValidation(self.folds, self.repeats)

    @property
    def searches(self) -> int:
        """On outer folds, that come before the search on all pictures."""
        return self.outer if self.outer is not None and self.outer_fold is None else 0


def folds_in_words(count: int, repeats: int = 1) -> str:
    """``5 folds``, or ``3 times 5 folds``."""
    return f"{count} folds" if repeats == 1 else f"{repeats} times {count} folds"


def evaluation_in_words(experiment: Experiment) -> str:
    """Empty where one validation split judges."""
    return "; ".join(text for text in (_nested_in_words(experiment), _folded_in_words(experiment)) if text)


def _nested_in_words(experiment: Experiment) -> str:
    evaluation = experiment.evaluation
    if evaluation is None or evaluation.outer is None:
        return ""
    if evaluation.outer_fold is not None:
        return (
            f"this search is one of nested cross-validation: it never sees outer fold {evaluation.outer_fold} of "
            f"{evaluation.outer}, by which its winner is judged once"
        )
    return (
        f"nested cross-validation: a whole search runs {evaluation.outer} times, each time without one outer fold, by "
        "which its winner is judged, and then once on all pictures; each search has the whole budget"
    )


def _folded_in_words(experiment: Experiment) -> str:
    folds = experiment.cross_validation
    if folds is None:
        return ""
    task = experiment.predicted
    thresholds = ", and so are thresholds that are searched" if task.decided or task.decided_of_all else ""
    return (
        f"each trial is judged by the mean over {folds} of the pictures for training and validation, so it trains "
        f"{folds.trainings} networks; dataset.validation holds none of them back; what scales pixels and targets "
        f"is measured on all of them, for all folds alike{thresholds}"
    )


def without_test_split(source: Source, evaluation: Evaluation | None) -> Source:
    """The data, of which nothing is drawn for the test where outer folds are that, unless somebody asks for it."""
    if evaluation is None or evaluation.outer is None or "test" in source.model_fields_set:
        return source
    return source.model_copy(update={"test": 0.0})


def fold_problems(experiment: Experiment) -> Iterator[Problem]:
    """What of an experiment does not go together with folds."""
    yield from _incomplete(experiment)
    folds = experiment.cross_validation
    if folds is None:
        return
    if experiment.repeats > 1:
        rule = (
            f"trains each trial on several seeds, and evaluation trains it {folds.trainings} times already, each "
            "on a seed of its own: leave repeats out, or raise evaluation.repeats"
        )
        yield Problem("repeats", rule, experiment.repeats)
    if experiment.scheduler["name"] == "pbt":
        rule = "cannot be with scheduler 'pbt', whose trials take over weights: leave evaluation out"
        yield Problem("evaluation.folds", rule, folds.folds)
    elif experiment.final == "keep" and not experiment.budget.all:  # whose time may not do for the refit
        rule = (
            f"ships a model as it was trained, and each of the {folds.trainings} of a trial has left out some of "
            "the pictures: write refit, which trains the winner again on all of them, or leave final out"
        )
        yield Problem("final", rule, "keep")


def _incomplete(experiment: Experiment) -> Iterator[Problem]:
    """Keys of the section that need others, or stand beside what takes their place."""
    evaluation = experiment.evaluation
    if evaluation is None:
        return
    outer, held = evaluation.outer, evaluation.outer_fold
    if evaluation.folds is None and outer is None:
        yield Problem("evaluation.folds", "is missing: a number of folds, or evaluation.outer, or both")
    elif evaluation.folds is None and evaluation.repeats > 1:
        rule = "divides the pictures into folds again and again, and there are none: write evaluation.folds too"
        yield Problem("evaluation.repeats", rule, evaluation.repeats)
    if held is not None and (outer is None or held > outer):
        rule = "needs evaluation.outer" if outer is None else f"must be no more than evaluation.outer, {outer}"
        yield Problem("evaluation.outer_fold", rule, held)
    if outer is not None and experiment.dataset.test > 0:
        rule = "holds pictures back from every search, and with evaluation.outer each picture is held out once"
        yield Problem("dataset.test", f"{rule}: leave it out, or write 0", experiment.dataset.test)
