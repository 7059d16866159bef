"""The winner: the trial that a study names, and the training of it that its model is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.study.record.lines import RefitLine, State
from cnnsearch.study.winner.replacement import refit_in_force

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["Best", "winner_of"]


@dataclass(frozen=True)
class Best:
    """The best trial of a study, and the training of it that ``best/`` holds.

    Attributes:
        trial: its number.
        state: ``COMPLETED``, or ``STOPPED`` where no trial completed.
        value: the objective at the best epoch.
        config: its point of the space.
        metrics: by name, as ``val_loss``, at the best epoch.
        cost: as :class:`~cnnsearch.training.TrialResult` has it.
        run: which of its runs as a finalist it is, the one with the median value; ``None``: the trial itself.
        reason: why its training ended at an epoch that does not count; ``None``: it did not.
        refit: of that training, on training and validation pictures together, or an ensemble that it is the first
            member of, whose model ``best/`` holds then; all numbers are of the training before. ``None``: there was
            none.
    """

    trial: int
    state: State
    value: float
    config: Mapping[str, Any]
    metrics: Mapping[str, float | None]
    cost: Mapping[str, float]
    run: int | None = None
    reason: str | None = None
    refit: RefitLine | None = None

    @property
    def decisive(self) -> Mapping[str, float | None]:
        """Metrics with what was decided for the model in ``best/``, as thresholds: an ensemble has its own."""
        return self.refit.metrics if self.refit is not None and self.refit.value is not None else self.metrics


def winner_of(study: Study) -> Best | None:
    """See :attr:`Study.best <cnnsearch.study.study.Study.best>`."""
    if not study.ranked:
        return None
    chosen = study.finals.chosen if study.finals else None
    first = next(record for record in study.ranked if chosen is None or record.trial == chosen.trial)
    told = first if chosen is None else chosen
    run = None if chosen is None else chosen.run
    return Best(
        trial=first.trial,
        state=first.state,
        value=told.best_value,
        config=first.config,
        metrics=told.metrics,
        cost=told.cost,
        run=run,
        reason=told.reason,
        refit=refit_in_force(study.refits, first.trial, run),
    )
