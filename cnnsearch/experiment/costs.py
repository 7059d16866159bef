"""What a model costs, by the names and in the units that limits and objectives have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

__all__ = ["COSTS", "OBJECTIVE_COSTS", "CostName", "cost_in_units", "gains_of"]

COSTS: Mapping[str, tuple[str, float]] = {
    "parameters": ("parameters", 1.0),
    "model_mb": ("model_bytes", 1e6),
    "macs": ("macs", 1.0),
    "gpu_memory_gb": ("gpu_memory_bytes", 2.0**30),
    "latency_ms": ("latency_seconds", 1e-3),
}
"""Name -> what the cost of a trial calls it, and one unit of it."""

CostName = Literal["parameters", "model_mb", "macs", "latency_ms"]

OBJECTIVE_COSTS: tuple[CostName, ...] = ("parameters", "model_mb", "macs", "latency_ms")
"""Those that a search may aim at beside a metric: less is better. Memory is an estimate, and no aim."""


def cost_in_units(name: str, cost: Mapping[str, float]) -> float | None:
    """One of :data:`COSTS` as a trial's cost tells it; ``None`` where it does not."""
    key, unit = COSTS[name]
    known = cost.get(key)
    return None if known is None else known / unit


def gains_of(names: Iterable[str], cost: Mapping[str, float]) -> tuple[float, ...]:
    """Several of them, more being better; -inf: not told."""
    known = (cost_in_units(name, cost) for name in names)
    return tuple(-math.inf if each is None else -each for each in known)
