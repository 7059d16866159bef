"""Rules of ``stop`` that no trial can fulfil."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.errors import Problem

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["stop_problems"]


def stop_problems(experiment: Experiment) -> list[Problem]:
    """A target beyond the best that the metric can be, as 98 where shares were meant."""
    stop, objective = experiment.stop, experiment.objective
    if stop is None or stop.target is None or objective.bound is None:
        return []
    if objective.sign * stop.target <= objective.sign * objective.bound:
        return []
    most = "at most" if objective.mode == "max" else "at least"
    rule = f"must be {most} {objective.bound:g}, the best that {objective.metric} can be, or no trial ever reaches it"
    return [Problem("stop.target", rule, stop.target)]
