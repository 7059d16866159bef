"""Which epochs train what behind a backbone, and which frozen part of it is computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.errors import TrialError
from cnnsearch.families.plan import PhasePlan, TrialPlan
from cnnsearch.inputs.pictures.spec import augments
from cnnsearch.networks.cuts import Cut, chosen_cut

if TYPE_CHECKING:
    from cnnsearch.data.stages import Pixels
    from cnnsearch.experiment import Experiment
    from cnnsearch.families.transfer.backbones import Backbone

__all__ = ["phases_of"]


def phases_of(
    experiment: Experiment,
    config: Mapping[str, Any],
    pixels: Pixels,
    backbone: Backbone,
    cuts: Sequence[Cut],
    is_fitted: bool = False,
) -> TrialPlan:
    """One phase, or with ``fine_tune_epochs`` two.

    Args:
        experiment, config, pixels: as of :meth:`cnnsearch.families.family.Family.plan`.
        backbone: of the config.
        cuts: where its network may be split; shallow ones first.
        is_fitted: its head is fitted in one step, so that no layer of the backbone is trained.

    Raises:
        TrialError: the backbone has no such layers to train, or a fitted head has no features.
    """
    unfrozen = backbone.unfrozen(config["unfrozen_layers"])
    notes = [unfrozen.note] if unfrozen.note else []
    planner = _Planner(experiment, config, pixels, backbone, cuts, notes)
    tuned = config["fine_tune_epochs"]
    if is_fitted or not unfrozen.count or tuned == 0:
        phases = [planner.phase(0, 1 if is_fitted else experiment.epochs, 1.0, 0, is_fitted=is_fitted)]
    elif tuned is None:
        phases = [planner.phase(0, experiment.epochs, 1.0, unfrozen.count)]
    else:
        alone = max(0, experiment.epochs - tuned)
        second = planner.phase(
            alone, experiment.epochs - alone, config["fine_tune_learning_rate_factor"], unfrozen.count
        )
        phases = [planner.phase(0, alone, 1.0, 0), second] if alone else [second]
    return TrialPlan(tuple(phases), tuple(dict.fromkeys(notes)))


@dataclass(frozen=True)
class _Planner:
    """What all phases of a trial share; ``notes`` are added to."""

    experiment: Experiment
    config: Mapping[str, Any]
    pixels: Pixels
    backbone: Backbone
    cuts: Sequence[Cut]
    notes: list[str]

    def phase(self, first: int, epochs: int, factor: float, unfrozen: int, is_fitted: bool = False) -> PhasePlan:
        """The phase that trains so many layers.

        Args:
            first, epochs, factor, is_fitted: as of :class:`PhasePlan`. A fitted head cannot do without features.
            unfrozen: of the backbone.
        """
        # By what they train: 3 and 4 unfrozen layers may be the same program.
        settings = {"unfrozen_layers": unfrozen}
        config = {**self.config, **settings}
        if not is_fitted and config["warmup_epochs"] >= epochs:
            self.notes.append(f"warmup_epochs takes all {epochs} epochs of a phase: its learning rate rises to the end")
        elif not is_fitted and config["learning_rate_schedule"] == "step" and config["decay_epochs"] >= epochs:
            self.notes.append(f"decay_epochs takes all {epochs} epochs of a phase: its learning rate never steps")
        whole = PhasePlan(first, epochs, factor, settings, is_fitted=is_fitted)
        variants = self.experiment.augmentation.cached_variants or 0 if self._augments(config) else 0
        if not is_fitted and not self.experiment.features.cache:
            return whole
        if self._augments(config) and not variants:
            if is_fitted:
                raise TrialError(
                    f"head '{config['head']}' needs features, which random augmentation changes in every epoch: set "
                    "augmentation.cached_variants, or leave augmentation out"
                )
            return whole
        cut = self._cut(config, max(1, variants), is_fitted)
        return whole if cut is None else PhasePlan(first, epochs, factor, settings, cut, variants, is_fitted)

    def _augments(self, config: Mapping[str, Any]) -> bool:
        """Whether this config changes pictures at random, or joins some."""
        return augments(config) or any(config[name] != 0 for name in self.experiment.predicted.joins)

    def _cut(self, config: Mapping[str, Any], variants: int, must_cut: bool) -> Cut | None:
        """Where to cut; ``None``, and a note that says so, where the features would not fit.

        Raises:
            TrialError: they would not, and the head cannot do without.
        """
        features = self.experiment.features
        pictures = len(self.pixels.y_train) * variants + len(self.pixels.y_validation)
        position = self.backbone.unfrozen(config["unfrozen_layers"]).position
        number = np.dtype(features.dtype).itemsize
        usable = [each for each in self.cuts if each.position <= position]
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
