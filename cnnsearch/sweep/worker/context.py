"""What every worker of a sweep is given once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.data.folds import Folds
from cnnsearch.experiment import Experiment
from cnnsearch.own_code.source import OwnCode
from cnnsearch.study.clock import Clock
from cnnsearch.study.store import Store

if TYPE_CHECKING:
    from cnnsearch.sweep.stages.stages import Stages

__all__ = ["SweepContext"]


@dataclass(frozen=True)
class SweepContext:
    """What all jobs of a sweep have in common.

    Attributes:
        experiment: without arrays in memory; those come through the stages.
        stages: where preprocessed data comes from.
        store: of the study, seen by all nodes: there a worker leaves the weights of a trial that may be the best.
        code: of the user's own: a model family, a metric.
        clock: of the driver.
        folds: how the pictures are divided for each trial; ``None``: they are not.
    """

    experiment: Experiment
    stages: Stages
    store: Store
    code: OwnCode | None
    clock: Clock
    folds: Folds | None = None
