"""Whether a model is as small as it is wanted: asked before it is trained."""

from __future__ import annotations

from collections.abc import Mapping

from cnnsearch.errors import TrialError
from cnnsearch.experiment.limits import Limits

__all__ = ["OverLimitError", "check_size"]


class OverLimitError(TrialError):
    """The trial is not trained, as its model would be too large.

    Attributes:
        cost: what is known of the model, as a trial's line records it.
    """

    def __init__(self, broken: tuple[str, ...], cost: dict[str, float]) -> None:
        super().__init__(f"not trained, as it breaks {' and '.join(broken)}")
        self.cost = cost


def check_size(limits: Limits | None, cost: Mapping[str, float]) -> None:
    """Raises:
    OverLimitError: a model of that cost breaks a limit.
    """
    broken = limits.broken(cost) if limits else ()
    if broken:
        raise OverLimitError(broken, dict(cost))
