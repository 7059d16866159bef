"""none: every trial runs all its epochs."""

from __future__ import annotations

from cnnsearch.search.schedulers.scheduler import Decision, Go, SchedulerSpec, Unpausing
from cnnsearch.space.specs import Parameters

__all__ = ["NONE", "Never"]


class Never(Unpausing):
    """Stops no trial."""

    def decide(self, trial: int, epoch: int, score: float) -> Decision:  # noqa: ARG002
        return Go()

    def end(self, trial: int, epoch: int, score: float | None) -> None:
        pass


NONE = SchedulerSpec(
    "none",
    "every trial runs all its epochs",
    Parameters(),
    decides=lambda _options, _epochs: (),
    make=lambda _options, _epochs: Never(),
)
