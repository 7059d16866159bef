"""By what pictures with several labels are split: sets of labels, the rare ones joined by their rarest label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnsearch.tasks.contract.targets import Strata

__all__ = ["label_sets"]

_OWN = 10
"""Pictures of a set of labels that is a stratum of its own; so there is at most one stratum for ten pictures."""

_MOST = 50
"""Sets that are strata of their own: the most frequent ones."""

_LEAST = 3
"""Pictures of a stratum: one for each split."""

_OTHERS = "other sets"


def label_sets(values: np.ndarray, names: Sequence[str], empty: str = "no label") -> Strata:
    """Strata of pictures, by which every split gets its share of every label.

    Frequent sets of labels are strata. The pictures of all others go with the rarest label that they have, the rarest
    labels first: these, and not the frequent ones, would else be missing in a split.

    Args:
        values: ``(n, labels)`` of 0 and 1.
        names: of the labels.
        empty: what the set without any is called.
    """
    sets, inverse, pictures = np.unique(values, axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    frequent = np.argsort(-pictures, kind="stable")[:_MOST]
    kept = [int(number) for number in frequent if pictures[number] >= _OWN]
    members = np.full(len(values), -1)
    told: list[str] = []
    for number in kept:
        members[inverse == number] = len(told)
        told.append(" + ".join(name for name, has in zip(names, sets[number], strict=True) if has) or empty)
    supports = values.sum(axis=0)
    rarest = np.where(values > 0, supports, len(values) + 1).argmin(axis=1)
    rest = (members < 0) & values.any(axis=1)
    for label in np.argsort(supports, kind="stable").tolist():
        of = rest & (rarest == label)
        if of.sum() >= _LEAST and len(told) < max(1, len(values) // _OWN):
            members[of] = len(told)
            told.append(f"{names[label]} in other sets")
    return _joined(members, told)


def _joined(members: np.ndarray, told: list[str]) -> Strata:
    """What is left is one stratum, or where it is too small a part of the largest."""
    left = members < 0
    if told and 0 < left.sum() < _LEAST:
        members[left] = np.bincount(members[~left]).argmax()
    elif left.any():
        members[left] = len(told)
        told.append(_OTHERS)
    return Strata(members, _different(told), "label set", "label sets")


def _different(told: Sequence[str]) -> tuple[str, ...]:
    """A label may be called as a set of others is."""
    return tuple(name if name not in told[:at] else f"{name} ({at})" for at, name in enumerate(told))
