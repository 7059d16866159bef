"""Ranges of numbers, by which pictures are split: every split has small and large ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

__all__ = ["LEAST_PICTURES", "MOST_RANGES", "ranges_of"]

MOST_RANGES, LEAST_PICTURES = 8, 20
"""At most so many ranges, each of at least so many pictures."""


def ranges_of(values: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The range of each picture, ``(n,)``, and what each is, in words.

    Pictures are halved at the median of one number after the other, and the halves again: of one number these are its
    quantiles. Equal numbers stay together, also where the halves are then unequal.

    Args:
        values: ``(n, outputs)``.
        names: of the outputs.
    """
    members = np.zeros(len(values), np.int32)
    groups = sorted(_halved(values, np.arange(len(values)), 0, MOST_RANGES), key=lambda group: _lowest(values, group))
    for number, group in enumerate(groups):
        members[group] = number
    return members, _unique([_words(values[group], names) for group in groups])


def _halved(values: np.ndarray, group: np.ndarray, first: int, most: int) -> Iterator[np.ndarray]:
    """``group``, or its halves by the ``first`` number that tells them apart, each halved by the next one."""
    count = values.shape[1]
    for column in ((first + step) % count for step in range(count)):
        low = _lower_half(values[group, column]) if most > 1 else None
        if low is not None:
            for half in (group[low], group[~low]):
                yield from _halved(values, half, column + 1, most // 2)
            return
    yield group


def _lower_half(numbers: np.ndarray) -> np.ndarray | None:
    """Which are below the place nearest to the median where the number changes and both sides have enough."""
    n = len(numbers)
    ordered = np.sort(numbers)
    places = 1 + np.flatnonzero(ordered[1:] != ordered[:-1])
    places = places[(places >= LEAST_PICTURES) & (n - places >= LEAST_PICTURES)]
    if not len(places):
        return None
    return np.asarray(numbers < ordered[places[np.argmin(np.abs(2 * places - n))]])


def _lowest(values: np.ndarray, group: np.ndarray) -> tuple[float, ...]:
    return (*values[group].min(axis=0).tolist(), int(group[0]) if len(group) else 0)


def _words(values: np.ndarray, names: tuple[str, ...]) -> str:
    spans = zip(values.min(axis=0), values.max(axis=0), strict=True)
    texts = [f"{low:.4g} to {high:.4g}" if low != high else f"{low:.4g}" for low, high in spans]
    return texts[0] if len(names) == 1 else ", ".join(f"{name} {text}" for name, text in zip(names, texts, strict=True))


def _unique(texts: list[str]) -> tuple[str, ...]:
    """With their numbers where two of them read alike."""
    return tuple(f"{number}: {text}" if texts.count(text) > 1 else text for number, text in enumerate(texts, 1))
