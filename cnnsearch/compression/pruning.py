"""Structured pruning: a network without some of its filters, built anew so that it is truly smaller and faster.

Of each layer the same share goes, the filters with the least sums of absolute weights (Li et al. 2017), or those with
the least scales of the batch normalisation behind them (Liu et al. 2017). Filters that an addition, a depthwise
convolution or a normalisation of groups ties go together, by their mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.compression.spec import Measure, Pruning
from cnnsearch.compression.walking import Followed, Walk, walked
from cnnsearch.errors import InputError, Problem, first_line

if TYPE_CHECKING:
    import keras

__all__ = ["NothingPrunedError", "filters_gone", "pruned"]


class NothingPrunedError(InputError):
    """The share is a whole filter of no layer: the network would stay as it is."""


def pruned(model: keras.Model, way: Pruning) -> keras.Model:
    """A new network of fewer filters, with the weights of those that stay.

    Args:
        model: functional, with its weights; it stays as it is.
        way: which filters go.

    Raises:
        NothingPrunedError: a larger share would take a filter.
        InputError: a layer cannot be made smaller, or there is nothing to prune.
    """
    walk = walked(model)
    kept = _kept(model, walk, way)
    if kept.all():
        raise _none_gone(model, walk, way)
    try:
        return _rebuilt(model, walk, kept)
    except (TypeError, ValueError) as error:  # as of an array of its own code, which has a number for each filter
        rule = f"this network cannot be built anew without some of its filters: {first_line(error)}"
        raise InputError(Problem("--prune", rule, way.sparsity)) from error


def filters_gone(model: keras.Model, without: keras.Model) -> float:
    """Share of the filters and units that a network lost, of all layers that can lose some.

    Args:
        model: that :func:`pruned` was given.
        without: what it gave, whose layers have the same names.
    """
    walk = walked(model)
    roots, held = walk.channels.roots, walk.channels.held
    before = after = 0
    for name, layer in walk.layers.items():
        if layer.filters is None:
            continue
        position, axis = layer.filters
        made = roots[layer.weights[position][axis]].tolist()
        if not held.issuperset(made):
            before += len(made)
            # What it is in the smaller network may be another kind, as a convolution by depth, which makes none.
            after += without.get_layer(name).weights[position].shape[axis]
    return 1 - after / before


def _none_gone(model: keras.Model, walk: Walk, way: Pruning) -> InputError:
    most = max((len(free) for _, free in _free(model, walk, way.by)), default=0)
    if most > 1 and not _count(way, most):
        least = math.ceil(1000 / most) / 1000
        rule = f"of no layer it is a whole filter: the most that may go are {most}, and one of these is {least:g}"
        return NothingPrunedError(Problem("--prune", rule, way.sparsity))
    has = "a filter to spare" if way.by == "l1" else "filters with a scale of batch normalisation behind them"
    return InputError(Problem("--prune", f"no layer of this network has {has}", way.sparsity))


def _kept(model: keras.Model, walk: Walk, way: Pruning) -> np.ndarray:
    """Of each channel whether it stays."""
    gone: set[int] = set()
    for layers, free in _free(model, walk, way.by):
        gone |= _first(free, _count(way, len(free)), layers)
    return np.array([root not in gone for root in walk.channels.roots.tolist()], bool)


def _count(way: Pruning, free: int) -> int:
    # Rounding must not cost a filter: 0.29 * 100 is a little less than 29.
    return int(way.sparsity * free + 1e-9)


def _free(model: keras.Model, walk: Walk, by: Measure) -> Iterator[tuple[list[Mapping[int, None]], list[int]]]:
    """Layers that go together, and the roots of what may go of them, those that count least first."""
    roots, held = walk.channels.roots, walk.channels.held
    scores = _scores(model, walk, roots, by)
    for layers in _layers_together(walk, roots):
        together = dict.fromkeys(root for layer in layers for root in layer)
        free = [root for root in together if root not in held and not np.isnan(scores[root])]
        yield layers, sorted(free, key=lambda root: scores[root])


def _first(roots: Sequence[int], count: int, layers: Sequence[Mapping[int, None]]) -> set[int]:
    """So many of ``roots`` from the first on, without the last one that a layer has left."""
    left = [len(layer) for layer in layers]
    found: set[int] = set()
    for root in roots:
        mine = [at for at, layer in enumerate(layers) if root in layer]
        if len(found) < count and all(left[at] > 1 for at in mine):
            found.add(root)
            for at in mine:
                left[at] -= 1
    return found


def _layers_together(walk: Walk, roots: np.ndarray) -> list[list[Mapping[int, None]]]:
    """Roots of the channels that each layer makes, in their order; layers that share some are in one list."""
    found: list[list[Mapping[int, None]]] = []
    for layer in walk.layers.values():
        if layer.filters is None:
            continue
        position, axis = layer.filters
        mine = dict.fromkeys(roots[layer.weights[position][axis]].tolist())
        shared = [each for each in found if any(not mine.keys().isdisjoint(other) for other in each)]
        found = [each for each in found if each not in shared]
        found.append([*(other for each in shared for other in each), mine])
    return found


def _scores(model: keras.Model, walk: Walk, roots: np.ndarray, by: Measure) -> np.ndarray:
    """How much a channel counts, of roots alone; not a number where nothing tells.

    Each layer's numbers are over their mean: those that layers of other sizes tie must be alike.
    """
    sums, counts = np.zeros(len(roots)), np.zeros(len(roots))
    for name, layer in walk.layers.items():
        measured = _measured(model.get_layer(name), layer, by) if layer.weights else None
        if measured is not None:
            channels, sizes = measured
            np.add.at(sums, roots[channels], sizes / max(float(sizes.mean()), np.finfo(np.float32).tiny))
            np.add.at(counts, roots[channels], 1)
    with np.errstate(invalid="ignore"):
        scores: np.ndarray = sums / counts
    return scores


def _measured(layer: keras.layers.Layer, how: Followed, by: Measure) -> tuple[np.ndarray, np.ndarray] | None:
    """Channels, and a number of each; ``None``: this layer tells none."""
    if by == "batch_normalization":
        if how.scale is None:
            return None
        return how.weights[how.scale][0], np.abs(layer.get_weights()[how.scale])
    if how.filters is None:
        return None
    position, axis = how.filters
    kernel = np.abs(layer.get_weights()[position])
    return how.weights[position][axis], kernel.sum(tuple(each for each in range(kernel.ndim) if each != axis))


def _rebuilt(model: keras.Model, walk: Walk, kept: np.ndarray) -> keras.Model:
    import keras

    def resized(layer: Any) -> Any:
        config, how = layer.get_config(), walk.layers.get(layer.name, Followed())
        for key, channels in how.sizes.items():
            count = int(kept[channels].sum())
            config[key] = count if np.ndim(config[key]) == 0 else (*config[key][:-1], count)
        return type(layer).from_config(config)

    made = keras.models.clone_model(model, clone_function=resized)
    for layer in model.layers:
        if layer.weights:
            made.get_layer(layer.name).set_weights(_cut(layer, walk.layers.get(layer.name, Followed()), kept))
    return made


def _cut(layer: keras.layers.Layer, how: Followed, kept: np.ndarray) -> list[np.ndarray]:
    """The weights of a layer without what is gone; one that follows no channels has them all."""
    arrays: list[np.ndarray] = layer.get_weights()
    for position, along in enumerate(how.weights):
        for axis, channels in along.items():
            arrays[position] = np.compress(kept[channels], arrays[position], axis)
    return arrays
