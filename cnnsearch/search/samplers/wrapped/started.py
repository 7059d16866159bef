"""Started: a sampler that first gives the configs with which a search begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnsearch.search.samplers.sampler import Outcome, Sampler
from cnnsearch.space import Config, same

__all__ = ["FirstConfig", "Started"]


@dataclass(frozen=True)
class FirstConfig:
    """A config to begin with.

    Attributes:
        config: of the space.
        recorded: as the experiment has it: without parameters that were added to the space since.
        origin: where it comes from.
    """

    config: Config
    recorded: Config
    origin: str


class Started(Sampler):
    """Wraps a sampler: what a search begins with comes first, and is to the sampler as if it had proposed it.

    Args:
        sampler: the sampler that proposes afterwards.
        starts: what comes before.
    """

    def __init__(self, sampler: Sampler, starts: Sequence[FirstConfig]) -> None:
        self._sampler = sampler
        self._left = list(reversed(starts))
        self.lists = sampler.lists

    def propose(self, trial: int) -> Config | None:
        self.origin = None
        if not self._left:
            config = self._sampler.propose(trial)
            self.origin = self._sampler.origin
            return config
        start = self._left.pop()
        self.origin = start.origin
        self._sampler.recall(trial, start.config)
        return start.config

    def recall(self, trial: int, config: Config) -> None:
        if self._left and _is_of(self._left[-1].recorded, config):
            self._left.pop()
        self._sampler.recall(trial, config)

    def tell(self, trial: int, outcome: Outcome) -> None:
        self._sampler.tell(trial, outcome)

    def refuse(self, trial: int, excess: float) -> None:
        self._sampler.refuse(trial, excess)

    def drop(self, trial: int) -> None:
        self._sampler.drop(trial)


def _is_of(recorded: Config, config: Config) -> bool:
    """Whether a trial ran with it, whatever was added to the space before or after."""
    return all(name in config and same(config[name], value) for name, value in recorded.items())
