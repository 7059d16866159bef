"""Feed: the pictures of a trial as TensorFlow takes them, copied once or read piece by piece from shared memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import numpy as np

from cnnsearch.data.stages import Pixels
from cnnsearch.training.program import EVALUATION_BATCH, Piece

__all__ = ["Feed"]

_PIECE_BYTES = 64 * 2**20

Item = TypeVar("Item")


class Feed:
    """Training and validation pictures of one image size, for one trial after another.

    Either way the program sees the same batches, and its results are the same bit for bit.

    Args:
        pixels: the pictures at rest.
        is_copied: keep a TensorFlow copy of them in this process; otherwise pieces of at most 64 MB are copied out of
            ``pixels`` as they are needed, the next one while the last one is trained on.
    """

    def __init__(self, pixels: Pixels, is_copied: bool = True) -> None:
        import tensorflow as tf

        self._pixels = pixels
        self.is_copied = is_copied
        self._y_train = tf.constant(pixels.y_train, tf.int32)
        self._y_validation = tf.constant(pixels.y_validation, tf.int32)
        if is_copied:
            self._x_train = tf.constant(pixels.x_train)
            self._x_validation = tf.constant(pixels.x_validation)

    @property
    def count(self) -> int:
        """Training pictures."""
        return len(self._pixels.y_train)

    def training(self, order: np.ndarray, batch_size: int) -> Iterable[Piece]:
        """The training pictures in this ``order``, in pieces of whole batches.

        Args:
            order: every index once, ``(count,)``.
            batch_size: pictures a step.
        """
        if self.is_copied:
            return [(self._x_train, self._y_train, order)]
        size = batch_size * self._rows(batch_size)
        return _ahead([partial(self._piece, order[at : at + size]) for at in range(0, len(order), size)])

    def validation(self) -> Iterable[tuple[Any, Any]]:
        """The validation pictures in pieces."""
        if self.is_copied:
            return [(self._x_validation, self._y_validation)]
        size = EVALUATION_BATCH * self._rows(EVALUATION_BATCH)
        count = len(self._pixels.y_validation)
        return _ahead([partial(self._validation_piece, slice(at, at + size)) for at in range(0, count, size)])

    def one(self) -> tuple[Any, Any]:
        """One validation picture with its label."""
        return self._validation_piece(slice(0, 1))

    def _rows(self, batch_size: int) -> int:
        """Batches a piece."""
        picture: int = self._pixels.x_train[:1].nbytes
        return max(1, _PIECE_BYTES // (picture * batch_size))

    def _piece(self, order: np.ndarray) -> Piece:
        import tensorflow as tf

        x = tf.constant(self._pixels.x_train[order])
        return x, tf.constant(self._pixels.y_train[order], tf.int32), np.arange(len(order), dtype=np.int32)

    def _validation_piece(self, part: slice) -> tuple[Any, Any]:
        import tensorflow as tf

        return tf.constant(self._pixels.x_validation[part]), self._y_validation[part]


def _ahead(makers: list[Callable[[], Item]]) -> Iterator[Item]:
    """What each maker gives, the next one being made while the last one is used."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(makers[0])
        for maker in makers[1:]:
            made, waiting = waiting.result(), pool.submit(maker)
            yield made
        yield waiting.result()
