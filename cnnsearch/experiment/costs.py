"""What a model costs, by the names and in the units that limits and objectives have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

__all__ = ["COSTS", "OBJECTIVE_COSTS", "CostName", "cost_in_units"]

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
