"""What the user is told of the space before the start."""

from __future__ import annotations

import logging

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.kept_space import space_remarks
from cnnsearch.experiment.problems.lengths import length_remarks
from cnnsearch.experiment.problems.mirrored import mirrored_remarks
from cnnsearch.experiment.problems.unread import unread_remarks

__all__ = ["tell_space"]

_LOG = logging.getLogger("cnnsearch")


def tell_space(experiment: Experiment) -> None:
    """Warn of constraints that change nothing or leave next to nothing, and of values that come to nothing."""
    unread = unread_remarks(experiment.space, experiment.searchable)
    for remark in (*space_remarks(experiment), *unread, *length_remarks(experiment), *mirrored_remarks(experiment)):
        _LOG.warning("%s", remark)
