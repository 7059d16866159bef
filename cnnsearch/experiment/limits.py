"""What every model of a search must keep: its size, and the time that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from cnnsearch.errors import Problem
from cnnsearch.experiment.costs import COSTS, cost_in_units
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.sections import Section

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["Limits", "limits_in_words"]

_EACH = ("gpu_memory_gb",)
"""What networks that are shipped together do not share: each is trained alone."""

_ROUNDING = 1e-12
_MOST_PLAIN = 1e15
_DIGITS = 6

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
        networks: that share the limits, as ``final: ensemble`` ships so many as one model: each may have its part of
            all but ``gpu_memory_gb``, as they are trained one by one. Left out, as many as it will have. With 1 each
            network of the search may have all, and an ensemble that breaks a limit is not shipped.
    """

    parameters: _Most | None = None
    model_mb: _Most | None = None
    macs: _Most | None = None
    gpu_memory_gb: _Most | None = None
    latency_ms: _Most | None = None
    networks: Annotated[int, Field(ge=1)] | None = None

    def model_post_init(self, _: Any) -> None:
        if not any(True for _ in self._each()):
            rule = f"needs one of {', '.join(COSTS)}, as {{model_mb: 5, latency_ms: 20}}"
            raise carrying([Problem("", rule)])

    def shared_by(self, networks: int) -> Limits:
        """The same for a model of so many networks, unless the user has said how many share them."""
        if self.networks is not None:
            return self
        found = self.model_copy(update={"networks": networks})
        found.model_fields_set.discard("networks")  # nobody said so
        return found

    @property
    def of_all(self) -> Limits:
        """What the networks that share the limits must keep together."""
        return self.model_copy(update={"networks": 1})

    @property
    def known_before(self) -> tuple[str, ...]:
        """Those that a config can be held to before anything is trained."""
        return tuple(name for name, _ in self._each() if name != "latency_ms")

    def broken(self, cost: Mapping[str, float]) -> tuple[str, ...]:
        """The limits that a model of that cost breaks, with what it has; what was not measured breaks none."""
        return tuple(
            f"limits.{name}: {_written(value, digits)}, at most {self._in_words(name, most, digits)}"
            for name, value, most in self._told(cost)
            if _over(value, most) > 0
            for digits in (_digits(value, most),)
        )

    def excess(self, cost: Mapping[str, float]) -> float:
        """By how much a model is too large or too slow, in shares of the limits; 0 where it keeps all."""
        return sum(_over(value, most) for _, value, most in self._told(cost))

    def __str__(self) -> str:
        """``parameters 20000 (100000 shared by 5 networks)``, and so on."""
        return ", ".join(f"{name} {self._in_words(name, most)}" for name, most in self._each())

    def _in_words(self, name: str, most: float, digits: int = _DIGITS) -> str:
        whole = getattr(self, name)
        if most == whole:
            return _written(most, digits)
        return f"{_written(most, digits)} ({_written(whole)} shared by {self.networks} networks)"

    def _each(self) -> Iterator[tuple[str, float]]:
        """Limit, and what one network may have of it."""
        for name in COSTS:
            most = getattr(self, name)
            if most is not None:
                yield name, most / (1 if name in _EACH else self.networks or 1)

    def _told(self, cost: Mapping[str, float]) -> Iterator[tuple[str, float, float]]:
        """Limit, what a network has, and the most that it may have."""
        for name, most in self._each():
            value = cost_in_units(name, cost)
            if value is not None:
                yield name, value, most


def _over(value: float, most: float) -> float:
    """By how much it is more, in shares of that; a third of 0.3 is 0.1, whatever floats make of it."""
    share = value / most - 1
    return share if share > _ROUNDING else 0.0


def _written(number: float, digits: int = _DIGITS) -> str:
    """With so many digits; whole numbers in full."""
    return f"{number:.0f}" if number.is_integer() and number < _MOST_PLAIN else f"{number:.{digits}g}"


def _digits(value: float, most: float) -> int:
    """With which what is more than a limit also reads so."""
    told = (digits for digits in range(_DIGITS, 17) if float(_written(value, digits)) > float(_written(most, digits)))
    return next(told, 17)


def limits_in_words(experiment: Experiment) -> str:
    """What each network of a search may have, where several of them share the limits; else empty."""
    limits = experiment.limits
    if limits is None or (limits.networks or 1) == 1:
        return ""
    return f"limits hold for all {limits.networks} networks of the ensemble together, so each may have {limits}"
