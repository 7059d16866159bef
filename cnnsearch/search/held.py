"""Held: configs are held to the limits that are known before they are run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.limits import Limits
from cnnsearch.search.samplers.wrapped.untried import Refused
from cnnsearch.space import Config, config_key
from cnnsearch.space.values import freeze_config
from cnnsearch.study.record.lines import Proposal, Refusal

__all__ = ["Held", "Sizes", "as_recorded", "recorded_sizes", "refused_by"]

Sizes = Callable[[Config], Mapping[str, float]]
"""What is known of a config's model before it is trained, as the cost of a trial tells it; empty where nothing is."""


class Held:
    """Holds configs to limits; see :class:`~cnnsearch.search.samplers.wrapped.untried.Holding`.

    Args:
        limits: that models must keep.
        sizes: tells what is known of them.
    """

    def __init__(self, limits: Limits, sizes: Sizes) -> None:
        self._limits = limits
        self._sizes = sizes

    @classmethod
    def of(cls, experiment: Experiment, sizes: Sizes) -> Held | None:
        """Of an experiment; ``None`` where it has no limit that is known before training."""
        limits = experiment.limits
        return None if limits is None or not limits.known_before else cls(limits, sizes)

    def cost(self, config: Config) -> Mapping[str, float] | None:
        """What is known of the model, where that breaks a limit; ``None``: it breaks none that is known."""
        known = self._sizes(config)
        return known if self._limits.excess(known) > 0 else None

    def excess(self, cost: Mapping[str, float]) -> float:
        """By how much a model of that cost breaks limits, in shares of these."""
        return self._limits.excess(cost)


def as_recorded(refused: Iterable[Refused]) -> tuple[Refusal, ...]:
    """What was refused, as the line of a proposal tells it."""
    return tuple(
        Refusal(config=each.config, cost=dict(each.cost), after=each.after, origin=each.origin) for each in refused
    )


def refused_by(line: Proposal) -> list[Refused]:
    """The inverse of :func:`as_recorded`."""
    return [Refused(freeze_config(each.config), each.cost, each.after, each.origin) for each in line.refusals]


def recorded_sizes(proposals: Iterable[Proposal]) -> Sizes:
    """What a record tells of the models that were refused: of all others nothing, as they were not."""
    known = {config_key(each.config): each.cost for line in proposals for each in refused_by(line)}
    return lambda config: known.get(config_key(config), {})
