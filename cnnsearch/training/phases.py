"""Phases of a trial: which epochs train what, behind which frozen prefix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures.augmentation_spec import AUGMENTATION
from cnnsearch.space import Choice
from cnnsearch.training.features import Prefix
from cnnsearch.training.structure import Structure

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
    """

    first: int
    epochs: int
    factor: float
    structure: Structure
    prefix: Prefix | None = None


@dataclass(frozen=True)
class Plan:
    """The phases of a trial in their order, at least one, and what the user should be told about them."""

    phases: tuple[Phase, ...]
    notes: tuple[str, ...] = ()

    @property
    def epochs(self) -> int:
        """Of a trial that nobody stops."""
        return self.phases[-1].first + self.phases[-1].epochs


def plan_phases(experiment: Experiment, config: Mapping[str, Any], pixels: Pixels, scaling: Scaling) -> Plan:
    """The phases of a trial: one, or with ``fine_tune_epochs`` of a transfer network two.

    Args:
        experiment: what is searched.
        config: filled, every parameter with its value.
        pixels, scaling: of the trial's image size.

    Raises:
        TrialError: the backbone cannot be had, or does not suit the pictures.
    """
    if experiment.model != "transfer":
        return Plan((Phase(0, experiment.epochs, 1.0, Structure.of(experiment, config, pixels, scaling)),))
    from cnnsearch.families.transfer.body import backbone_of

    shape: tuple[int, int, int] = pixels.x_train.shape[1:]
    unfrozen = backbone_of(config, shape).unfrozen(config["unfrozen_layers"])
    notes = [unfrozen.note] if unfrozen.note else []
    planner = _Planner(experiment, config, pixels, scaling, notes)
    fitted = config["head"] != "dense"
    if fitted and unfrozen.count:
        raise TrialError(f"head '{config['head']}' trains no layer of the backbone: unfrozen_layers must be 0")
    tuned = config["fine_tune_epochs"]
    if fitted or not unfrozen.count or tuned == 0:
        phases = [planner.phase(0, 1 if fitted else experiment.epochs, 1.0, 0, must_cut=fitted)]
    elif tuned is None:
        phases = [planner.phase(0, experiment.epochs, 1.0, unfrozen.count)]
    else:
        alone = max(0, experiment.epochs - tuned)
        second = planner.phase(
            alone, experiment.epochs - alone, config["fine_tune_learning_rate_factor"], unfrozen.count
        )
        phases = [planner.phase(0, alone, 1.0, 0), second] if alone else [second]
    return Plan(tuple(phases), tuple(dict.fromkeys(notes)))


@dataclass(frozen=True)
class _Planner:
    """What all phases of a transfer trial share; ``notes`` are added to."""

    experiment: Experiment
    config: Mapping[str, Any]
    pixels: Pixels
    scaling: Scaling
    notes: list[str]

    def phase(self, first: int, epochs: int, factor: float, unfrozen: int, must_cut: bool = False) -> Phase:
        """The phase that trains so many layers.

        Args:
            first, epochs, factor: as of :class:`Phase`.
            unfrozen: of the backbone.
            must_cut: the head cannot do without features.
        """
        # By what they train: 3 and 4 unfrozen layers may be the same program.
        config = {**self.config, "unfrozen_layers": unfrozen}
        structure = Structure.of(self.experiment, config, self.pixels, self.scaling)
        variants = self.experiment.augmentation.cached_variants or 0 if _augments(config) else 0
        if not must_cut and not self.experiment.features.cache:
            return Phase(first, epochs, factor, structure)
        if _augments(config) and not variants:
            if must_cut:
                raise TrialError(
                    f"head '{config['head']}' needs features, which random augmentation changes in every epoch: set "
                    "augmentation.cached_variants, or leave augmentation out"
                )
            return Phase(first, epochs, factor, structure)
        cut = self._cut(structure, config, max(1, variants), must_cut)
        if cut is None:
            return Phase(first, epochs, factor, structure)
        structure = replace(structure, cut=cut, features_dtype=self.experiment.features.dtype)
        return Phase(first, epochs, factor, structure, Prefix.of(structure, config, variants, self.experiment.seed))

    def _cut(self, structure: Structure, config: Mapping[str, Any], variants: int, must_cut: bool) -> Any:
        """Where to cut; ``None``, and a note that says so, where the features would not fit.

        Raises:
            TrialError: they would not, and the head cannot do without.
        """
        from cnnsearch.families.transfer.body import backbone_of, cuts_of
        from cnnsearch.networks.cuts import chosen_cut

        features = self.experiment.features
        pictures = len(self.pixels.y_train) * variants + len(self.pixels.y_validation)
        position = backbone_of(config, structure.shape).unfrozen(config["unfrozen_layers"]).position
        number = np.dtype(features.dtype).itemsize
        usable = [each for each in cuts_of(config, structure.shape) if each.position <= position]
        if must_cut:
            usable = usable[-1:]  # what the head itself is fitted to
        cut = chosen_cut(usable, position, pictures, features.budget_gb * 2**30, number)
        if cut is not None or not usable:
            return cut
        least = min(each.size for each in usable) * pictures * number / 2**30
        exceeded = f"features of {least:.2g} GB exceed features.budget_gb, {features.budget_gb:g}"
        if must_cut:
            raise TrialError(f"{exceeded}: head '{config['head']}' is fitted to all of them at once")
        self.notes.append(f"{exceeded}: the frozen layers were computed anew in every epoch")
        return None


def _augments(config: Mapping[str, Any]) -> bool:
    """Whether this config changes pictures at random."""
    return any(AUGMENTATION[name].may_act(Choice((config[name],))) for name in AUGMENTATION if name != "fill_mode")
