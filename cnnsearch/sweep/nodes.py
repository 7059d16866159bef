"""The nodes of the cluster that this process is connected to, and what may run on them."""

from __future__ import annotations

from typing import Any

import ray

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Resources
from cnnsearch.sweep.places import Nodes, Places

__all__ = ["find_places", "look_at_nodes"]

_UNBOUNDED = 10_000
"""Nodes of one kind, where an autoscaler names no limit."""


def look_at_nodes() -> Nodes:
    """The nodes that are alive, and those that an autoscaler may add."""
    present = sorted((_named(node["Resources"]) for node in ray.nodes() if node["Alive"]), key=repr)
    return Nodes(tuple(present), _to_come())


def find_places(resources: Resources) -> Places:
    """Places for the trials of an experiment.

    Raises:
        InputError: no node can ever run a trial of some kind; says what each node has.
    """
    nodes = look_at_nodes()
    problems = [
        Problem("resources", f"no node can run a trial that needs {' or '.join(map(str, kind))}; there is: {nodes}")
        for kind in resources.kinds
        if not any(nodes.may_hold(demand) for demand in kind)
    ]
    if problems:
        raise InputError(problems)
    return Places(look_at_nodes, resources.max_concurrent)


def _to_come() -> tuple[tuple[dict[str, float], int], ...]:
    """Kinds of nodes that the autoscaler has told Ray of, and how many of each there may be."""
    config: Any = ray._private.state.state.get_cluster_config()
    groups = config.node_group_configs if config is not None else ()
    return tuple(
        (_named(dict(group.resources)), _UNBOUNDED if group.max_count < 0 else group.max_count)
        for group in groups
        if group.max_count
    )


def _named(resources: dict[str, float]) -> dict[str, float]:
    """Without the names that every node has for itself."""
    return {name: amount for name, amount in sorted(resources.items()) if not name.startswith("node:")}
