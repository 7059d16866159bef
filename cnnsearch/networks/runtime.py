"""Runtime parameters in a model: values that the compiled graph reads anew, so that one program serves many trials.

A family's function finds a :class:`RuntimeValue` in its config where the parameter is a runtime one in this search, and
a plain number elsewhere (an exported model, a parameter that is off). The functions here take both; with a plain
number they give Keras's own layer or regulariser.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, NoReturn

import keras
import numpy as np
import tensorflow as tf

from cnnsearch.errors import TrialError

__all__ = ["Dropout", "L1L2", "RuntimeValue"]


class _Range(NamedTuple):
    """What a number must be where it is used: in the graph nobody looks at it any more.

    Attributes:
        rule: in words.
        low: the least number.
        below: it must be less than this.
    """

    rule: str
    low: float
    below: float

    def check(self, number: float, name: str = "") -> None:
        """Raises:
        TrialError: ``number`` is not within, as the float32 that the graph would see.
        """
        with np.errstate(over="ignore"):
            seen = np.float32(number)
        if not self.low <= seen < self.below:
            raise TrialError(f"{f'{name}: ' if name else ''}{self.rule} (got {number!r})")


_RATE = _Range("the rate of Dropout must be from 0 to below 1", 0.0, 1.0)
_FACTOR = _Range("a factor of L1L2 must be a number of at least 0", 0.0, math.inf)


class RuntimeValue:
    """A number that differs between trials of one program. Reading it as a number would bake it into the graph.

    Args:
        name: the parameter's name.
        shape: ``()``, or that of a vector.

    Attributes:
        variable: holds the number; :meth:`assign` sets it before each trial.
    """

    def __init__(self, name: str, shape: tuple[int, ...] = ()) -> None:
        self.name = name
        self.variable = tf.Variable(tf.zeros(shape), trainable=False, name=name)
        self._ranges: list[_Range] = []

    def assign(self, number: Any) -> None:
        """Set the number, or the vector, of the next trial.

        Raises:
            TrialError: what reads it cannot take such a number.
        """
        for each in self._ranges:
            each.check(number, self.name)
        self.variable.assign(number)

    def keep_within(self, range_: _Range) -> None:
        """Take no other numbers from now on."""
        self._ranges.append(range_)

    @property
    def tensor(self) -> tf.Tensor:
        """The value, float32, read where this is called: inside a layer's ``call``, or a regulariser."""
        if tf.executing_eagerly():
            self._refuse()  # a constant of the graph otherwise
        return self.variable.read_value()

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError(
            f"'{self.name}' is a runtime parameter: read as a number while the model is built, it would be the same in "
            "all trials. Give it to Dropout or L1L2 of cnnsearch.networks.runtime, read its .tensor inside a layer's "
            f"call, or leave '{self.name}' out of the experiment's 'runtime'"
        )

    __bool__ = __float__ = __int__ = __index__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _refuse  # type: ignore[assignment]
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = _refuse
    __pow__ = __rpow__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __abs__ = __pos__ = __round__ = _refuse
    __hash__ = object.__hash__


def Dropout(  # noqa: N802 - named as Keras's layer
    rate: float | RuntimeValue, factor: float = 1.0, noise_shape: tuple[int | None, ...] | None = None, **options: Any
) -> keras.layers.Layer:
    """``keras.layers.Dropout`` with a rate that may be a runtime value: for equal seeds it drops the same activations.

    Args:
        rate: from 0 to below 1.
        factor: by which it is multiplied, from 0 to 1.
        noise_shape: as of Keras's layer: 1 along axes that are dropped as one, ``None`` along others.
        options: ``name`` and others of every Keras layer.

    Raises:
        TrialError: the rate is another number; of a runtime value, when a trial sets it.
    """
    _keep_within(_RATE, rate)
    if isinstance(rate, RuntimeValue):
        return RuntimeDropout(rate, factor, noise_shape, **options)
    return keras.layers.Dropout(rate * factor, noise_shape, **options)


def L1L2(  # noqa: N802 - named as Keras's regulariser
    l1: float | RuntimeValue = 0.0, l2: float | RuntimeValue = 0.0
) -> keras.regularizers.Regularizer | None:
    """``keras.regularizers.L1L2`` with factors that may be runtime values; ``None`` where both are the number 0.

    Args:
        l1, l2: at least 0.

    Raises:
        TrialError: a factor is another number; of a runtime value, when a trial sets it.
    """
    for factor in (l1, l2):
        _keep_within(_FACTOR, factor)
    if isinstance(l1, RuntimeValue) or isinstance(l2, RuntimeValue):
        return _L1L2(l1, l2)
    return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None


def _keep_within(range_: _Range, number: float | RuntimeValue) -> None:
    if isinstance(number, RuntimeValue):
        number.keep_within(range_)
    else:
        range_.check(number)


class RuntimeDropout(keras.layers.Layer):
    def __init__(
        self, rate: RuntimeValue, factor: float = 1.0, noise_shape: tuple[int | None, ...] | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self._rate, self._factor, self._noise_shape = rate, factor, noise_shape
        self.seed_generator = keras.random.SeedGenerator()
        self.supports_masking = True

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return inputs
        # The seed as Keras's TensorFlow backend makes it of its generator's state.
        seed = tf.cast(tf.math.floormod(self.seed_generator.next(), tf.int32.max - 1), tf.int32)
        # In double precision, as Keras computes it of a plain number; tf.nn's would divide by a rounded 1 - rate.
        rate = tf.cast(self._rate.tensor, tf.float64) * self._factor
        kept = tf.random.stateless_uniform(self._noise(inputs), seed, dtype=inputs.dtype) >= tf.cast(rate, inputs.dtype)
        scale = tf.cast(1.0 / (1.0 - rate), inputs.dtype)
        return tf.where(kept, inputs * scale, tf.zeros((), inputs.dtype))

    def _noise(self, inputs: tf.Tensor) -> tf.Tensor:
        """Shape of what is drawn."""
        whole = tf.shape(inputs)
        if self._noise_shape is None:
            return whole
        return tf.stack([whole[axis] if side is None else side for axis, side in enumerate(self._noise_shape)])


class _L1L2(keras.regularizers.Regularizer):
    def __init__(self, l1: float | RuntimeValue, l2: float | RuntimeValue) -> None:
        self._terms = [
            (factor, norm)
            for factor, norm in ((l1, tf.abs), (l2, tf.square))
            if isinstance(factor, RuntimeValue) or factor
        ]

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        penalties = [_number(factor, x.dtype) * tf.reduce_sum(norm(x)) for factor, norm in self._terms]
        return tf.add_n(penalties)


def _number(value: float | RuntimeValue, dtype: Any) -> tf.Tensor:
    return tf.cast(value.tensor if isinstance(value, RuntimeValue) else value, dtype)
