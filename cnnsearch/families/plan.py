"""TrialPlan: which epochs of a trial train what, as a family says it; by itself all epochs alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnsearch.data.stages import Pixels
    from cnnsearch.experiment import Experiment
    from cnnsearch.networks.cuts import Cut

__all__ = ["PhasePlan", "TrialPlan", "plan"]


@dataclass(frozen=True)
class PhasePlan:
    """Epochs that train the same layers.

    Attributes:
        first: its first epoch, counted from 0.
        epochs: how many.
        factor: its learning rate over that of the config.
        settings: parameters that have another value in it than in the config.
        cut: what comes before it is frozen and computed once; ``None``: nothing is.
        variants: augmented ones of each training picture, of which features are kept; 0 for the picture itself.
        is_fitted: what follows the cut is fitted in one step, by no optimizer.
    """

    first: int
    epochs: int
    factor: float = 1.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    cut: Cut | None = None
    variants: int = 0
    is_fitted: bool = False


@dataclass(frozen=True)
class TrialPlan:
    """The phases of a trial in their order, at least one, and what the user should be told about them."""

    phases: tuple[PhasePlan, ...]
    notes: tuple[str, ...] = ()


def plan(experiment: Experiment, config: Mapping[str, Any], pixels: Pixels) -> TrialPlan:  # noqa: ARG001 - a contract
    """One phase on pictures, for a family that freezes nothing."""
    return TrialPlan((PhasePlan(0, experiment.epochs),))
