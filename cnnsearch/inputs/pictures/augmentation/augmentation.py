"""Augmentation in the graph of each picture of a batch by itself: moves, colours, blur, noise and erasing."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnsearch.inputs.pictures.augmentation import rand_augment
from cnnsearch.inputs.pictures.augmentation.draws import compiled, uniform
from cnnsearch.inputs.pictures.augmentation.finish import Finish
from cnnsearch.inputs.pictures.augmentation.movement import Forms, Movement, along_axis
from cnnsearch.inputs.pictures.augmentation.neighbours import (
    Neighbours,
    columns_shifted,
    from_centre,
    neighbours,
    rows_shifted,
)

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["Augmentation"]

_DRAWS = (
    "flip_x",
    "flip_y",
    "rotation",
    "shift_x",
    "shift_y",
    "zoom",
    "shear_x",
    "shear_y",
    "crop",
    "crop_x",
    "crop_y",
    "brightness",
    "contrast",
)
_AFFINE = frozenset(
    {"random_rotation", "random_translation", "random_zoom", "random_shear", "random_crop", "rand_augment"}
)
_TURNING = frozenset({"random_rotation", "random_shear", "rand_augment"})
_SHADING = frozenset({"random_brightness", "random_contrast"})
_FLIPPED = {"none": (), "horizontal": ("flip_x",), "vertical": ("flip_y",), "both": ("flip_x", "flip_y")}


class Augmentation:
    """Changes each picture of a batch by its own random draws; called inside a compiled function.

    The parts act in the order of ``spec.py``: first all that moves, with that of RandAugment as the last, then what
    changes values. They mean what Keras's preprocessing layers mean by the same strength, with these exceptions: a
    flip of ``both`` draws for each axis; shear is about the centre, not about the upper left corner, so that it does
    not shift the picture; ``wrap`` interpolates across the seam; a crop is of a size and at a place of its own for
    every picture; and what ``finish.py``, ``effects.py`` and ``rand_augment.py`` say of theirs.

    Flip and affine parts are composed into one bilinear resampling; a flip alone moves pixels and computes nothing. At
    strength 0 every part returns the picture bit for bit.

    XLA compiles the work, once for each batch size: one loop over the result takes the place of operations that each
    write a tensor of that size. It would repeat what two loops read in both of them, so each step that is expensive is
    compiled by itself.

    Args:
        active: names of the parameters whose code is in the graph; the others cost nothing.
        settings: ``random_flip`` and ``fill_mode``.
        strengths: each active parameter of type float; a variable is read at each call.
        value_range: least and greatest value of the pictures at rest; whatever changes values stays within.
        by_xla: compile it: for a few pictures that takes longer than doing it. The numbers drawn are then others.
    """

    def __init__(
        self,
        active: frozenset[str],
        settings: Mapping[str, Any],
        strengths: Mapping[str, tf.Tensor | tf.Variable | float],
        value_range: tuple[float, float],
        by_xla: bool = True,
    ) -> None:
        self._active = active
        self._flipped = _FLIPPED[settings["random_flip"]] if "random_flip" in active else ()
        self._fill: str = settings["fill_mode"]
        self._strengths = strengths
        self._low, self._high = value_range
        self._draw = compiled(self._drawn, by_xla)
        self._draw_forms = compiled(functools.partial(self._drawn, tells_forms=True), by_xla)
        self._resample = compiled(self._resampled, by_xla)
        self._shift_rows = compiled(rows_shifted, by_xla)
        self._shift_columns = compiled(columns_shifted, by_xla)
        self._shade = compiled(self._shaded, by_xla)
        self._finish = Finish(active, strengths, value_range, by_xla)

    def __call__(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """The pictures, changed: ``(batch, height, width, channels)`` float32.

        Args:
            x: the pictures at rest, of the same shape, of any real dtype; all but the batch is known when it is traced.
            seed: two integers. The same ones give the same result; the draws of a picture depend on them and on its
                place in the batch only, not on the size of the batch nor on what else is active.
        """
        return self._changed(x, seed, self._draw(x, seed))

    @property
    def moves(self) -> bool:
        """Whether anything that is active moves what is in a picture."""
        return bool(self._flipped or self._active & _AFFINE)

    def with_movement(self, x: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, Movement]:
        """The pictures, changed, and how each was moved; of what :attr:`moves`. Arguments as of a call."""
        drawn = self._draw_forms(x, seed)
        return self._changed(x, seed, drawn), self._movement(drawn, *x.shape[1:3])

    def _changed(self, x: tf.Tensor, seed: tf.Tensor, drawn: Mapping[str, Any]) -> tf.Tensor:
        if self._active & _TURNING:
            x = self._resample(x, drawn["x"], drawn["y"])
        elif self._active & _AFFINE:
            x = self._shift_columns(self._shift_rows(x, drawn["y"]), drawn["x"])
        moved = bool(self._active & _AFFINE)
        if not moved or self._active & _SHADING:
            x = self._shade(x, drawn)
        return self._finish(x, seed)

    def _movement(self, drawn: Mapping[str, Any], height: int, width: int) -> Movement:
        size = (height, width)
        if self._active & _TURNING:
            forms = Forms(drawn["x"], drawn["y"])
            along_y, along_x = (
                self._neighbours(_places(form, height, width), side)
                for form, side in ((forms.y, height), (forms.x, width))
            )
            return Movement.between(along_y, along_x, forms, size)
        if self._active & _AFFINE:
            return Movement.between(along_axis(drawn["y"], 1), along_axis(drawn["x"], 0), drawn["forms"], size)
        return Movement.flipped(drawn.get("flip_y"), drawn.get("flip_x"), size)

    def _drawn(self, x: tf.Tensor, seed: tf.Tensor, tells_forms: bool = False) -> dict[str, Any]:
        """What happens to each picture of ``x``.

        Args:
            x, seed: as of a call.
            tells_forms: also ``forms`` where ``x`` and ``y`` are neighbours.

        Returns:
            Of what is active: ``x`` and ``y``, where pixels come from: the forms of :meth:`_source` or, where all rows
            and columns stay straight, the neighbours of each column and row; else ``flip_x`` and ``flip_y``, boolean
            ``(batch, 1)``; and ``(batch, 1)``, ``brightness`` to add and the factor ``contrast``.
        """
        import tensorflow as tf

        height, width = x.shape[1:3]
        count = tf.shape(x)[0]
        draws = uniform(_DRAWS, count, seed)
        drawn: dict[str, Any] = {name: draws[name] < 0.5 for name in self._flipped}
        if self._active & _AFFINE:
            source_x, source_y = self._source(draws, drawn, self._dealt(count, seed), height, width)
            drawn = {"x": source_x, "y": source_y}
            if not self._active & _TURNING:
                columns = source_x[:, :1] * from_centre(width) + source_x[:, 2:]
                rows = source_y[:, 1:2] * from_centre(height) + source_y[:, 2:]
                drawn = {"x": self._neighbours(columns, width), "y": self._neighbours(rows, height)}
                drawn |= {"forms": Forms(source_x, source_y)} if tells_forms else {}
        if "random_brightness" in self._active:
            drawn["brightness"] = self._either_way("brightness", draws["brightness"]) * (self._high - self._low)
        if "random_contrast" in self._active:
            drawn["contrast"] = 1.0 + self._either_way("contrast", draws["contrast"])
        return drawn

    def _either_way(self, part: str, draw: tf.Tensor) -> tf.Tensor:
        """From a draw between 0 and 1 to one between minus the strength of ``part`` and its strength."""
        return (2.0 * draw - 1.0) * self._strengths[f"random_{part}"]

    def _dealt(self, count: tf.Tensor, seed: tf.Tensor) -> rand_augment.Chosen | None:
        """Operations of RandAugment, where it is active."""
        if "rand_augment" not in self._active:
            return None
        return rand_augment.chosen(self._strengths["rand_augment"], count, seed)

    def _source(
        self,
        draws: Mapping[str, tf.Tensor],
        flips: Mapping[str, tf.Tensor],
        dealt: rand_augment.Chosen | None,
        height: int,
        width: int,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Where each pixel of the result comes from: all affine parts and flips, composed.

        Its x and its y, as affine forms ``(batch, 3)``: the factors of the result's x and y and a constant, in pixels
        from the centre. The parts act on these forms from the last to the first.
        """
        import tensorflow as tf

        # The identity: each pixel comes from where it stands.
        x, y, one = tf.unstack(tf.eye(3)[:, tf.newaxis])
        if dealt is not None:
            x, y = rand_augment.moved(dealt, x, y, height, width)
        if "random_crop" in self._active:
            cut = draws["crop"] * self._strengths["random_crop"]
            x = (1.0 - cut) * x + cut * (draws["crop_x"] - 0.5) * (width - 1) * one
            y = (1.0 - cut) * y + cut * (draws["crop_y"] - 0.5) * (height - 1) * one
        if "random_shear" in self._active:
            slant_x, slant_y = (self._either_way("shear", draws[name]) for name in ("shear_x", "shear_y"))
            x, y = x + slant_x * y, y + slant_y * x
        if "random_zoom" in self._active:
            scale = 1.0 + self._either_way("zoom", draws["zoom"])
            x, y = scale * x, scale * y
        if "random_translation" in self._active:
            x -= self._either_way("translation", draws["shift_x"]) * width * one
            y -= self._either_way("translation", draws["shift_y"]) * height * one
        if "random_rotation" in self._active:
            angle = 2.0 * math.pi * self._either_way("rotation", draws["rotation"])
            x, y = tf.cos(angle) * x - tf.sin(angle) * y, tf.sin(angle) * x + tf.cos(angle) * y
        x = tf.where(flips["flip_x"], -x, x) if "flip_x" in flips else x
        y = tf.where(flips["flip_y"], -y, y) if "flip_y" in flips else y
        return x, y

    def _resampled(self, x: tf.Tensor, source_x: tf.Tensor, source_y: tf.Tensor) -> tf.Tensor:
        """``x`` at the places that the two forms give."""
        import tensorflow as tf

        batch, (height, width, channels) = tf.shape(x)[0], x.shape[1:]
        along_x, along_y = (
            self._neighbours(_places(form, height, width), size)
            for form, size in ((source_x, width), (source_y, height))
        )
        pixels, first = tf.reshape(x, (-1, channels)), tf.reshape(tf.range(batch) * height, (-1, 1, 1))
        # Bilinear: along x in the rows above and below, then along y between the two.
        upper, lower = (along_x.read(pixels, (first + y) * width) for y in (along_y.near, along_y.far))
        return along_y.between(upper, lower - upper)

    def _neighbours(self, place: tf.Tensor, size: int) -> Neighbours:
        return neighbours(place, size, self._fill)

    def _shaded(self, x: tf.Tensor, drawn: Mapping[str, Any]) -> tf.Tensor:
        """``x`` flipped, where that is all that moves its pixels, and with another brightness and contrast."""
        import tensorflow as tf

        each = {name: drawn[name][:, :, tf.newaxis, tf.newaxis] for name in drawn if name not in ("x", "y", "forms")}
        x = tf.cast(x, tf.float32)
        if "flip_x" in each:
            x = tf.where(each["flip_x"], tf.reverse(x, [2]), x)
        if "flip_y" in each:
            x = tf.where(each["flip_y"], tf.reverse(x, [1]), x)
        if "brightness" in each:
            x = tf.clip_by_value(x + each["brightness"], self._low, self._high)
        if "contrast" in each:
            mean = tf.reduce_mean(x, (1, 2), keepdims=True)
            # Not (x - mean) * factor + mean: with a factor of 1 this is x to the last bit.
            x = tf.clip_by_value(each["contrast"] * x + (1.0 - each["contrast"]) * mean, self._low, self._high)
        return x


def _places(form: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """What an affine form ``(batch, 3)`` gives at each pixel, ``(batch, height, width)``."""
    import tensorflow as tf

    column, row = from_centre(width), from_centre(height)[:, tf.newaxis]
    factors = form[:, :, tf.newaxis, tf.newaxis]
    return factors[:, 0] * column + factors[:, 1] * row + factors[:, 2]
