"""A trial that runs, between its proposal and its end."""

from __future__ import annotations

from dataclasses import dataclass, field

from cnnsearch.search.places import Lane
from cnnsearch.space import Config
from cnnsearch.study.record.lines import Ended

__all__ = ["RunningTrial"]


@dataclass
class RunningTrial:
    """What is known of a trial between its proposal and its end.

    Attributes:
        config: that it has now; ``proposed_config`` is that which it began with.
        seed: of its training.
        proposed: Unix time.
        curve: epoch -> the objective, as far as it was told.
        line: how it stands, by its last report.
        attempts: why it was given to each worker after the first one.
        lane: where it runs; ``None``: it waits.
        takeovers: epochs after which it went on with what another one had, and with another config.
    """

    config: Config
    seed: int
    proposed: float
    curve: dict[int, float] = field(default_factory=dict)
    line: Ended | None = None
    attempts: list[str] = field(default_factory=list)
    lane: Lane | None = None
    takeovers: list[int] = field(default_factory=list)
    proposed_config: Config = field(init=False)

    def __post_init__(self) -> None:
        self.proposed_config = self.config

    @property
    def attempt(self) -> int:
        """The present one, counted from 1."""
        return len(self.attempts) + 1

    @property
    def told(self) -> tuple[tuple[int, float], ...]:
        """Epochs and the objective after each."""
        return tuple(sorted(self.curve.items()))
