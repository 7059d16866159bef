"""Unstructured pruning: single weights become 0 while the network is trained on, more of them from epoch to epoch.

Of each kernel the same share goes, the least by their absolute values, few at last (Zhu and Gupta 2017). In the first
half of the epochs they go, in the second what is left learns to do without them. Kernels by depth are left as they
are, as there: they have few weights, and each number that they give is made of nine. Files have a 0 for each weight
that is gone, so they are smaller only when they are packed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from cnnsearch.compression.kernels import kernels_of
from cnnsearch.compression.pruning import NothingPrunedError
from cnnsearch.compression.spec import Pruning
from cnnsearch.errors import InputError, Problem
from cnnsearch.networks.keras_private import inputs_as_named, run_through

__all__ = ["BeforeEpoch", "Masked", "Sparse", "share_before", "sparse"]

BeforeEpoch = Callable[[keras.Model, int], bool]
"""Changes a network in training before an epoch, counted from 0; whether what that epoch gives may be kept."""


class Masked(keras.layers.Wrapper):  # type: ignore[misc]
    """A layer, computed without the weights whose masks are 0.

    Args:
        layer: one that has kernels which may lose weights.
    """

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        self.masks = [
            self.add_weight(getattr(self.layer, name).shape, "ones", trainable=False, name=f"{name}_mask")
            for name in _names(self.layer)
        ]

    @property
    def kernels(self) -> Iterator[tuple[Any, Any]]:
        """Each kernel, and its mask."""
        return ((getattr(self.layer, name), mask) for name, mask in zip(_names(self.layer), self.masks, strict=True))

    def call(self, inputs: Any) -> Any:
        left = [(kernel, kernel * mask) for kernel, mask in self.kernels]
        with keras.StatelessScope(state_mapping=left):
            return self.layer(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)


@dataclass(frozen=True)
class Sparse:
    """A network that lost weights.

    Attributes:
        model: of the same layers, with a 0 for each weight that is gone.
        weights_gone: share of the weights that are 0, of all kernels that can lose some.
    """

    model: keras.Model
    weights_gone: float


def sparse(network: keras.Model, way: Pruning, trained: Callable[[keras.Model, BeforeEpoch], keras.Model]) -> Sparse:
    """Train a network until a share of its weights is 0.

    Args:
        network: functional, of layers alone; it stays as it is.
        way: which share, and how long.
        trained: trains a network, changing it before each epoch, and gives one with the same layers.

    Raises:
        NothingPrunedError: a larger share would take a weight.
        InputError: it has no weights that may go.
    """
    begun = _masked(network)
    sizes = [math.prod(mask.shape) for layer in _layers(begun) for mask in layer.masks]
    if not sizes:
        raise InputError(Problem("--prune", "no layer of this network has weights to spare", way.sparsity))
    if not _count(way.sparsity, max(sizes)):
        rule = f"is a whole weight of no layer: the most that one has are {max(sizes)}"
        raise NothingPrunedError(Problem("--prune", rule, way.sparsity))

    def before_epoch(model: keras.Model, epoch: int) -> bool:
        share = share_before(epoch, way.epochs, way.sparsity)
        for layer in _layers(model):
            for kernel, mask in layer.kernels:
                mask.assign(_left(np.asarray(kernel) * np.asarray(mask), share))
        return share == way.sparsity

    made = _plain(trained(begun, before_epoch))
    gone = sum(_zeros(layer) for layer in made.layers)
    return Sparse(made, gone / sum(sizes))


def share_before(epoch: int, epochs: int, sparsity: float) -> float:
    """Share of the weights that are 0 in an epoch, counted from 0, of so many.

    It rises by a cubic: many go at first, when there are many that do little (Zhu and Gupta 2017).
    """
    rising = -(-epochs // 2)
    if epoch + 1 >= rising:
        return sparsity
    return sparsity * (1 - (1 - (epoch + 1) / rising) ** 3)


def _names(layer: Any) -> list[str]:
    """Of the kernels of a layer that may lose weights: those by depth have two axes of channels."""
    return [name for name, axes in kernels_of(layer).items() if len(axes) == 1]


def _count(share: float, size: int) -> int:
    # Rounding must not cost a weight: 0.29 * 100 is a little less than 29.
    return int(share * size + 1e-9)


def _left(kernel: np.ndarray, share: float) -> np.ndarray:
    """Of each weight 1 where it stays, else 0; what is 0 already goes first."""
    found = np.ones(kernel.size, np.float32)
    if count := _count(share, kernel.size):
        found[np.argpartition(np.abs(kernel).ravel(), count - 1)[:count]] = 0
    return found.reshape(kernel.shape)


def _layers(model: keras.Model) -> Iterator[Masked]:
    return (layer for layer in model.layers if isinstance(layer, Masked))


def _masked(model: keras.Model) -> keras.Model:
    made: dict[str, Masked] = {}

    def called(operation: Any, *args: Any, **options: Any) -> Any:
        if _names(operation) and operation.name not in made:
            made[operation.name] = Masked(operation, name=operation.name)
        return made.get(operation.name, operation)(*args, **options)

    return keras.Model(inputs_as_named(model), run_through(model, model.inputs, called))


def _plain(model: keras.Model) -> keras.Model:
    """Without masks: what they took is 0 in the kernels themselves."""
    for layer in _layers(model):
        for kernel, mask in layer.kernels:
            kernel.assign(kernel * mask)

    def called(operation: Any, *args: Any, **options: Any) -> Any:
        return (operation.layer if isinstance(operation, Masked) else operation)(*args, **options)

    return keras.Model(inputs_as_named(model), run_through(model, model.inputs, called))


def _zeros(layer: Any) -> int:
    return sum(int((np.asarray(getattr(layer, name)) == 0).sum()) for name in _names(layer))
