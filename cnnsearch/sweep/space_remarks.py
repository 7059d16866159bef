"""What the user is told of the space before the start."""

from __future__ import annotations

import logging

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.kept_space import space_remarks

__all__ = ["tell_constraints"]

_LOG = logging.getLogger("cnnsearch")


def tell_constraints(experiment: Experiment) -> None:
    """Warn of constraints that change nothing, or leave next to nothing."""
    for remark in space_remarks(experiment):
        _LOG.warning("%s", remark)
