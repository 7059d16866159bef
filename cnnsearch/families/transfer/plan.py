"""Which epochs of a transfer trial train what, behind which frozen part of its backbone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import TrialError
from cnnsearch.families.plan import TrialPlan
from cnnsearch.families.transfer.body import backbone_of, cuts_of
from cnnsearch.families.transfer.phases import phases_of

if TYPE_CHECKING:
    from cnnsearch.data.stages import Pixels
    from cnnsearch.experiment import Experiment

__all__ = ["plan"]


def plan(experiment: Experiment, config: Mapping[str, Any], pixels: Pixels) -> TrialPlan:
    """One phase, or with ``fine_tune_epochs`` two; see :meth:`cnnsearch.families.family.Family.plan`."""
    shape: tuple[int, int, int] = pixels.x_train.shape[1:]
    backbone = backbone_of(config, shape)
    fitted = config["head"] != "dense"
    if fitted and backbone.unfrozen(config["unfrozen_layers"]).count:
        raise TrialError(f"head '{config['head']}' trains no layer of the backbone: unfrozen_layers must be 0")
    return phases_of(experiment, config, pixels, backbone, cuts_of(config, shape), is_fitted=fitted)
