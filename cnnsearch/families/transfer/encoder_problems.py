"""What is wrong with a pretrained encoder in a space whose family may do without: of U-Nets and detectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.stages import size_of
from cnnsearch.errors import Problem, TrialError
from cnnsearch.families import find_family
from cnnsearch.families.family import FamilySpec
from cnnsearch.families.transfer.backbone_parameters import SCRATCH
from cnnsearch.families.transfer.backbone_problems import BackboneSpace, section
from cnnsearch.space import Parameter

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["EncoderProblems"]

_DRAWS = 500


@dataclass(frozen=True)
class EncoderProblems:
    """See :class:`cnnsearch.families.family.Problems`.

    Attributes:
        family: whose space it is.
        targets: what moves with the pictures, as ``masks``.
    """

    family: FamilySpec
    targets: str

    def problems(self, keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
        """Of the space."""
        encoders = BackboneSpace(space, self.family)
        if not encoders.names:
            return []
        return [*encoders.problems(keys), *_scaling(keys, encoders), *_kept_variants(keys, self.targets)]

    def data_problems(
        self,
        experiment: Experiment,
        sizes: Sequence[tuple[int, int]],
        shape: tuple[int, int] | None,
        channels: int,
        classes: int,
    ) -> list[Problem]:
        """Of space and data."""
        encoders = BackboneSpace(experiment.space, self.family)
        found = [*encoders.too_small(min(map(min, sizes), default=None)), *encoders.wrong_channels(channels)]
        return found or _none_fits(experiment, shape, channels, classes)


def _none_fits(experiment: Experiment, shape: tuple[int, int] | None, channels: int, classes: int) -> list[Problem]:
    """Whether a network that can be built on pictures of this size is not to be found among random configs."""
    family = find_family(experiment.model)
    rng = np.random.default_rng(experiment.seed)
    reason = ""
    for _ in range(_DRAWS):
        config = experiment.filled(experiment.space.sample(rng))
        size = size_of(config) or shape or (1, 1)
        try:
            family.cost(config, (*size, channels), classes)
        except TrialError as error:
            reason = str(error)
        else:
            return []
    return [Problem("space", f"none of {_DRAWS} random configs gives a network that these pictures fit: {reason}")]


def _scaling(keys: Mapping[str, Any], encoders: BackboneSpace) -> Iterator[Problem]:
    """A backbone gets its pictures as it was trained on them, which the stage must not scale otherwise."""
    rule = f"encoder '{encoders.names[0]}' gets pictures as it was trained on them: leave scaling out"
    given = section(keys, "preprocessing").get("scaling", "unit")
    if given != "unit":
        yield Problem("preprocessing.scaling", rule, given)
    scaling, met = encoders.space.get("scaling"), encoders.met("scaling", "encoder")
    if scaling is not None and SCRATCH in met and len(met) > 1:  # without any from scratch nothing reads it
        other = next((value for value in scaling.values() if value != "unit"), None)
        if other is not None:
            yield Problem("space.scaling", f"{rule}, or give it 'when: {{encoder: {SCRATCH}}}'", other)


def _kept_variants(keys: Mapping[str, Any], targets: str) -> Iterator[Problem]:
    """Features of moved pictures would stand beside targets that were not moved."""
    variants = section(keys, "augmentation").get("cached_variants")
    if variants is not None:
        rule = f"keeps features of pictures that were moved, and {targets} are not kept with them: leave it out"
        yield Problem("augmentation.cached_variants", rule, variants)
