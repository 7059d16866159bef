"""How many filters the convolutions of a ``cnn`` have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.errors import TrialError

__all__ = ["filters_of", "indivisible", "inner_filters"]

_NARROWER = 4
"""Filters that a bottleneck gives over those within it (He et al. 2016, figure 5)."""


def filters_of(config: Mapping[str, Any], block: int) -> int:
    """Of the convolutions of a block, counted from 1: its own, or those of the nearest one before it, grown.

    Raises:
        TrialError: they cannot be normalised in groups.
    """
    first = next((number for number in range(block, 1, -1) if config.get(f"filters_{number}") is not None), 1)
    name = "filters" if first == 1 else f"filters_{first}"
    groups = _groups(config)
    if config[name] % groups:
        raise TrialError(f"impossible architecture: {indivisible(name, config[name], groups)}")
    return _grouped(config[name] * config["filter_growth"] ** (block - first), groups)


def inner_filters(config: Mapping[str, Any], filters: int) -> int:
    """Of the convolutions within a bottleneck that gives ``filters``."""
    return _grouped(filters / _NARROWER, _groups(config))


def indivisible(name: str, filters: int, groups: int) -> str:
    """What is wrong with filters that groups do not divide, in words."""
    return (
        f"normalization_groups {groups} does not divide {name} {filters}: group normalisation takes groups of as many "
        "filters each"
    )


def _groups(config: Mapping[str, Any]) -> int:
    groups: int = config["normalization_groups"] if config["normalization"] == "group" else 1
    return groups


def _grouped(filters: float, groups: int) -> int:
    """The nearest number of filters that so many groups divide, of at least one each."""
    return max(1, round(filters / groups)) * groups
