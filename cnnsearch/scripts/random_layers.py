"""Random layers that a script defines itself, as Keras has none that does the same.

Each has seeds of its own, which follow from the script's: of equal ones two layers would draw equal numbers.
"""

from __future__ import annotations

from cnnsearch.scripts.writing import code, joined

__all__ = ["BETWEEN", "BOTH", "BOX", "ERASING", "MIX", "NOISE"]

_BOX = '''\
def box(height, width, tall, wide, seeds):
    """Which pixels are in a rectangle that lies anywhere in the picture, (n, height, width, 1)."""
    ops = keras.ops
    down, right = (keras.random.uniform(ops.shape(tall), seed=seeds) for _ in range(2))
    top, left = ops.floor(down * (height - tall + 1)), ops.floor(right * (width - wide + 1))
    rows, columns = ops.arange(height, dtype="float32"), ops.arange(width, dtype="float32")
    in_rows = ops.logical_and(rows >= top, rows < top + tall)
    in_columns = ops.logical_and(columns >= left, columns < left + wide)
    return ops.logical_and(in_rows[:, :, None], in_columns[:, None])[..., None]'''

_NOISE = '''\
class Noise(layers.Layer):
    """Adds noise to every value, in training only; share: its standard deviation over the range of the values."""

    def __init__(self, share, low, high, **options):
        super().__init__(**options)
        self.share, self.low, self.high = share, low, high
        self.seeds = keras.random.SeedGenerator()

    def call(self, x, training=False):
        if not training:
            return x
        noise = keras.random.normal(keras.ops.shape(x), seed=self.seeds)
        return keras.ops.clip(x + self.share * (self.high - self.low) * noise, self.low, self.high)'''

_ERASING = '''\
class Erasing(layers.Layer):
    """Puts the mean colour of each picture on a rectangle of up to a share of it, in training only."""

    def __init__(self, share, **options):
        super().__init__(**options)
        self.share, self.seeds = share, keras.random.SeedGenerator()

    def call(self, x, training=False):
        if not training:
            return x
        ops, (height, width) = keras.ops, x.shape[1:3]
        area, aspect = (keras.random.uniform((ops.shape(x)[0], 1), seed=self.seeds) for _ in range(2))
        pixels, ratio = self.share * area * height * width, 0.3 ** (1 - 2 * aspect)
        tall = ops.clip(ops.round(ops.sqrt(pixels * ratio)), 1, height)
        wide = ops.minimum(ops.round(pixels / tall), width)
        tall = ops.where(wide < width, tall, ops.minimum(ops.round(pixels / width), height))
        inside = box(height, width, tall, wide, self.seeds)
        return ops.where(inside, ops.mean(x, axis=(1, 2), keepdims=True), x)'''

_MIX = '''\
class Mix(layers.Layer):
    """MixUp and CutMix by these alphas, in training only: each picture gets a part of the one before it."""

    def __init__(self, mixup, cutmix, **options):
        super().__init__(**options)
        self.mixup, self.cutmix, self.seeds = mixup, cutmix, keras.random.SeedGenerator()

    def call(self, x, training=False):
        if not training:
            return x
        ops, (height, width), shape = keras.ops, x.shape[1:3], (keras.ops.shape(x)[0], 1)
        laid, cut = (self.larger(alpha, shape) for alpha in (self.mixup, self.cutmix))
        # of two alphas each picture draws one
        chance = 0.5 if self.mixup and self.cutmix else float(bool(self.cutmix))
        is_cut = keras.random.uniform(shape, seed=self.seeds) < chance
        laid = ops.where(is_cut, 1.0, laid)
        side = ops.sqrt(ops.where(is_cut, 1 - cut, 0.0))
        tall, wide = ops.floor(side * height), ops.floor(side * width)
        self.shares = ops.where(is_cut, 1 - tall * wide / (height * width), laid)[:, 0]
        other, laid = ops.roll(x, 1, axis=0), laid[:, :, None, None]
        return ops.where(box(height, width, tall, wide, self.seeds), other, laid * x + (1 - laid) * other)

    def larger(self, alpha, shape):
        """The larger one of a draw of Beta(alpha, alpha) and its rest; that of keras.random does not run under XLA."""
        ops = keras.ops
        if not alpha:
            return ops.ones(shape)
        u, v = (keras.random.uniform(shape, seed=self.seeds) for _ in range(2))
        tail = ops.expm1(-ops.log(ops.maximum(u, 2.0**-24)) / alpha)
        squares = ops.maximum(tail, 1e-30) * ops.maximum(ops.cos(2 * np.pi * v) ** 2, 1e-12)
        return 0.5 + 0.5 / ops.sqrt(1 + 1 / squares)'''

_HEAD = '''\
class Mixed(keras.Model):
    """Compares pictures that its layer "mix" made of two with the targets of both."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        if not training:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        ops, shares = keras.ops, self.get_layer("mix").shares'''

_BOTH = """\
        weights = ops.ones_like(shares) if sample_weight is None else ops.cast(sample_weight, "float32")
        shares = ops.reshape(shares, [-1] + [1] * (len(weights.shape) - 1))
        own = super().compute_loss(x, y, y_pred, shares * weights, training)
        other = (1 - shares) * ops.roll(weights, 1, axis=0)
        other = super().compute_loss(x, ops.roll(y, 1, axis=0), y_pred, other, training)
        return own + other - sum(self.losses)  # penalties are in both"""

_BETWEEN = """\
        def between(given):
            by = ops.reshape(shares, [-1] + [1] * (len(given.shape) - 1))
            return by * given + (1 - by) * ops.roll(given, 1, axis=0)

        weights = None if sample_weight is None else between(ops.cast(sample_weight, "float32"))
        return super().compute_loss(x, between(ops.cast(y, "float32")), y_pred, weights, training)"""

BOX, NOISE, ERASING, MIX = code(_BOX), code(_NOISE), code(_ERASING), code(_MIX)

BOTH = joined([code(_HEAD), code(_BOTH)])
"""For losses that are linear in the target."""

BETWEEN = joined([code(_HEAD), code(_BETWEEN)])
"""For numbers, of which one lies between two."""
