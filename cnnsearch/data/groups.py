"""Pictures that belong together, as those of one patient: no split and no fold divides them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from cnnsearch.errors import InputError, Problem

__all__ = ["group_numbers", "groups_by_name", "joined_groups", "shared_groups"]


def group_numbers(names: Sequence[object] | np.ndarray) -> np.ndarray:
    """``(n,)`` int64 number of the group of each picture, from ``(n,)`` names of groups."""
    numbers = np.unique(np.asarray(names), return_inverse=True)[1]
    return numbers.reshape(-1).astype(np.int64)


def shared_groups(names: Sequence[object] | np.ndarray) -> np.ndarray | None:
    """Those numbers, from 0 on; ``None`` where each picture is the only one of its group."""
    numbers = group_numbers(names)
    return numbers if len(numbers) and int(numbers.max()) + 1 < len(numbers) else None


def groups_by_name(pattern: str, names: Sequence[str]) -> tuple[str, ...]:
    """The group of each picture file: what the groups of a pattern match in its name, or else the whole match.

    Args:
        pattern: a regular expression that matches from the beginning of the file's own name; one with a slash matches
            anywhere in the path instead.
        names: paths, with slashes, relative to what the user named.

    Raises:
        InputError: it does not match some name.
    """
    compiled, whole = re.compile(pattern), "/" in pattern
    found = [compiled.search(name) if whole else compiled.match(name.rsplit("/", 1)[-1]) for name in names]
    missed = [name for name, match in zip(names, found, strict=True) if match is None]
    if missed:
        rule = f"does not match the names of {len(missed):,} of {len(names):,} pictures, as {missed[0]}"
        raise InputError(Problem("dataset.group", rule, pattern))
    return tuple("\0".join(part or "" for part in match.groups()) or match.group() for match in found if match)


def joined_groups(count: int, groups: np.ndarray | None, together: Iterable[Sequence[int]]) -> np.ndarray | None:
    """Groups in which further pictures belong together, by the groups that they are in (union and find).

    Args:
        count: of pictures.
        groups: ``(count,)`` as there are already.
        together: indices of pictures each.

    Returns:
        ``(count,)`` int64; ``None`` where no two pictures belong together.
    """
    parent = np.arange(count) if groups is None else _first_of_each(groups)

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = int(parent[index])
        return index

    for first, *others in together:
        for other in others:
            low, high = sorted((root(first), root(other)))
            parent[high] = low
    found = np.array([root(index) for index in range(count)], dtype=np.int64)
    return found if (np.bincount(found, minlength=1) > 1).any() else None


def _first_of_each(groups: np.ndarray) -> np.ndarray:
    """``(n,)`` index of the first picture of the group of each."""
    _, first, numbers = np.unique(groups, return_index=True, return_inverse=True)
    return first[numbers.reshape(-1)].astype(np.int64)
