"""Schedulers: Ray Tune's, by the names of the catalog."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ray.tune.schedulers import AsyncHyperBandScheduler, FIFOScheduler, MedianStoppingRule, TrialScheduler

from cnnsearch.search.schedulers.spec import milestones
from cnnsearch.table import Table

__all__ = ["OBJECTIVE", "SCHEDULER_FACTORIES", "TIME", "make_scheduler"]

OBJECTIVE = "objective"
"""Key of a report that schedulers compare: the objective after the last epoch; absent where the trial failed."""

TIME = "epoch"
"""Key of a report that schedulers count by. One call may train several epochs, so it is not Tune's iteration."""


class _MedianRule(MedianStoppingRule):
    """Ray's rule, which reads the objective of every result told at an end, but a failed trial has none."""

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        if OBJECTIVE in result:
            super().on_trial_complete(tune_controller, trial, result)


SCHEDULER_FACTORIES: Table[Callable[[Mapping[str, Any], int], TrialScheduler]] = Table("scheduler")
SCHEDULER_FACTORIES.add("none", lambda _options, _epochs: FIFOScheduler())
SCHEDULER_FACTORIES.add(
    "asha",
    # One bracket: with more, trials are dealt to brackets by the unseeded global generator.
    lambda options, epochs: AsyncHyperBandScheduler(
        time_attr=TIME,
        max_t=epochs,
        grace_period=options["grace_epochs"],
        reduction_factor=options["reduction"],
        brackets=1,
    ),
)
SCHEDULER_FACTORIES.add(
    "median",
    lambda options, _epochs: _MedianRule(
        time_attr=TIME,
        grace_period=options["grace_epochs"],
        min_samples_required=options["min_trials"],
        min_time_slice=math.inf,  # never pause a trial for one that waits: it would start again from its first epoch
    ),
)


def make_scheduler(options: Mapping[str, Any], epochs: int) -> TrialScheduler:
    """The scheduler of an experiment; one that would never decide within ``epochs`` is left out."""
    name = options["name"] if milestones(options["name"], options, epochs) else "none"
    return SCHEDULER_FACTORIES[name](options, epochs)
