"""What is known of a model before it is trained, and whether it is small enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.networks.sizes import as_held, bytes_a_parameter, cost_of_weights
from cnnsearch.training.checks.memory import check_memory
from cnnsearch.training.checks.size_limits import check_size
from cnnsearch.training.programs.structure import Structure

__all__ = ["checked_sizes"]


def checked_sizes(
    experiment: Experiment, config: Mapping[str, Any], whole: Structure, parameters: int
) -> dict[str, float]:
    """Sizes of a model that keeps the limits and whose training fits into memory, as a trial's cost tells them.

    Args:
        experiment: whose limits hold.
        config: filled.
        whole: the network from pictures to outputs.
        parameters: how many it has.

    Raises:
        TrialError: it does not fit, or its graph does not tell what is to be limited.
        OverLimitError: it breaks a limit.
    """
    limits = experiment.limits
    check_size(limits, cost_of_weights(parameters))
    frozen = 0 if whole.network else find_family(experiment.model).frozen_weights(config, whole.shape)
    check_memory(parameters, bytes_a_parameter(config, whole.active), frozen)
    known = _known(experiment, config, whole, parameters)
    check_size(limits, known)
    # An estimate only where somebody asked for it.
    told = ("macs",) if limits is None or limits.gpu_memory_gb is None else ("macs", "gpu_memory_bytes")
    return {
        "parameters": parameters,
        "model_bytes": parameters * 4,
        **{name: known[name] for name in told if name in known},
    }


def _known(experiment: Experiment, config: Mapping[str, Any], whole: Structure, parameters: int) -> dict[str, float]:
    """What only the model's graph tells is counted where it is wanted."""
    held = as_held(config, whole.active)
    told = None if whole.network else find_family(experiment.model).cost(held, whole.shape, whole.outputs.width)
    known = told or cost_of_weights(parameters)
    if "macs" in known or not experiment.traces_networks:
        return known
    from cnnsearch.networks.traced import traced_sizes

    return traced_sizes(whole.build(config), whole.shape).cost(held)
