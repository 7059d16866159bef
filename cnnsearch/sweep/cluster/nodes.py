"""The nodes of the cluster that this process is connected to, and what may run on them."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path

import ray
from ruamel.yaml import YAML

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Resources
from cnnsearch.search.places import Nodes, Places

__all__ = ["TO_COME", "find_places", "look_at_nodes"]

TO_COME = "CNNSEARCH_NODES_TO_COME"
"""Environment variable: kinds of nodes that an autoscaler may add, as ``[{"CPU": 8, "GPU": 1, "count": 4}]``."""

_BOOTSTRAP = Path("~/ray_bootstrap_config.yaml")
"""Where ``ray up`` leaves the cluster's description, on its head."""


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


@functools.cache
def _to_come() -> tuple[tuple[dict[str, float], int], ...]:
    """Kinds of nodes that an autoscaler may add, and how many of each there may be.

    Ray's own autoscalers tell the driver nothing of it: it is read where they read it.
    """
    given = os.environ.get(TO_COME)
    if given:
        return _given_kinds(given)
    path = _BOOTSTRAP.expanduser()
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8") as file:
        cluster = YAML(typ="safe", pure=True).load(file)
    most = cluster.get("max_workers", 0)
    return tuple(
        (_named(kind["resources"]), min(kind.get("max_workers", 0), most))
        for name, kind in cluster.get("available_node_types", {}).items()
        if name != cluster.get("head_node_type") and kind.get("max_workers") and kind.get("resources")
    )


def _given_kinds(text: str) -> tuple[tuple[dict[str, float], int], ...]:
    try:
        kinds = [dict(kind) for kind in json.loads(text)]
        return tuple((_named(kind), count) for kind in kinds for count in [int(kind.pop("count"))])
    except (ValueError, TypeError, KeyError, AttributeError):
        rule = 'must be a JSON list of nodes, as [{"CPU": 8, "GPU": 1, "count": 4}]'
        raise InputError(Problem(TO_COME, rule, text)) from None


def _named(resources: Mapping[str, float]) -> dict[str, float]:
    """Without the names that every node has for itself."""
    return {name: float(amount) for name, amount in sorted(resources.items()) if not name.startswith("node:")}
