"""What is done to the values of pictures after they were moved and shaded: colours, blur, noise, erasing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import TrialError
from cnnsearch.inputs.pictures.augmentation import colours, effects, rand_augment
from cnnsearch.inputs.pictures.augmentation.draws import compiled, of_block, uniform
from cnnsearch.inputs.pictures.spec import COLOURED

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Finish"]

_DRAWS = ("saturation", "hue", "blur", "erasing", "aspect", "down", "right")
_BLOCK, _NOISE_BLOCK = 1, 4

_TOGETHER = (
    ("brightness", "contrast", "color"),
    ("sharpness",),
    ("posterize", "solarize", "autocontrast"),
    ("equalize",),
)
"""Changes of RandAugment that are compiled together: sharpness would compute those before it for nine pixels each."""

Step = Callable[[Any, Any], Any]
"""Pictures and a seed -> pictures."""


class Finish:
    """Steps that follow each other; each is compiled by itself, see :class:`Augmentation`.

    Args:
        active: names of the parameters whose code is in the graph; of others nothing is done.
        strengths: of each; a variable is read at each call.
        value_range: least and greatest value of the pictures at rest; they stay within.
        by_xla: as of :class:`Augmentation`.
    """

    def __init__(
        self,
        active: frozenset[str],
        strengths: Mapping[str, tf.Tensor | tf.Variable | float],
        value_range: tuple[float, float],
        by_xla: bool = True,
    ) -> None:
        self._strengths = strengths
        self._low, self._high = value_range
        self._coloured = sorted(active.intersection(COLOURED))
        steps: dict[str, list[Step]] = {
            "random_saturation": [compiled(self._saturated, by_xla)],
            "random_hue": [compiled(self._turned, by_xla)],
            "rand_augment": [compiled(self._recoloured(names), by_xla) for names in _TOGETHER],
            "random_gaussian_blur": [compiled(self._blurred, by_xla)],
            # XLA's own normal numbers take twice as long, and would depend on the size of the batch.
            "gaussian_noise": [self._noisy],
            "random_erasing": [compiled(self._erased, by_xla)],
        }
        self._steps = [step for name, of in steps.items() if name in active for step in of]

    def __call__(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """The pictures, ``(batch, height, width, channels)`` float32, changed; arguments as of :class:`Augmentation`.

        Raises:
            TrialError: they have no colours that could change.
        """
        if self._coloured and x.shape[-1] != 3:
            rule = f"changes colours, and the pictures have no three channels but {x.shape[-1]}"
            raise TrialError(f"{self._coloured[0]} {rule}")
        for step in self._steps:
            x = step(x, seed)
        return x

    def _drawn(self, x: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        import tensorflow as tf

        return uniform(_DRAWS, tf.shape(x)[0], of_block(_BLOCK, seed))

    def _saturated(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        factor = 1.0 + (2.0 * self._drawn(x, seed)["saturation"] - 1.0) * self._strengths["random_saturation"]
        factor = _each(factor)
        return colours.within(x, self._low, self._high, lambda x: colours.saturated(x, factor), factor != 1.0)

    def _turned(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        # At strength 1 half of the circle of colours, either way: all of it, as Keras's RandomHue.
        turn = _each((self._drawn(x, seed)["hue"] - 0.5) * self._strengths["random_hue"])
        return colours.within(x, self._low, self._high, lambda x: colours.turned(x, turn), turn != 0.0)

    def _recoloured(self, names: Sequence[str]) -> Step:
        """The step of some changes of RandAugment."""

        def step(x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
            import tensorflow as tf

            chosen = rand_augment.chosen(self._strengths["rand_augment"], tf.shape(x)[0], seed)
            return rand_augment.recoloured(chosen, names, x, self._low, self._high)

        return step

    def _blurred(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return effects.blurred(x, self._drawn(x, seed)["blur"] * self._strengths["random_gaussian_blur"])

    def _noisy(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        spread = self._strengths["gaussian_noise"] * (self._high - self._low)
        noise = tf.random.stateless_normal(tf.shape(x), of_block(_NOISE_BLOCK, seed), alg="philox")
        noisy = x + spread * noise
        return tf.where(spread > 0.0, tf.clip_by_value(noisy, self._low, self._high), x)

    def _erased(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        drawn = self._drawn(x, seed)
        height, width = x.shape[1:3]
        area = drawn["erasing"] * self._strengths["random_erasing"]
        tall, wide = effects.erasing_sides(area, drawn["aspect"], height, width)
        return effects.erased(x, effects.box(height, width, tall, wide, drawn["down"], drawn["right"]))


def _each(numbers: tf.Tensor) -> tf.Tensor:
    """One number a picture, ``(batch, 1)``, for all its values."""
    import tensorflow as tf

    return numbers[:, :, tf.newaxis, tf.newaxis]
