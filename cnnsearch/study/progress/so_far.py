"""What a sweep has come to where no trial has ended with a value: the best epoch of the trials in flight."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.numbers import score, setting
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.ranking import Ranking

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["SoFar", "so_far_in_words", "so_far_of", "without_best_in_words"]


@dataclass(frozen=True)
class SoFar:
    """The best epoch of trials that were interrupted, or still run. There is no model of it before they end.

    Attributes:
        trial: its number.
        value: the objective after that epoch.
        epoch: which one, counted from 1.
        epochs: how many the trial has told of.
        config: its point of the space.
        pictures: of the validation split; 0 where the record does not tell.
    """

    trial: int
    value: float
    epoch: int
    epochs: int
    config: dict[str, Any]
    pictures: int = 0

    @property
    def said(self) -> str:
        """The value, with the digits that the pictures bear."""
        return score(self.value, self.pictures)

    def to_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "pictures"}


def so_far_of(study: Study) -> SoFar | None:
    """Of the trials in flight; ``None`` where none has told of an epoch."""
    metric, ranking = study.experiment.objective.metric, Ranking.of(study.experiment)
    told = [
        (value, line)
        for line in study.epochs
        if line.trial in study.in_flight and (value := line.values.get(metric)) is not None
    ]
    if not told:
        return None
    value, best = max(told, key=lambda one: ranking.gain(one[0]))
    return SoFar(
        trial=best.trial,
        value=value,
        epoch=best.epoch,
        epochs=max(line.epoch for _, line in told if line.trial == best.trial),
        config=next(dict(line.config) for line in study.proposals if line.trial == best.trial),
        pictures=pictures_of(study, "validation"),
    )


def without_best_in_words(study: Study, by_minutes: bool) -> str:
    """Of a search that has ended before a trial gave a value; empty where there is a best trial, or a signal ended it.

    Args:
        study: whose.
        by_minutes: those of the budget were over.
    """
    if study.best is not None or study.interrupted:
        return ""
    if not by_minutes:
        return "the study has no best model: the search ended before a trial gave a value"
    minutes = setting(study.experiment.budget.minutes)
    return (
        f"the study has no best model: budget.minutes, {minutes}, were over before a trial gave a value; resume "
        "it with more of them"
    )


def so_far_in_words(study: Study) -> str:
    """Empty where a trial has ended with a value, or none is in flight."""
    if study.best is not None or not study.in_flight:
        return ""
    found = study.so_far
    if found is None:
        return "No trial has ended with a value, and none in flight has told of an epoch yet."
    metric = study.experiment.objective.metric
    return (
        f"No trial has ended with a value. The best {metric} so far is {found.said}, at "
        f"epoch {found.epoch} of trial {found.trial}, interrupted or still running after epoch {found.epochs}; "
        "there is no model of it before it ends."
    )
