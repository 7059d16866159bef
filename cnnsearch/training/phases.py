"""Phases of a trial: which epochs train what, by which program, behind which frozen prefix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.families.plan import PhasePlan
from cnnsearch.training.features.features import Prefix
from cnnsearch.training.programs.structure import Structure

if TYPE_CHECKING:
    from cnnsearch.training.network import Network
    from cnnsearch.training.teacher import Teacher

__all__ = ["Phase", "Plan", "plan_phases"]


@dataclass(frozen=True)
class Phase:
    """Epochs that train the same layers.

    Attributes:
        first: its first epoch, counted from 0.
        epochs: how many.
        factor: its learning rate over that of the config.
        structure: of its program.
        prefix: what is frozen and comes from the cache; ``None``: the program sees pictures.
        is_fitted: a :class:`~cnnsearch.training.programs.fitted_head.FittedHead` stands in the place of a program.
    """

    first: int
    epochs: int
    factor: float
    structure: Structure
    prefix: Prefix | None = None
    is_fitted: bool = False


@dataclass(frozen=True)
class Plan:
    """The phases of a trial in their order, at least one, and what the user should be told about them."""

    phases: tuple[Phase, ...]
    notes: tuple[str, ...] = ()

    @property
    def epochs(self) -> int:
        """Of a trial that nobody stops."""
        return self.phases[-1].first + self.phases[-1].epochs


def plan_phases(
    experiment: Experiment,
    config: Mapping[str, Any],
    pixels: Pixels,
    scaling: Scaling,
    network: Network | None = None,
    teacher: Teacher | None = None,
) -> Plan:
    """The phases of a trial, as its family plans them; of a network that is there already one, which trains all of it.

    Args:
        experiment: what is searched.
        config: filled, every parameter with its value.
        pixels, scaling: of the trial's image size.
        network, teacher: as of :class:`~cnnsearch.training.programs.structure.Structure`.

    Raises:
        TrialError: a network that somebody trained cannot be had, or does not suit the pictures.
    """
    if network is not None:
        structure = Structure.of(experiment, config, pixels, scaling, network, teacher)
        return Plan((Phase(0, experiment.epochs, 1.0, structure),))
    planned = find_family(experiment.model).plan(experiment, config, pixels)
    phases = (
        _phase(each, experiment, {**config, **each.settings}, pixels, scaling, teacher) for each in planned.phases
    )
    return Plan(tuple(phases), planned.notes)


def _phase(
    planned: PhasePlan,
    experiment: Experiment,
    config: Mapping[str, Any],
    pixels: Pixels,
    scaling: Scaling,
    teacher: Teacher | None,
) -> Phase:
    structure, prefix = Structure.of(experiment, config, pixels, scaling, teacher=teacher), None
    if planned.cut is not None:
        structure = replace(structure, cut=planned.cut, features_dtype=experiment.features.dtype)
        prefix = Prefix.of(structure, config, planned.variants, experiment.seed)
    return Phase(planned.first, planned.epochs, planned.factor, structure, prefix, planned.is_fitted)
