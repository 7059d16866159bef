"""A search whose minutes hold not even one trial: its trials get more threads, then fewer epochs, before the first one.

A trial that is cut has not had the small steps at the end of its schedule, and no refit mends that. So as long as one
trial, and the refit where one is asked for, do not end within the minutes, trials are made shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.pace import Pace
from cnnsearch.study.progress.adjustment import Adjustment
from cnnsearch.study.progress.after_search import READING, growth, report_seconds
from cnnsearch.study.progress.forecast import MARGIN

__all__ = ["adjusted"]

_GAIN = 0.95
"""On more threads an epoch must take no more than this share of its time, or they are not worth their room."""

_MEASURING = 0.5
"""Of the minutes: when these are over no more threads are tried, which takes as long as the first measuring did."""


def adjusted(
    experiment: Experiment, pace_on: Callable[[int], Pace], most_threads: int, spent: Callable[[], float]
) -> tuple[Experiment, Adjustment | None]:
    """The experiment so that one trial ends within the minutes, and what was changed for that.

    The recommended config is the measure; others may take longer, and are cut where they do.

    Args:
        experiment: whose minutes are those of all trainings.
        pace_on: measures a trial on so many threads.
        most_threads: that a trial may have.
        spent: seconds of the minutes that are over when it is called: measuring takes some too.

    Raises:
        InputError: its schedules cannot be shortened so far, as a warm-up that the space names is longer.
    """
    asked = pace_on(experiment.resources.cpus)
    left = _Time(experiment, spent())
    if left.fits(asked, experiment.epochs):
        return experiment, None
    has_time = left.spent <= _MEASURING * 60 * left.minutes
    widest = pace_on(most_threads) if most_threads > asked.threads and has_time else asked
    left = _Time(experiment, spent())
    pace = _faster(left, asked, widest)
    epochs = _epochs(left, pace)
    if (pace.threads, epochs) == (asked.threads, experiment.epochs):
        return experiment, None
    adjustment = Adjustment(
        seconds=asked.seconds(experiment.epochs),
        expected=pace.seconds(epochs),
        minutes=left.minutes,
        cpus=(asked.threads, pace.threads),
        epochs=(experiment.epochs, epochs),
        refit=left.refits and epochs != experiment.epochs and left.fits(pace, epochs),
    )
    found = experiment.updated({"epochs": epochs}) if epochs != experiment.epochs else experiment
    return found.model_copy(update={"resources": found.resources.on(pace.threads)}), adjustment


@dataclass(frozen=True)
class _Time:
    """What the minutes have room for.

    Attributes:
        experiment: whose minutes they are.
        spent: seconds of them that are over.
    """

    experiment: Experiment
    spent: float

    @property
    def minutes(self) -> float:
        """All of them.

        Raises:
            ValueError: the experiment has none.
        """
        minutes = self.experiment.budget.minutes
        if minutes is None:
            raise ValueError("the experiment has no minutes")
        return minutes

    @property
    def refits(self) -> bool:
        """Whether the winner is to be trained again."""
        return self.experiment.final == "refit"

    def fits(self, pace: Pace, epochs: int, is_followed: bool = True) -> bool:
        """Whether a trial of so many epochs ends in time, and what is to take the place of its model, if it follows."""
        follows = growth(self.experiment) if is_followed and self.experiment.final != "keep" else 0.0
        again = follows * epochs * pace.epoch  # by a worker that is there, with the program of a trial
        left = 60 * self.minutes - report_seconds(self.experiment, trials=1) - self.spent
        return MARGIN * (pace.seconds(epochs) + again) + READING <= left


def _faster(left: _Time, asked: Pace, widest: Pace) -> Pace:
    """The least threads with which everything fits; all of them where it does not, if that helps at all."""
    if widest.epoch > _GAIN * asked.epoch:
        return asked
    between = (asked.on(threads, widest) for threads in _doubled(asked.threads, widest.threads))
    return next((pace for pace in between if left.fits(pace, left.experiment.epochs)), widest)


def _doubled(least: int, most: int) -> Iterator[int]:
    while (least := 2 * least) < most:
        yield least


def _epochs(left: _Time, pace: Pace) -> int:
    """As many as there is time for, at most those that were asked for."""
    asked = left.experiment.epochs
    counts = range(asked, 0, -1)
    with_refit = next((count for count in counts if left.fits(pace, count)), 0)
    # On training and validation pictures together these have no fewer steps than one plain training would have had.
    if with_refit == asked or (left.refits and with_refit * growth(left.experiment) >= asked):
        return with_refit
    return next((count for count in counts if left.fits(pace, count, is_followed=False)), 1)
