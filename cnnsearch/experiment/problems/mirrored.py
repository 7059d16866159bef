"""Pictures that are moved where each object must have its box: what is shown again beyond the edge has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnsearch.inputs.pictures.spec import AUGMENTATION, MOVING

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["mirrored_remarks"]

_COPIES = ("reflect", "wrap")
"""Values of ``fill_mode`` that show a part of the picture again."""


def mirrored_remarks(experiment: Experiment) -> Iterator[str]:
    """Of ``fill_mode`` in a search of boxes."""
    space = experiment.space
    moving = [name for name in MOVING if name != "random_flip" and AUGMENTATION[name].may_act(space.get(name))]
    if experiment.predicted.reads != "boxes" or not moving:
        return
    parameter = space.get("fill_mode")
    modes = (AUGMENTATION["fill_mode"].default,) if parameter is None else tuple(parameter.values())
    if copies := [mode for mode in _COPIES if mode in modes]:
        default = ", the default," if parameter is None else ""
        yield (
            f"space.fill_mode: '{copies[0]}'{default} shows objects again beyond the edge of a picture that "
            f"{moving[0]} moves, and these have no box: fill_mode: constant shows none"
        )
