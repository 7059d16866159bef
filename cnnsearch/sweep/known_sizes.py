"""What is known of the models of configs before they are trained, on the data of a sweep."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.stages import size_of
from cnnsearch.errors import Problem, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.search.held import Sizes
from cnnsearch.space import Config

__all__ = ["known_sizes", "limit_problems", "tell_uncounted"]

_LOG = logging.getLogger("cnnsearch")

_DRAWS = 500
_COUNTED = {"parameters": "parameters", "model_mb": "model_bytes", "macs": "macs", "gpu_memory_gb": "gpu_memory_bytes"}


def known_sizes(experiment: Experiment, dataset: Dataset) -> Sizes:
    """From a config to what a trial's cost will say of its model, as far as its family tells it without TensorFlow."""
    family, shape = find_family(experiment.model), dataset.pictures.shape
    channels, width = dataset.pictures.channels, dataset.targets.outputs.width

    def sizes(config: Config) -> Mapping[str, float]:
        filled = experiment.filled(config)
        size = size_of(filled) or shape
        if size is None:
            return {}
        try:
            return family.cost(filled, (*size, channels), width) or {}
        except TrialError:  # no such network can be: its trial tells
            return {}

    return sizes


def limit_problems(experiment: Experiment, dataset: Dataset) -> list[Problem]:
    """Whether none of many random configs keeps the limits that are known before training."""
    limits = experiment.limits
    if limits is None or not limits.known_before:
        return []
    rng, sizes = np.random.default_rng(experiment.seed), known_sizes(experiment, dataset)
    costs = []
    for _ in range(_DRAWS):
        cost = sizes(experiment.space.sample(rng))
        if not cost or limits.excess(cost) == 0:
            return []  # what is not known may keep them
        costs.append(cost)
    nearest = min(costs, key=limits.excess)
    rule = f"none of {_DRAWS} random configs keeps them; the nearest breaks {' and '.join(limits.broken(nearest))}"
    return [Problem("limits", f"{rule}: let the space have smaller models, or raise the limit")]


def tell_uncounted(experiment: Experiment, dataset: Dataset) -> None:
    """Say which limits cost a trial where they are broken, as the size of a model is told by its code alone."""
    limits = experiment.limits
    if limits is None or not limits.known_before:
        return
    rng = np.random.default_rng(experiment.seed)
    known = known_sizes(experiment, dataset)(experiment.space.sample(rng))
    uncounted = [f"limits.{name}" for name in limits.known_before if _COUNTED[name] not in known]
    if uncounted:
        _LOG.warning(
            "%s: the models of '%s' are counted when they are built: a config that breaks it costs a trial, which ends "
            "before it is trained",
            " and ".join(uncounted),
            experiment.model,
        )
