"""TensorBoard: scalars of every epoch and HParams, in event files that TensorFlow need not be imported for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, final

from tensorboardX import SummaryWriter
from tensorboardX.summary import hparams

from cnnsearch.study.record.lines import EpochLine, TrialLine
from cnnsearch.sweep.tracking.tracker import Tracker, scalars, tracked

__all__ = ["TensorBoardTracker"]


@final
class TensorBoardTracker(Tracker):
    """Writes ``folder/study/000007``, one folder a trial, which TensorBoard calls a run.

    Args:
        folder: what ``tensorboard --logdir`` is given.
        study: name of the study's folder.
    """

    def __init__(self, folder: str, study: str) -> None:
        self._folder = os.path.join(folder, study)
        self._writers: dict[int, SummaryWriter] = {}

    def epochs(self, trial: int, _: Mapping[str, Any], lines: Sequence[EpochLine]) -> None:
        writer = self._writer(trial)
        for line in lines:
            for name, value, time in scalars(line):
                writer.add_scalar(name, value, line.epoch, time)
        writer.flush()

    def end(self, line: TrialLine) -> None:
        writer = self._writer(line.trial)
        metrics = {f"best/{tracked(name)}": value for name, value in line.metrics.items() if value is not None}
        config = {name: _flat(value) for name, value in line.config.items()}
        for summary in hparams({**config, "state": line.state}, metrics):
            writer.file_writer.add_summary(summary)
        for name, value in metrics.items():
            writer.add_scalar(name, value, line.best_epoch, line.ended)
        self._writers.pop(line.trial).close()

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _writer(self, trial: int) -> SummaryWriter:
        if trial not in self._writers:
            self._writers[trial] = SummaryWriter(os.path.join(self._folder, f"{trial:06d}"))
        return self._writers[trial]


def _flat(value: Any) -> Any:
    """HParams knows text, numbers and booleans."""
    return value if isinstance(value, (str, bool, int, float)) else str(value)
