"""Places of a detector's maps, and the boxes that each is meant for. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Places", "levels_of", "ratios_of", "strides_of"]

_RATIOS = (1.0, 2.0, 0.5, 3.0, 1 / 3)
"""Widths over heights of anchors (Liu et al. 2016, section 2.2)."""


def strides_of(config: Mapping[str, Any]) -> tuple[int, ...]:
    """Of the maps that tell boxes, the finest first, in pixels."""
    return tuple(config["finest_stride"] * 2**level for level in range(config["map_levels"]))


def levels_of(config: Mapping[str, Any]) -> tuple[int, ...]:
    """How often a picture is halved in each of these maps."""
    return tuple(stride.bit_length() - 1 for stride in strides_of(config))


def ratios_of(config: Mapping[str, Any]) -> tuple[float, ...]:
    """Width over height of each prior of a place."""
    return _RATIOS[: config["anchor_ratios"]] if config["boxes_from"] == "anchors" else _RATIOS[:1]


@dataclass(frozen=True, eq=False)
class Places:
    """All places of a network, map after map, row by row, and of each its priors one after the other.

    Attributes:
        centres: ``(n, 4)`` float32, of each prior x, y, x, y in pixels.
        halves: ``(n, 4)`` float32, from there to its sides: left, up, right, down, the first two below 0.
    """

    centres: np.ndarray
    halves: np.ndarray

    @classmethod
    def of(cls, config: Mapping[str, Any], sides: tuple[int, int]) -> Places:
        """Of pictures of ``sides``, height and width; a map has a place more where a stride does not divide them."""
        ratios = np.sqrt(np.array(ratios_of(config)))
        shapes = np.stack([ratios, 1.0 / ratios], -1)
        centres, halves = [], []
        for stride in strides_of(config):
            rows, columns = (np.arange(0, side, stride) + stride / 2 for side in sides)
            x, y = (axis.ravel() for axis in np.meshgrid(columns, rows))
            centres.append(np.repeat(np.stack([x, y, x, y], -1), len(shapes), axis=0))
            half = np.tile(shapes * config["prior_scale"] * stride / 2, (len(x), 1))
            halves.append(np.concatenate([-half, half], -1))
        return cls(*(np.concatenate(parts).astype(np.float32) for parts in (centres, halves)))

    @property
    def priors(self) -> np.ndarray:
        """``(n, 4)`` float32: x0, y0, x1, y1."""
        return np.asarray(self.centres + self.halves)

    @property
    def sides(self) -> np.ndarray:
        """``(n, 4)`` float32: width, height, width, height."""
        return np.asarray(2 * np.abs(self.halves))
