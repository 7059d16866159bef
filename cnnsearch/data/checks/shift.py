"""Splits whose pictures are of another kind than those of training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import Finding
from cnnsearch.data.split import Split

__all__ = ["CHECK"]

_APART = 0.2
"""Largest distance of two distributions, 0 to 1, below which a difference is not worth telling."""

_SURE = 1.95
"""Of the Kolmogorov-Smirnov test at a level of 0.001: chance alone is below ``_SURE * sqrt((n + m) / nm)``."""


class ShiftCheck:
    """Compares brightness, size and shares of classes."""

    def sets(self, examined: Examined) -> Sets:  # noqa: ARG002 - a Check
        return []

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002
        return []

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        parts = {"validation": split.validation, "test": split.test}
        for name, held in parts.items():
            if name == "validation" and split.folds is not None:
                continue
            told = [text for text in self._differences(examined, split.train, held) if text] if len(held) else []
            if told:
                text = f"The {name} pictures differ from those of training: {'; '.join(told)}."
                yield Finding("shift", text, len(told), examined.dataset, kind=name)

    def _differences(self, examined: Examined, train: np.ndarray, held: np.ndarray) -> Iterator[str]:
        chance = _chance(_independent(examined.dataset.groups, train), _independent(examined.dataset.groups, held))
        brightness = examined.traits["mean"].astype(np.float64)
        if _is_apart(brightness[train], brightness[held], chance):
            means = (brightness[held].mean() / 255, brightness[train].mean() / 255)
            yield f"mean brightness {means[0]:.2f} and {means[1]:.2f} of 1"
        sides = np.sqrt(examined.dataset.pictures.sizes.astype(np.float64).prod(axis=1))
        if _is_apart(sides[train], sides[held], chance):
            yield f"median side {np.median(sides[held]):.0f} and {np.median(sides[train]):.0f} pixels"
        strata = examined.dataset.targets.strata
        one, other = (np.bincount(strata.members[part], minlength=len(strata.names)) for part in (train, held))
        shares = other / other.sum() - one / one.sum()
        # Half of the sum of the differences is the largest one of any set of classes (total variation).
        if np.abs(shares).sum() / 2 > max(_APART, chance):
            most = int(np.abs(shares).argmax())
            yield (
                f"{strata.noun} '{strata.names[most]}' has a share of {other[most] / other.sum():.0%} and "
                f"{one[most] / one.sum():.0%}"
            )


def _is_apart(one: np.ndarray, other: np.ndarray, chance: float) -> bool:
    """Whether two samples are of distributions that differ by much, and surely (Kolmogorov-Smirnov)."""
    values = np.concatenate([one, other])
    below = [np.searchsorted(np.sort(part), values, side="right") / len(part) for part in (one, other)]
    return bool(np.abs(below[0] - below[1]).max() > max(_APART, chance))


def _independent(groups: np.ndarray | None, members: np.ndarray) -> float:
    """As how many pictures by themselves these count, where those of a group are alike (Kish's effective number)."""
    if groups is None:
        return float(len(members))
    sizes = np.unique(groups[members], return_counts=True)[1].astype(np.float64)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def _chance(one: float, other: float) -> float:
    """Below which two samples of one distribution surely are."""
    return float(_SURE * np.sqrt((one + other) / (one * other)))


CHECK = ShiftCheck()
