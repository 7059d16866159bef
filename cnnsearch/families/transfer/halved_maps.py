"""The maps of a backbone that lie before each halving: what a decoder joins on its way up."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import keras

from cnnsearch.networks.cuts import necks
from cnnsearch.networks.keras_private import nodes_of

__all__ = ["halved_maps"]

_MERGING = (keras.layers.Add, keras.layers.Concatenate)

_SLACK = 0.1
"""Halvings: what is rounded up is a little more than half."""

_UNPADDED = 2
"""Pixels that a halving without padding takes more: a side of 4 becomes 1, which is one and not two."""


def halved_maps(model: keras.Model) -> dict[int, Any]:
    """Level -> the last tensor of pictures that are halved so often, from 1 on; levels that nothing ends are left out.

    Through it alone all that follows gets its input; where there is none, as in NASNet, the last sum of branches.

    Args:
        model: of one output, from pictures of a known size.
    """
    nodes = [node for node in nodes_of(model) if not node.is_input and _is_map(node)]
    whole = {id(tensor) for tensor in necks(model)}
    # Not more: what excites channels is of a single place.
    ends = [node for node in nodes if id(node.outputs[0]) in whole or isinstance(node.operation, _MERGING)]
    levels = _levels((node.outputs[0] for node in ends), model.inputs[0].shape[1:3])
    found: dict[int, Any] = {}
    for tensor, level in sorted(levels, key=lambda pair: id(pair[0]) in whole):  # where both are, a whole one counts
        found[level] = tensor
    return {level: found[level] for level in sorted(found) if level}


def _is_map(node: Any) -> bool:
    """Whether it gives a map, and none that has edges for the next layer alone."""
    shape = node.outputs[0].shape
    return len(shape) == 4 and not isinstance(node.operation, keras.layers.ZeroPadding2D)


def _levels(tensors: Iterable[Any], picture: tuple[int, int]) -> list[tuple[Any, int]]:
    """Of each tensor how often the picture is halved in it; those of other proportions, as one number a channel, and
    those that were enlarged again have no level."""
    longer = int(picture[1] > picture[0])
    sides: dict[int, int] = {0: picture[longer]}  # level -> the side of the last tensor of it
    found = []
    for tensor in tensors:
        here = tensor.shape[1 + longer]
        if _is_of(tensor, picture) and (level := _level(sides, here)) is not None:
            sides[level] = here
            found.append((tensor, level))
    return found


def _is_of(tensor: Any, picture: tuple[int, int]) -> bool:
    """Whether both sides are as many times smaller."""
    height, width = tensor.shape[1:3]
    return abs(math.log2(picture[0] / height) - math.log2(picture[1] / width)) < 1


def _level(sides: dict[int, int], here: int) -> int | None:
    """Branches come one after the other: what is as large as an earlier level belongs to that."""
    deepest = max(sides)
    before = sides[deepest]
    if here < before and 2 * here <= before + 1:
        once = before <= 2 * here + _UNPADDED
        return deepest + (1 if once else max(1, round(math.log2(before / here) - _SLACK)))
    return next((level for level in sorted(sides, reverse=True) if here <= sides[level] < 2 * here), None)
