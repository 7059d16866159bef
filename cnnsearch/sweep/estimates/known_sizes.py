"""What is known of the models of configs before they are trained, on the data of a sweep."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping

import numpy as np

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.stages import shape_of
from cnnsearch.errors import Problem, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.costs import cost_in_units
from cnnsearch.families import find_family
from cnnsearch.networks.sizes import as_held
from cnnsearch.search.held import Sizes
from cnnsearch.space import Config

__all__ = ["known_sizes", "limit_problems", "tell_uncounted"]

_LOG = logging.getLogger("cnnsearch")

_DRAWS = 500


def known_sizes(experiment: Experiment, dataset: Dataset) -> Sizes:
    """From a config to what a trial's cost will say of its model, as far as its family tells it without TensorFlow."""

    def sizes(config: Config) -> Mapping[str, float]:
        try:
            return _sizes(experiment, dataset, config)
        except TrialError:  # no such network can be: its trial tells
            return {}

    return sizes


def _sizes(experiment: Experiment, dataset: Dataset, config: Config) -> Mapping[str, float]:
    """As of :func:`known_sizes`.

    Raises:
        TrialError: the network cannot be.
    """
    filled = experiment.filled(config)
    shape = shape_of(dataset.pictures, filled)
    if shape is None or experiment.family.reads_texts:  # how many tokens there are shows when the vocabulary is learnt
        return {}
    held = as_held(filled, experiment.active)
    return find_family(experiment.model).cost(held, shape, dataset.targets.outputs.width) or {}


def _drawn(experiment: Experiment, dataset: Dataset) -> Iterator[Mapping[str, float]]:
    """What is known of the models of random configs, of those that can be."""
    rng = np.random.default_rng(experiment.seed)
    for _ in range(_DRAWS):
        with contextlib.suppress(TrialError):
            yield _sizes(experiment, dataset, experiment.space.sample(rng))


def limit_problems(experiment: Experiment, dataset: Dataset) -> list[Problem]:
    """Whether none of many random configs keeps the limits that are known before training."""
    limits = experiment.limits
    if limits is None or not limits.known_before:
        return []
    costs = []
    for cost in _drawn(experiment, dataset):
        if limits.excess(cost) == 0:
            return []  # what is not known may keep them
        costs.append(cost)
    if not costs:
        return []
    nearest = min(costs, key=limits.excess)
    rule = f"none of {len(costs)} random configs keeps them; the nearest breaks {' and '.join(limits.broken(nearest))}"
    return [Problem("limits", f"{rule}: let the space have smaller models, or raise the limit")]


def tell_uncounted(experiment: Experiment, dataset: Dataset) -> None:
    """Say which limits may cost a trial where they are broken, as the size of a model is told by its code alone."""
    limits = experiment.limits
    if limits is None or not limits.known_before:
        return
    costs = list(_drawn(experiment, dataset))
    missing = {name: sum(cost_in_units(name, cost) is None for cost in costs) for name in limits.known_before}
    uncounted = [f"limits.{name}" for name, count in missing.items() if count]
    if uncounted:
        _LOG.warning(
            "%s: %s models of '%s' are counted when they are built: a config that breaks such a limit costs a trial, "
            "which ends before it is trained",
            " and ".join(uncounted),
            "the" if all(count in (0, len(costs)) for count in missing.values()) else "some",
            experiment.model,
        )
