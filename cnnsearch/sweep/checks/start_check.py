"""Whether what a search begins with can be built on its pictures, and keeps its limits."""

from __future__ import annotations

import logging

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.stages import shape_of
from cnnsearch.errors import InputError, Problem, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.start import StartConfig
from cnnsearch.families import find_family
from cnnsearch.space import Config
from cnnsearch.sweep.estimates.known_sizes import known_sizes, tell_uncounted

__all__ = ["with_possible_starts"]

_LOG = logging.getLogger("cnnsearch")


def with_possible_starts(experiment: Experiment, dataset: Dataset) -> Experiment:
    """The experiment without configs to begin with that its pictures are too small for, or that break its limits.

    A warning tells of each. Of families that build a network to count its weights, nothing is asked: their trial tells.

    Raises:
        InputError: one that the user wrote cannot be built, or breaks a limit.
    """
    tell_uncounted(experiment, dataset)
    kept, problems = [], []
    for start in experiment.start:
        reason = _reason(experiment, dataset, start.config) if isinstance(start, StartConfig) else None
        if reason is None and isinstance(start, StartConfig):
            reason = _broken(experiment, dataset, start.config)
        if reason is None or not isinstance(start, StartConfig):
            kept.append(start)
        elif (start.origin or "").startswith("start."):
            problems.append(Problem(str(start.origin), reason))
        else:
            _LOG.warning("start: %s is left out: %s", start.origin, reason)
    if problems:
        raise InputError(problems)
    return experiment.model_copy(update={"start": tuple(kept)})


def _reason(experiment: Experiment, dataset: Dataset, config: Config) -> str | None:
    """Why a config cannot be built; ``None`` where it can."""
    filled = experiment.filled(config)
    if experiment.family.is_own or experiment.family.is_frozen(filled):
        return None
    shape = shape_of(dataset.pictures, filled)
    if shape is None:
        return None
    try:
        find_family(experiment.model).count(filled, shape, dataset.targets.outputs.width)
    except TrialError as error:
        return str(error)
    return None


def _broken(experiment: Experiment, dataset: Dataset, config: Config) -> str | None:
    """Which limits a config breaks, as far as that is known before training; ``None``: none."""
    if experiment.limits is None:
        return None
    broken = experiment.limits.broken(known_sizes(experiment, dataset)(config))
    return f"breaks {' and '.join(broken)}" if broken else None
