"""Feed: what a trial trains on as TensorFlow takes it, copied once or read piece by piece from shared memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import numpy as np

from cnnsearch.cache.rows import Rows, in_memory
from cnnsearch.data.stages import Pixels
from cnnsearch.training.features.features import Features, PrefixCost
from cnnsearch.training.feeds.drawing import drawn
from cnnsearch.training.programs.program import EVALUATION_BATCH, Piece

__all__ = ["Feed"]

_PIECE_BYTES = 64 * 2**20

Item = TypeVar("Item")

Array = np.ndarray | Rows


class Feed:
    """Training and validation pictures, or their features at a cut, for one trial after another.

    Either way the program sees the same batches, and its results are the same bit for bit.

    Args:
        source: the pictures at rest, or the features.
        is_copied: keep a TensorFlow copy in this process; otherwise pieces of at most 64 MB are copied out of
            ``source``, in shared memory or on disk, as they are needed, the next one while the last one is trained on.

    Attributes:
        prefix: what the features would cost to compute again; ``None`` for pictures.
    """

    def __init__(self, source: Pixels | Features, is_copied: bool = True) -> None:
        import tensorflow as tf

        self.is_copied = is_copied
        self.prefix: PrefixCost | None = source.cost if isinstance(source, Features) else None
        self._variants = source.variants if isinstance(source, Features) else 1
        self._targets = source.y_train
        # A copy lets go of the shared arrays.
        keep: Callable[[Any], Any] = (lambda x: tf.constant(in_memory(x))) if is_copied else (lambda x: x)
        self._y_train, self._y_validation = keep(source.y_train), keep(source.y_validation)
        self._x_train, self._x_validation = (tuple(map(keep, _parts(x))) for x in (source.x_train, source.x_validation))

    @property
    def count(self) -> int:
        """Training pictures."""
        return len(self._targets) // self._variants

    def rows(self, seed: int, epoch: int, weights: np.ndarray | None = None) -> np.ndarray:
        """The order of the pictures in an epoch, ``(count,)``; of a picture with variants, one is drawn.

        Args:
            seed, epoch: all that it follows from.
            weights: how often each is drawn, relative to the others; left out, each once.
        """
        return self.drawn(seed, epoch, self.count, weights)

    def drawn(self, seed: int, epoch: int, count: int, weights: np.ndarray | None = None) -> np.ndarray:
        """The order of so many pictures; variant ``k`` of picture ``i`` is ``k * count + i``."""
        rng = np.random.default_rng((seed, epoch))
        order = rng.permutation(count) if weights is None else drawn(rng, weights)
        return order if self._variants == 1 else order + count * rng.integers(self._variants, size=count)

    def training(self, order: np.ndarray, batch_size: int) -> Iterable[Piece]:
        """The training pictures in this ``order``, in pieces of whole batches.

        Args:
            order: as :meth:`rows` gives it.
            batch_size: pictures a step.
        """
        if self.is_copied:
            return [(_one_or_all(self._x_train), self._y_train, order)]
        size = batch_size * self._batches(batch_size)
        return _ahead([partial(self._piece, order[at : at + size]) for at in range(0, len(order), size)])

    def validation(self) -> Iterable[tuple[Any, Any]]:
        """The validation pictures in pieces."""
        if self.is_copied:
            return [(_one_or_all(self._x_validation), self._y_validation)]
        size = self._judged_at_once
        count = len(self._y_validation)
        return _ahead([partial(self._validation_piece, slice(at, at + size)) for at in range(0, count, size)])

    def judging(self, members: np.ndarray) -> Iterable[tuple[Any, Any]]:
        """Some of the pictures that are in folds, as they are judged: without augmentation.

        Args:
            members: ``(n,)`` indices.
        """
        size = len(members) if self.is_copied else self._judged_at_once
        return _ahead([partial(self._judged_piece, members[at : at + size]) for at in range(0, len(members), size)])

    def one(self) -> tuple[Any, Any]:
        """One validation picture with its target."""
        return self._validation_piece(slice(0, 1))

    @property
    def _judged_at_once(self) -> int:
        """Pictures a piece."""
        return EVALUATION_BATCH * self._batches(EVALUATION_BATCH)

    def _judged_piece(self, members: np.ndarray) -> tuple[Any, Any]:
        import tensorflow as tf

        # Variants are augmented: of pictures that have some, those of validation are all pictures as they are.
        parts = self._x_train if self._variants == 1 else self._x_validation
        x = (tf.gather(part, members) if self.is_copied else tf.constant(part[members]) for part in parts)
        return _one_or_all(tuple(x)), tf.constant(self._targets[members])

    def _batches(self, batch_size: int) -> int:
        """Batches a piece."""
        picture: int = sum(part[:1].nbytes for part in self._x_train)
        return max(1, _PIECE_BYTES // (picture * batch_size))

    def _piece(self, order: np.ndarray) -> Piece:
        import tensorflow as tf

        x = _one_or_all(tuple(tf.constant(part[order]) for part in self._x_train))
        return x, tf.constant(self._targets[order]), np.arange(len(order), dtype=np.int32)

    def _validation_piece(self, part: slice) -> tuple[Any, Any]:
        import tensorflow as tf

        x = _one_or_all(tuple(tf.constant(each[part]) for each in self._x_validation))
        return x, tf.constant(self._y_validation[part])


def _parts(x: Array | tuple[Array, ...]) -> tuple[Array, ...]:
    return x if isinstance(x, tuple) else (x,)


def _one_or_all(parts: tuple[Any, ...]) -> Any:
    """As a program takes them: pictures, or the one tensor of a cut, stand alone."""
    return parts if len(parts) > 1 else parts[0]


def _ahead(makers: list[Callable[[], Item]]) -> Iterator[Item]:
    """What each maker gives, the next one being made while the last one is used."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(makers[0])
        for maker in makers[1:]:
            made, waiting = waiting.result(), pool.submit(maker)
            yield made
        yield waiting.result()
