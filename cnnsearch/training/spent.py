"""What time a training took, divided by what it was spent on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Spent"]

_ADDED = ("compile_seconds", "reset_seconds", "features_seconds")
_KEPT = ("train_seconds", "evaluate_seconds", "saved_seconds", *_ADDED)
"""What a checkpoint keeps; those of ``_ADDED`` have grown again by the time it is read."""


@dataclass
class Spent:
    """Seconds, of all attempts at a trial together.

    Attributes:
        train_seconds, evaluate_seconds: training and validation.
        compile_seconds, reset_seconds: making programs, and bringing back those that were there.
        features_seconds: until features were there.
        saved_seconds: what the epochs would have taken to compute them.
    """

    train_seconds: float = 0.0
    evaluate_seconds: float = 0.0
    compile_seconds: float = 0.0
    reset_seconds: float = 0.0
    features_seconds: float = 0.0
    saved_seconds: float = 0.0
    _started: float = field(default_factory=time.perf_counter)

    @property
    def wall_seconds(self) -> float:
        """Since the trial began."""
        return time.perf_counter() - self._started

    def cost(self, has_features: bool) -> dict[str, float]:
        """As :class:`~cnnsearch.training.result.TrialResult` has it."""
        of_features = {"features_seconds": self.features_seconds, "saved_seconds": self.saved_seconds}
        return {
            "wall_seconds": self.wall_seconds,
            "compute_seconds": self.train_seconds + self.evaluate_seconds,
            "compile_seconds": self.compile_seconds,
            "reset_seconds": self.reset_seconds,
            "evaluate_seconds": self.evaluate_seconds,
            **(of_features if has_features else {}),
        }

    def to_dict(self) -> dict[str, float]:
        """What a checkpoint keeps of it."""
        return {"seconds": self.wall_seconds, **{name: getattr(self, name) for name in _KEPT}}

    def go_on(self, kept: Mapping[str, float]) -> None:
        """Count on from where an earlier attempt stood, as :meth:`to_dict` told it."""
        for name in _KEPT:
            setattr(self, name, kept[name] + (getattr(self, name) if name in _ADDED else 0))
        self._started -= kept["seconds"]
