"""Which epochs of a detector train what; behind which frozen part of its encoder, where that is a backbone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.families import plan as one_phase
from cnnsearch.families.detector.places import levels_of
from cnnsearch.families.plan import TrialPlan
from cnnsearch.families.transfer.backbone_parameters import SCRATCH

if TYPE_CHECKING:
    from cnnsearch.data.stages import Pixels
    from cnnsearch.experiment import Experiment

__all__ = ["plan"]


def plan(experiment: Experiment, config: Mapping[str, Any], pixels: Pixels) -> TrialPlan:
    """See :meth:`cnnsearch.families.family.Family.plan`."""
    if config["encoder"] == SCRATCH:
        return one_phase.plan(experiment, config, pixels)
    from cnnsearch.families.transfer.encoder import encoder_of
    from cnnsearch.families.transfer.phases import phases_of

    levels = levels_of(config)
    backbone = encoder_of(config, pixels.x_train.shape[1:], levels, levels).backbone
    return phases_of(experiment, config, pixels, backbone, backbone.cuts)
