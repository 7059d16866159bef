"""Folded: what is made of a trial under cross-validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cnnsearch.data.folds import Fold
from cnnsearch.data.stages import Pixels
from cnnsearch.experiment import Experiment
from cnnsearch.tasks.contract.metrics import aim_of
from cnnsearch.tasks.contract.predictions import Predictions, score_of
from cnnsearch.training.result import EpochResult, TrialResult
from cnnsearch.training.trainer import Trainer

__all__ = ["Folded"]


class Folded:
    """A trial is judged on every picture by the one training of a partition that did not see it.

    Metrics are means over the folds. One that some fold does not define, and what is decided on validation pictures, as
    a threshold, follow from the predictions of all pictures together. Of several partitions these are those of the one
    with the median value.

    Args:
        experiment: what is searched.
        config: filled.
        pixels: all pictures.
        folds: one for each training, partition after partition.
    """

    noun = "fold"

    def __init__(
        self, experiment: Experiment, config: Mapping[str, Any], pixels: Pixels, folds: Sequence[Fold]
    ) -> None:
        self._task = experiment.predicted
        self._objective = experiment.objective.metric
        self._sign = experiment.objective.sign
        self._config = config
        self._pixels = pixels
        self._folds = folds
        # Each partition judges every picture once.
        partitions = sum(len(fold.validation) for fold in folds) // len(pixels.y_train)
        self._count = len(folds) // partitions
        self._told: tuple[int, Predictions] | None = None

    def epoch(self, mean: EpochResult, values: tuple[float, ...]) -> EpochResult:
        """See :class:`~cnnsearch.training.lockstep.lockstep.Gathering`."""
        return replace(mean, folds=values)

    def remember(self, runs: Sequence[Trainer], median: int) -> None:
        """Likewise. All tell of their pictures; weights are kept of one, as there may be many."""
        for number, run in enumerate(runs):
            run.remember(weights=number == median)

    def predictions(self, runs: Sequence[Trainer], best: EpochResult, median: int) -> Predictions:  # noqa: ARG002
        """Likewise: of all pictures in their order, each by the training that did not see it."""
        if self._told is None or self._told[0] != best.epoch:
            self._told = best.epoch, self._out_of_fold(runs, self._partition(best))
        return self._told[1]

    def result(self, runs: Sequence[Trainer], best: EpochResult, median: int) -> TrialResult:
        """Likewise."""
        told, predictions = [run.result() for run in runs], self.predictions(runs, best, median)
        metrics = self._metrics([each.metrics or {} for each in told], predictions)
        return replace(told[median], metrics=metrics, predictions=predictions, folds=best.folds)

    def _metrics(self, told: Sequence[Mapping[str, float | None]], predictions: Predictions) -> dict[str, float | None]:
        """Of what each training told, and of all pictures together."""
        decisions = self._task.decisions(self._pixels.names)
        judged = {aim_of(name): name for name in (*self._task.judged_by(self._objective), *decisions)}
        decided = set(map(aim_of, decisions))
        found: dict[str, float | None] = {}
        for aim in told[0]:
            values = [value for each in told if (value := each[aim]) is not None]
            is_mean = aim not in decided and len(values) == len(told)
            found[aim] = float(np.mean(values)) if is_mean else score_of(predictions, judged[aim])
        return found

    def _partition(self, best: EpochResult) -> slice:
        """The trainings of the partition with the median value, of two the worse one."""
        count = self._count
        means = [float(np.mean(best.folds[at : at + count])) for at in range(0, len(self._folds), count)]
        order = sorted(range(len(means)), key=lambda number: self._sign * means[number])
        first = order[(len(order) - 1) // 2] * count
        return slice(first, first + count)

    def _out_of_fold(self, runs: Sequence[Trainer], partition: slice) -> Predictions:
        """What the trainings of a partition told, each of its own pictures."""
        parts = list(zip(runs[partition], self._folds[partition], strict=True))
        y, judged = self._pixels.y_train, {}
        for name, first in parts[0][0].judged.items():
            if name not in self._task.kept:
                judged[name] = np.sum([run.judged[name] for run, _ in parts], axis=0)
                continue
            judged[name] = np.empty((len(y), *first.shape[1:]), first.dtype)
            for run, fold in parts:
                judged[name][fold.validation] = run.judged[name]
        return self._task.predictions(y, judged, self._pixels.names, self._config)
