"""How long each network takes for one picture, from all that was measured of it.

Trials of one network have one latency, whatever trained them. What a busy machine adds is never negative, so the
lowest of its medians is the best estimate (as of Python's ``timeit``), and what lies between its lowest and highest
quartile is the spread within which two networks cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.statistics.once import once

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import TrialLine

__all__ = ["Latency", "latencies", "latency_of"]


@dataclass(frozen=True)
class Latency:
    """Seconds of one picture through one network.

    Attributes:
        seconds: the lowest median.
        low, high: the lowest and the highest quartile; medians where quartiles were not recorded.
        measured: in so many trials, each of which has the measurement of its worker's program.
    """

    seconds: float
    low: float
    high: float
    measured: int

    def is_below(self, other: Latency) -> bool:
        """Whether it is shorter by more than the spread of both."""
        return self.high < other.low


@once
def latencies(study: Study) -> Mapping[int, Latency]:
    """Trial -> latency of its network, of the trials that have a value and recorded one."""
    networks: dict[tuple[str, ...], list[TrialLine]] = {}
    for record in study.ranked:
        if record.cost.get("latency_seconds") is not None:
            networks.setdefault(_network(study, record.config), []).append(record)
    return {record.trial: found for records in networks.values() for found in [_pooled(records)] for record in records}


def latency_of(study: Study, trial: int) -> float | None:
    """Seconds of one picture through the trial's network; ``None`` where none was recorded."""
    found = latencies(study).get(trial)
    return None if found is None else found.seconds


def _network(study: Study, config: Mapping[str, Any]) -> tuple[str, ...]:
    filled = study.experiment.filled(config)
    return tuple(f"{name} {filled.get(name)!r}" for name in study.experiment.family.network)


def _pooled(records: list[TrialLine]) -> Latency:
    costs = [record.cost for record in records]
    medians = [float(cost["latency_seconds"]) for cost in costs]
    return Latency(
        seconds=min(medians),
        low=min(float(cost.get("latency_low_seconds", cost["latency_seconds"])) for cost in costs),
        high=max(float(cost.get("latency_high_seconds", cost["latency_seconds"])) for cost in costs),
        measured=len(records),
    )
