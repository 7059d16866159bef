"""The refit: the winner is trained again on training and validation pictures together, and shipped. Without Ray."""

from __future__ import annotations

from functools import partial
from typing import Any

from cnnsearch.errors import SweepError
from cnnsearch.numbers import plural, times_in_words
from cnnsearch.search.jobs import RefitRun
from cnnsearch.search.turns.following import Given
from cnnsearch.search.turns.replacing import Replacing
from cnnsearch.space import Config
from cnnsearch.study import Study
from cnnsearch.study.record.lines import Ended, Reading
from cnnsearch.study.winner.refit import Refit, model_of_refit, planned_refit

__all__ = ["Refitting"]


class Refitting(Replacing[Refit]):
    """Trains the winner again. Arguments as of :class:`~cnnsearch.search.turns.replacing.Replacing`."""

    first_job = 2_000_000_000

    def _planned_for(self, study: Study) -> Refit | None:
        return planned_refit(study, self._experiment)

    def _refits(self, plan: Refit) -> tuple[Refit, ...]:
        return (plan,)

    def _begin(self, study: Study, plan: Refit) -> None:
        if study.best is None:
            raise SweepError("there is no winner to refit")
        self._train(dict(study.best.config), plan)

    def _train(self, config: Config, plan: Refit) -> None:
        seed = self._missed.get(plan.trial, plan.seed)
        self._add(config, partial(RefitRun, seed=seed, epochs=plan.epochs, times=plan.times))

    def _making(self, plan: Refit) -> str:
        together = f"all {self._pictures:,} training and validation pictures"
        longer = f", each {times_in_words(plan.times)} as long" if plan.times > 1 else ""
        return f"trial {plan.trial} is trained again on {together} for {plural(plan.epochs, 'epoch')}{longer}"

    def _file(self, plan: Refit) -> str:
        return model_of_refit(plan.trial, plan.run)

    def _about(self, plan: Refit) -> dict[str, Any]:  # noqa: ARG002 - there is nothing else
        return {}

    def _closed(self, number: int, given: Given, end: Ended | Reading) -> None:  # noqa: ARG002
        if not isinstance(end, Ended):
            raise SweepError("a worker read the test split in place of the refit")
        judged = self._judged(self._planned, given, end)
        if judged is None:
            self._train(given.config, self._planned)
        else:
            self._settle(judged, given.folder)
