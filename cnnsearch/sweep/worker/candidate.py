"""What a training leaves in the study where it may be among the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.search.jobs import Training, TrialRun
from cnnsearch.study.fronts import dominates
from cnnsearch.study.predictions import left_at, to_bytes
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.store import Store

if TYPE_CHECKING:
    from cnnsearch.training.lockstep.running import Running
    from cnnsearch.training.result import TrialResult

__all__ = ["Candidate"]


class Candidate:
    """Weights and predictions of one training, at its best epoch so far.

    Args:
        job: whose they are.
        store: of the study.
        ranking: which training is better.
    """

    def __init__(self, job: Training, store: Store, ranking: Ranking) -> None:
        self._job = job
        self._store = store
        self._ranking = ranking
        self._kept_epoch: int | None = None

    def keep(self, trainer: Running, result: TrialResult) -> None:
        """Write what is wanted of it, before the result is told."""
        from cnnsearch.training.filter_ngrams import strongest_ngrams
        from cnnsearch.training.hidden_tokens import worst_hidden
        from cnnsearch.training.model_file import save_model

        if result.best_epoch == self._kept_epoch:
            return  # the best epoch, and so what lies there, is the same as at the last report
        # A finalist kept the limits in the search: each run of it is compared, and needs its model, though a latency
        # that is measured again may be above one.
        if isinstance(self._job, TrialRun) and self._ranking.broken(result.cost):
            return
        # Where the minutes are those of all, the next report may be its last, and count as if it had completed.
        may_count = trainer.end_reason is not None or trainer.experiment.budget.all
        place = self._ranking.place_now(self._job.number, may_count, trainer.value())
        bars = self._job.bars
        is_predicting, is_best = (bar is None or place > bar for bar in (bars.predictions, bars.best))
        vector = self._ranking.vector(trainer.value(), result.cost)
        is_best = is_best and vector is not None and not any(dominates(other, vector) for other in bars.front)
        model = trainer.export() if is_best else None
        if is_predicting and trainer.predictions is not None:
            hidden = None if model is None else worst_hidden(trainer, model)
            ngrams = None if model is None else strongest_ngrams(trainer, model)
            content = to_bytes(trainer.predictions, trainer.experiment.objective.metric, hidden, ngrams)
            self._store.write(left_at(self._job.folder), content)
        if model is not None:
            with self._store.new_file(f"{self._job.folder}/model.keras") as path:
                save_model(model, path)
        if is_predicting or is_best:
            # Kept at a rung below the bar of completed trials, it must be looked at again at the end.
            self._kept_epoch = result.best_epoch if is_predicting and is_best else None
