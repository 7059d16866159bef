"""Teacher: a model whose answers another one learns beside the targets (Hinton, Vinyals, Dean 2015)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.cache.rows import Rows

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

__all__ = ["STRENGTHS", "Lessons", "Teacher", "Teaching", "answers_of"]

STRENGTHS, _ANSWERS = "strengths", "answers"
"""Names of what a training step is given: temperature and weight, and what the teacher told of each picture."""

_BATCH = 256
"""Pictures that a teacher is asked of at once."""


@dataclass(frozen=True, eq=False)
class Teacher:
    """What a network is taught by.

    Attributes:
        model: from inputs at rest to what its task tells.
        answers: ``(n, width)``, what it tells of the training inputs; ``None``: it is asked of each batch as the
            student sees it, since no two epochs show the same pictures.
    """

    model: keras.Model
    answers: np.ndarray | None

    @property
    def specs(self) -> dict[str, tf.TensorSpec]:
        """Of what a training step is given of it."""
        import tensorflow as tf

        strengths = {STRENGTHS: tf.TensorSpec((2,), tf.float32)}
        if self.answers is None:
            return strengths
        return {**strengths, _ANSWERS: tf.TensorSpec((None, *self.answers.shape[1:]), self.answers.dtype)}

    def told(self, pictures: tf.Tensor, beside: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """Its answers of a batch, ``(batch, width)``.

        Args:
            pictures: as the student sees them.
            beside: what the training step is given.
        """
        return beside[_ANSWERS] if _ANSWERS in beside else self.model(pictures, training=False)


@dataclass(frozen=True)
class Lessons:
    """What an epoch is taught.

    Attributes:
        strengths: temperature and weight.
        answers: ``(n, width)`` in the order in which the pictures are trained on; ``None``: the teacher runs along.
    """

    strengths: tuple[float, float]
    answers: np.ndarray | None

    def tensors(self, part: slice) -> dict[str, tf.Tensor]:
        """Of some of the pictures, as a training step takes them."""
        import tensorflow as tf

        strengths = {STRENGTHS: tf.constant(self.strengths, tf.float32)}
        return strengths if self.answers is None else {**strengths, _ANSWERS: tf.constant(self.answers[part])}


@dataclass(frozen=True)
class Teaching:
    """How much of the loss is the teacher's, and how soft its answers are.

    Attributes:
        teacher: whose answers.
        temperature: by which all logits are divided; of numbers it says nothing.
        weight: share of the loss that goes by the teacher, 0 to 1; the rest goes by the targets.
    """

    teacher: Teacher
    temperature: float
    weight: float

    def lessons(self, rows: np.ndarray) -> Lessons:
        """Of an epoch that shows these training pictures in this order."""
        answers = self.teacher.answers
        return Lessons((self.temperature, self.weight), None if answers is None else answers[rows])


def answers_of(model: keras.Model, x: np.ndarray | Rows) -> np.ndarray:
    """``(n, width)``: what a model tells of inputs at rest."""
    parts: list[Any] = [model.predict_on_batch(np.asarray(x[at : at + _BATCH])) for at in range(0, len(x), _BATCH)]
    return np.concatenate(parts)
