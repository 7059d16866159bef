"""A config that was proposed, and what was refused before it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cnnsearch.study.record.lines.part import Line, Part
from cnnsearch.study.record.lines.values import SPARSE, AnyText, ConfigValues, Cost
from cnnsearch.study.record.schema import Index, Moment

__all__ = ["Proposal", "Refusal"]


@dataclass(frozen=True, kw_only=True)
class Refusal(Part):
    """A config that the sampler proposed and that is no trial, as its model would break limits.

    Attributes:
        cost: of the model, as far as it is known before training.
        after: so many of the proposal's ``repeats`` came before it.
        origin: as of a proposal.
    """

    config: ConfigValues
    cost: Cost
    after: Index = 0
    origin: AnyText = field(default=None, metadata=SPARSE)


@dataclass(frozen=True, kw_only=True)
class Proposal(Line):
    """A config that was proposed.

    Attributes:
        told: so many results the sampler knew.
        repeats: configs that it proposed before this one, and that had been tried, or broke a constraint.
        origin: where it comes from: ``recommended``, ``queue:ID`` of a request; ``None``: the sampler proposed it.
        refusals: what was proposed before it and refused.
    """

    config: ConfigValues
    seed: Index
    told: Index
    time: Moment
    repeats: tuple[ConfigValues, ...] = field(default=(), metadata=SPARSE)
    origin: AnyText = field(default=None, metadata=SPARSE)
    refusals: tuple[Refusal, ...] = field(default=(), metadata=SPARSE)
