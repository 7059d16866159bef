"""What every model of a search must keep: its size, and the time that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from cnnsearch.errors import Problem
from cnnsearch.experiment.costs import COSTS, cost_in_units
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.sections import Section

__all__ = ["Limits"]

_Most = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]


class Limits(Section):
    """What a model that is to be shipped must keep; what does not is no candidate for the best.

    Attributes:
        parameters: weights of the model, known before it is trained: a config above it is refused, and is no trial.
        model_mb: of these in float32, in megabytes of 1,000,000 bytes; likewise.
        macs: multiplications with additions for one picture, of convolutions and matrix products; likewise.
        gpu_memory_gb: that its training takes, in units of 2^30 bytes, estimated from its weights and from what the
            layers that are trained give of one batch; likewise.
        latency_ms: of one picture, in milliseconds, on the worker that trained the model, and while others may have
            trained beside it.
    """

    parameters: _Most | None = None
    model_mb: _Most | None = None
    macs: _Most | None = None
    gpu_memory_gb: _Most | None = None
    latency_ms: _Most | None = None

    def model_post_init(self, _: Any) -> None:
        if not any(True for _ in self._each()):
            rule = f"needs one of {', '.join(COSTS)}, as {{model_mb: 5, latency_ms: 20}}"
            raise carrying([Problem("", rule)])

    @property
    def known_before(self) -> tuple[str, ...]:
        """Those that a config can be held to before anything is trained."""
        return tuple(name for name, _ in self._each() if name != "latency_ms")

    def broken(self, cost: Mapping[str, float]) -> tuple[str, ...]:
        """The limits that a model of that cost breaks, with what it has; what was not measured breaks none."""
        return tuple(
            f"limits.{name}: {value:.6g}, at most {most:.6g}" for name, value, most in self._told(cost) if value > most
        )

    def excess(self, cost: Mapping[str, float]) -> float:
        """By how much a model is too large or too slow, in shares of the limits; 0 where it keeps all."""
        return sum(max(0.0, value / most - 1) for _, value, most in self._told(cost))

    def _each(self) -> Iterator[tuple[str, float]]:
        for name in COSTS:
            most = getattr(self, name)
            if most is not None:
                yield name, most

    def _told(self, cost: Mapping[str, float]) -> Iterator[tuple[str, float, float]]:
        """Limit, what a model has, and the most that it may have."""
        for name, most in self._each():
            value = cost_in_units(name, cost)
            if value is not None:
                yield name, value, most
