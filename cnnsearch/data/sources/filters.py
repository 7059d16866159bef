"""``dataset.classes`` and ``dataset.limit``: which pictures of a source are used. The classes come first."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.labels import one_form
from cnnsearch.data.strata import allocate, draw
from cnnsearch.errors import InputError, Problem, nearest

__all__ = ["chosen_classes", "drawn_within"]


def chosen_classes(classes: tuple[str, ...], wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """Of ``classes`` those that are wanted, in their order; ``None`` wants all.

    Raises:
        InputError: there is no class of some name.
    """
    if wanted is None:
        return classes
    known = {one_form(name) for name in classes}
    unknown = [name for name in wanted if one_form(name) not in known]
    if unknown:
        rule = f"names a class that is not there; {nearest(unknown[0], classes)}"
        raise InputError(Problem("dataset.classes", rule, unknown[0]))
    names = {one_form(name) for name in wanted}
    return tuple(name for name in classes if one_form(name) in names)


def drawn_within(labels: np.ndarray, given: np.ndarray | None, limit: int, seed: int) -> np.ndarray:
    """Sorted indices of at most ``limit`` pictures, stratified over class and given split.

    Args:
        labels: ``(n,)`` class of each picture, numbers or names.
        given: ``(n,)`` names of the given splits, or ``None``.
        limit: the most to draw.
        seed: of the draw.

    Raises:
        InputError: the limit is below one picture for each class of each given split.
    """
    strata = np.unique(labels, return_inverse=True)[1]
    if given is not None:
        splits, split = np.unique(given, return_inverse=True)
        strata = np.unique(strata * len(splits) + split, return_inverse=True)[1]
    counts = np.bincount(strata)
    if limit >= len(labels):
        return np.arange(len(labels), dtype=np.int64)
    if limit < len(counts):
        each = "class" if given is None else "class and split"
        rule = f"must leave a picture of each {each}: at least {len(counts)}"
        raise InputError(Problem("dataset.limit", rule, limit))
    take = allocate(counts, limit / len(labels))
    while take.sum() > limit:
        take[take.argmax()] -= 1
    return draw(strata, take, np.random.default_rng(seed))
