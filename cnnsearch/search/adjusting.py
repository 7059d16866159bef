"""A search whose minutes hold not even one trial: its trials get more threads, then fewer epochs, before the first one.

A trial that is cut has not had the small steps at the end of its schedule, and no refit mends that. So as long as one
trial, and the refit where one is asked for, do not end within the minutes, trials are made shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.pace import Pace
from cnnsearch.study.adjustment import Adjustment
from cnnsearch.study.forecast import MARGIN, READING, growth

__all__ = ["adjusted"]

_GAIN = 0.95
"""On more threads an epoch must take no more than this share of its time, or they are not worth their room."""


def adjusted(
    experiment: Experiment, pace_on: Callable[[int], Pace], most_threads: int
) -> tuple[Experiment, Adjustment | None]:
    """The experiment so that one trial ends within the minutes, and what was changed for that.

    The recommended config is the measure; others may take longer, and are cut where they do.

    Args:
        experiment: whose minutes are those of all trainings.
        pace_on: measures a trial on so many threads.
        most_threads: that a trial may have.

    Raises:
        InputError: its schedules cannot be shortened so far, as a warm-up that the space names is longer.
    """
    asked = pace_on(experiment.resources.cpus)
    if _fits(experiment, asked, experiment.epochs):
        return experiment, None
    pace = _faster(experiment, asked, pace_on(most_threads)) if most_threads > asked.threads else asked
    epochs = _epochs(experiment, pace)
    if (pace.threads, epochs) == (asked.threads, experiment.epochs):
        return experiment, None
    adjustment = Adjustment(
        seconds=asked.seconds(experiment.epochs),
        expected=pace.seconds(epochs),
        minutes=_minutes(experiment) / 60,
        cpus=(asked.threads, pace.threads),
        epochs=(experiment.epochs, epochs),
        refit=_refits(experiment) and epochs != experiment.epochs and _fits(experiment, pace, epochs),
    )
    found = experiment.updated({"epochs": epochs}) if epochs != experiment.epochs else experiment
    return found.model_copy(update={"resources": found.resources.on(pace.threads)}), adjustment


def _faster(experiment: Experiment, asked: Pace, widest: Pace) -> Pace:
    """The least threads with which everything fits; all of them where it does not, if that helps at all."""
    if widest.epoch > _GAIN * asked.epoch:
        return asked
    between = (asked.on(threads, widest) for threads in _doubled(asked.threads, widest.threads))
    return next((pace for pace in between if _fits(experiment, pace, experiment.epochs)), widest)


def _doubled(least: int, most: int) -> Iterator[int]:
    while (least := 2 * least) < most:
        yield least


def _epochs(experiment: Experiment, pace: Pace) -> int:
    """As many as there is time for, at most those that were asked for."""
    asked = experiment.epochs
    counts = range(asked, 0, -1)
    with_refit = next((count for count in counts if _fits(experiment, pace, count)), 0)
    # On training and validation pictures together these have no fewer steps than one plain training would have had.
    if with_refit == asked or (_refits(experiment) and with_refit * growth(experiment) >= asked):
        return with_refit
    return next((count for count in counts if _fits(experiment, pace, count, is_followed=False)), 1)


def _refits(experiment: Experiment) -> bool:
    return experiment.final == "refit"


def _fits(experiment: Experiment, pace: Pace, epochs: int, is_followed: bool = True) -> bool:
    """Whether a trial of so many epochs ends in time, and what is to take the place of its model, if that follows."""
    follows = growth(experiment) if is_followed and experiment.final != "keep" else 0.0
    again = follows * epochs * pace.epoch  # by a worker that is there, with the program of a trial
    return MARGIN * (pace.seconds(epochs) + again) + READING <= _minutes(experiment)


def _minutes(experiment: Experiment) -> float:
    """In seconds."""
    minutes = experiment.budget.minutes
    if minutes is None:
        raise ValueError("the experiment has no minutes")
    return 60 * minutes
