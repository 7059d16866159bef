"""none: every trial runs all its epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.search.schedulers.scheduler import Decision, Go, SchedulerSpec, Unpausing
from cnnsearch.space.specs import Parameters

if TYPE_CHECKING:
    from cnnsearch.study.fronts import Vector

__all__ = ["NONE", "Never"]


class Never(Unpausing):
    """Stops no trial."""

    def decide(self, trial: int, epoch: int, score: float, beside: Vector = ()) -> Decision:  # noqa: ARG002
        return Go()

    def end(self, trial: int, epoch: int, score: float | None, beside: Vector = ()) -> None:
        pass


NONE = SchedulerSpec(
    "none",
    "every trial runs all its epochs",
    Parameters(),
    decides=lambda _options, _epochs: (),
    make=lambda _options, _epochs: Never(),
    make_several=lambda _options, _epochs: Never(),
)
