"""Pairs of pictures that look nearly the same: resized, encoded again, a little brighter.

Two pictures are such a pair where their perceptual hashes differ in at most 10 of 64 bits, and their colours in 8 x 8
fields by at most 12 of 255 (root mean square), and by little beside what varies in the picture, whatever their
brightness: ``benchmarks/CHECKS.md`` says what that finds, and what it wrongly takes for a copy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnsearch.inputs.pictures.traits import bits_apart

__all__ = ["Alike", "alike_pictures"]

_BITS = 10
_APART = 12.0
_PART = 0.35
"""By how much the colours, each less its mean, may differ, as a part of how much they vary in the picture that varies
more: on an even ground 12 of 255 hide whole objects. Of photographs that were resized and encoded again it was 0.27 at
most."""

_FLAT = 8
"""A picture whose brightness varies by less looks like every other of that kind."""

_MOST_EACH = 100
"""Pictures that look roughly like one, on average, above which looks tell nothing."""

_MOST_SHARE = 0.1
"""Of all pictures in one chain of such pairs, above which these are no copies but pictures that look alike."""

_CHUNK = 65536

_WAVES = np.array(
    [[np.sqrt((1 if k else 0.5) / 4) * np.cos(np.pi * (2 * x + 1) * k / 16) for x in range(8)] for k in range(2)]
)
"""``(2, 8)``, the lowest frequencies of the orthonormal discrete cosine transform."""


@dataclass(frozen=True, eq=False)
class Alike:
    """What looks nearly the same.

    Attributes:
        pairs: indices of two pictures each, ``(m, 2)``.
        is_everywhere: so many pictures look alike that none can be called a copy; then there are no pairs.
    """

    pairs: np.ndarray
    is_everywhere: bool = False


_NOWHERE = np.zeros((0, 2), np.int64)


def alike_pictures(traits: np.ndarray, indices: np.ndarray) -> Alike:
    """Of pictures with these traits ``(n,)`` and indices ``(n,)``."""
    varied = traits["high"].astype(int) - traits["low"] >= _FLAT
    traits, indices = traits[varied], indices[varied]
    if len(traits) < 2:
        return Alike(_NOWHERE)
    candidates = _candidates(traits["colours"])
    if candidates is None:
        return Alike(_NOWHERE, is_everywhere=True)
    near = [_near(traits, candidates[start : start + _CHUNK]) for start in range(0, len(candidates), _CHUNK)]
    pairs = np.concatenate([_NOWHERE, *near])
    if _largest_chain(pairs, len(traits)) > max(10, _MOST_SHARE * len(traits)):
        return Alike(_NOWHERE, is_everywhere=True)
    return Alike(indices[pairs])


def _candidates(colours: np.ndarray) -> np.ndarray | None:
    """All pairs ``(m, 2)`` of which the colours may be near enough; ``None``: there are too many.

    An orthonormal transform keeps distances, so its lowest frequencies alone are never further apart than the colours.
    """
    from scipy.spatial import cKDTree

    low = np.einsum("ky,nyxc,lx->nklc", _WAVES, colours.astype(np.float32), _WAVES).reshape(len(colours), -1)
    radius = _APART * np.sqrt(colours[0].size)
    tree = cKDTree(low)
    if tree.count_neighbors(tree, radius) > (1 + _MOST_EACH) * len(low) + 10_000:
        return None
    pairs: np.ndarray = tree.query_pairs(radius, output_type="ndarray")
    return pairs


def _near(traits: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    one, other = traits[pairs[:, 0]], traits[pairs[:, 1]]
    alike = bits_apart(one["hash"], other["hash"]) <= _BITS
    colours, others = (each["colours"].astype(np.float32) for each in (one, other))
    apart = colours - others
    alike &= (apart**2).mean(axis=(1, 2, 3)) <= _APART**2
    most = np.maximum(_variance(colours), _variance(others))
    found: np.ndarray = pairs[alike & (_variance(apart) <= _PART**2 * most)].astype(np.int64)
    return found


def _variance(colours: np.ndarray) -> np.ndarray:
    """Over the fields of each picture, mean over its channels, ``(m,)``."""
    return np.asarray(colours.var(axis=(1, 2)).mean(axis=1))


def _largest_chain(pairs: np.ndarray, count: int) -> int:
    """Pictures that hang together by pairs."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    labels = connected_components(graph, directed=False)[1]
    return int(np.bincount(labels).max())
