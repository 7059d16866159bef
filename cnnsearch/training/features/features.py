"""Features: what the frozen part of a backbone gives for every picture, computed once for all trials that share it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.cache.rows import Rows, in_memory
from cnnsearch.data.stages import Pixels
from cnnsearch.families import find_family
from cnnsearch.inputs.pictures.spec import AUGMENTATION, MIXED
from cnnsearch.space import Choice
from cnnsearch.training.latency import Latency, measured
from cnnsearch.training.programs.structure import Structure, plain_scaling

if TYPE_CHECKING:
    import keras

    from cnnsearch.networks.cuts import Cut

__all__ = ["Features", "Prefix", "PrefixCost", "compute_features", "frozen_part", "judged", "targets"]

_BATCH = 64
"""Pictures that go through a prefix at once."""


@dataclass(frozen=True)
class Prefix:
    """A frozen part of a network: equal ones give equal features of the same pictures.

    Attributes:
        family: whose network it begins.
        settings: name and value of each parameter that defines it, sorted.
        shape, dtype: of one picture at rest, ``(height, width, channels)``.
        scale, offset: bring it to 0..1, one number a channel.
        value_range: of the pixels at rest.
        cut: where it ends.
        stored: dtype of the features at rest.
        variants: augmented ones of each training picture; 0 for the picture itself.
        seed: of the augmentation.
    """

    family: str
    settings: tuple[tuple[str, Any], ...]
    shape: tuple[int, ...]
    dtype: str
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    value_range: tuple[float, float]
    cut: Cut
    stored: str
    variants: int = 0
    seed: int = 0

    @classmethod
    def of(cls, structure: Structure, config: Mapping[str, Any], variants: int = 0, seed: int = 0) -> Prefix:
        """What comes before the cut of a structure.

        Args:
            structure: cut.
            config: filled; the augmentation's strengths count where there are variants.
            variants, seed: as the attributes.
        """
        if structure.cut is None:
            raise ValueError("a structure without a cut has no prefix")
        defining = find_family(structure.family).body.frozen_parameters(structure.cut)
        # Nothing mixes pictures whose features are kept, which have one target each.
        names = [*defining, *(name for name in AUGMENTATION if variants and name not in MIXED)]
        return cls(
            structure.family,
            tuple(sorted((name, config[name]) for name in names)),
            structure.shape,
            structure.dtype,
            structure.scale,
            structure.offset,
            structure.value_range,
            structure.cut,
            structure.features_dtype,
            variants,
            seed if variants else 0,
        )

    @property
    def name(self) -> str:
        """What people call it; different ones of a sweep have different names."""
        settings = dict(self.settings)
        changes = [
            f"{name} {settings[name]}" for name in AUGMENTATION if name in settings and settings[name] != _off(name)
        ]
        variants = f", {self.variants} variants by {', '.join(changes)}" if self.variants else ""
        return find_family(self.family).body.frozen_name(settings, self.shape, self.cut) + variants

    def continues(self, other: Prefix) -> bool:
        """Whether it can be computed from the features of ``other``, to the same bits."""
        return (
            other.cut.position < self.cut.position
            and not other.cut.is_pooled
            and other.stored == "float32"
            and replace(other, settings=(), cut=self.cut, stored="") == replace(self, settings=(), stored="")
            and set(other.settings) <= set(self.settings)
        )


def _off(name: str) -> Any:
    return AUGMENTATION[name].default


@dataclass(frozen=True)
class PrefixCost:
    """What a prefix costs.

    Attributes:
        seconds: that an epoch would take to put all training and validation pictures through it.
        spent_seconds: that it took this run to compute the features, tracing included, or to find them in the cache.
        latency: of a single picture.
        validation_seconds: of these seconds, those of the validation pictures.
    """

    seconds: float
    spent_seconds: float
    latency: Latency
    validation_seconds: float = 0.0

    def of_epoch(self, passes: int) -> float:
        """Seconds of an epoch that goes through the training pictures so often."""
        return self.seconds + (passes - 1) * (self.seconds - self.validation_seconds)


@dataclass(frozen=True, eq=False)
class Features:
    """The features of all pictures at one cut.

    Attributes:
        x_train: one array ``(variants * n, ...)`` for each tensor of the cut; variant ``k`` of picture ``i`` is row
            ``k * n + i``.
        y_train: targets, ``(variants * n, ...)``.
        x_validation, y_validation: the same of the validation pictures, which have no variants. Of pictures in folds:
            of all of them where they have variants, else of the first one.
        variants: of each training picture, at least 1.
        cost: of the prefix.
        key: of them in the cache of a machine; empty where they have none.
        is_found: an earlier run computed them.
    """

    x_train: tuple[np.ndarray | Rows, ...]
    y_train: np.ndarray
    x_validation: tuple[np.ndarray | Rows, ...]
    y_validation: np.ndarray
    variants: int
    cost: PrefixCost
    key: str = ""
    is_found: bool = False

    @property
    def is_mapped(self) -> bool:
        """Whether they are on disk, and take no memory of a process."""
        return isinstance(self.x_train[0], Rows)

    @property
    def is_here(self) -> bool:
        """Whether this machine has them."""
        return all(not isinstance(part, Rows) or part.is_here for part in (*self.x_train, *self.x_validation))

    def in_memory(self) -> Features:
        """The same, of whatever is on disk a copy."""
        x_train, x_validation = (tuple(map(in_memory, x)) for x in (self.x_train, self.x_validation))
        return replace(self, x_train=x_train, x_validation=x_validation)

    @property
    def bytes(self) -> int:
        """Size of the arrays."""
        return sum(part.nbytes for part in (*self.x_train, *self.x_validation))


def compute_features(prefix: Prefix, pixels: Pixels, earlier: tuple[Prefix, Features] | None = None) -> Features:
    """Put every picture through a prefix.

    Args:
        prefix: what to compute.
        pixels: the pictures.
        earlier: features that it continues, to start from instead.

    Raises:
        TrialError: the backbone's weights cannot be had.
    """
    started = time.perf_counter()
    known = earlier[1] if earlier else None
    pictures = judged(prefix, pixels)
    y_train, y_judged = targets(prefix, pixels)
    x_train: tuple[np.ndarray | Rows, ...]
    x_validation: tuple[np.ndarray | Rows, ...]
    x_train, x_validation = (known.x_train, known.x_validation) if known else ((pixels.x_train,), (pictures,))
    training: Iterable[tuple[Any, ...]] = _batches(x_train)
    dtype = None
    if known is None and prefix.variants:
        # What augmentation gives is float32, so the validation pictures are, too: batch by batch, in `_batches`.
        training, dtype = _augmented(prefix, pixels.x_train), np.dtype(np.float32)
    inputs = [(part.shape[1:], dtype or part.dtype) for part in x_validation]
    run = _compiled(prefix, earlier[0].cut if earlier else None, inputs)
    one = next(_batches(tuple(part[:1] for part in x_validation), dtype))
    # Outside the timed part: what follows is to say what an epoch would take.
    run(*one)  # traced
    rows = len(pixels.y_train) * max(1, prefix.variants)
    trained, train_seconds = _through(run, training, rows, prefix)
    validated, validation_seconds = _through(run, _batches(x_validation, dtype), len(y_judged), prefix)
    if pixels.folded:  # an epoch of a fold sees each picture once, to train or to judge
        validation_seconds = 0.0
    variants = max(1, prefix.variants)
    latency = measured(lambda: run(*one))
    cost = PrefixCost(
        seconds=train_seconds / variants + validation_seconds + (known.cost.seconds if known else 0.0),
        spent_seconds=time.perf_counter() - started,
        latency=latency + known.cost.latency if known else latency,
        validation_seconds=validation_seconds + (known.cost.validation_seconds if known else 0.0),
    )
    return Features(trained, y_train, validated, y_judged, variants, cost)


def judged(prefix: Prefix, pixels: Pixels) -> np.ndarray | Rows:
    """Pictures that are put through it as they are, beside those for training."""
    return pixels.x_train if pixels.folded and prefix.variants else pixels.x_validation


def targets(prefix: Prefix, pixels: Pixels) -> tuple[np.ndarray, np.ndarray]:
    """Of all variants of the pictures for training, and of those that are put through it as they are."""
    y_judged = pixels.y_train if pixels.folded and prefix.variants else pixels.y_validation
    return np.concatenate([pixels.y_train] * max(1, prefix.variants)), y_judged


def frozen_part(prefix: Prefix, start: Cut | None) -> keras.Model:
    """The prefix as a network, of pictures, or of the tensors of an earlier cut.

    Raises:
        TrialError: the backbone's weights cannot be had.
    """
    scaling = plain_scaling(prefix.scale, prefix.offset)
    body = find_family(prefix.family).body
    return body.frozen_part(dict(prefix.settings), prefix.shape, *scaling, start, prefix.cut)


def _compiled(prefix: Prefix, start: Cut | None, inputs: Sequence[tuple[Any, Any]]) -> Callable[..., list[Any]]:
    """The prefix as a function of pictures, or of the tensors of an earlier cut, in batches of any size.

    Args:
        prefix: what to compile.
        start: the earlier cut.
        inputs: shape, without the batch, and dtype of each.
    """
    import tensorflow as tf

    part = frozen_part(prefix, start)

    def run(*x: tf.Tensor) -> list[tf.Tensor]:
        # Pictures rest as integers, features perhaps in half precision; the network takes neither.
        floats = [tf.cast(tensor, tf.float32) for tensor in x]
        outputs = part(floats if len(floats) > 1 else floats[0], training=False)
        return [tf.cast(output, prefix.stored) for output in tf.nest.flatten(outputs)]

    signature = [tf.TensorSpec((None, *shape), dtype) for shape, dtype in inputs]
    compiled: Callable[..., list[Any]] = tf.function(run, autograph=False, input_signature=signature)
    return compiled


def _batches(arrays: tuple[np.ndarray | Rows, ...], dtype: Any = None) -> Iterator[tuple[np.ndarray, ...]]:
    for at in range(0, len(arrays[0]), _BATCH):
        yield tuple(np.asarray(array[at : at + _BATCH], dtype) for array in arrays)


def _augmented(prefix: Prefix, x: np.ndarray | Rows) -> Iterator[tuple[Any]]:
    """Variant after variant of all pictures, float32."""
    import tensorflow as tf

    from cnnsearch.inputs.pictures.augmentation import Augmentation

    settings = dict(prefix.settings)
    changing = [name for name in AUGMENTATION if name in settings]
    strengths = {name: settings[name] for name in changing if AUGMENTATION[name].kind == "float"}
    active = frozenset(name for name in changing if AUGMENTATION[name].may_act(Choice((settings[name],))))
    augmentation = Augmentation(active - {"fill_mode"}, settings, strengths, prefix.value_range)
    augment = tf.function(augmentation, autograph=False)
    for variant in range(prefix.variants):
        for number, (batch,) in enumerate(_batches((x,))):
            # The variant in the upper half of the number: no two batches of a sweep share their draws.
            yield (augment(tf.constant(batch), tf.constant([prefix.seed, (variant << 32) + number], tf.int64)),)


def _through(
    run: Callable[..., list[Any]], batches: Iterable[tuple[Any, ...]], rows: int, prefix: Prefix
) -> tuple[tuple[np.ndarray, ...], float]:
    """The features of all batches, and the seconds that they took."""
    started = time.perf_counter()
    found = tuple(np.empty((rows, *shape), prefix.stored) for shape in prefix.cut.shapes)
    at = 0
    for batch in batches:
        outputs = run(*batch)
        for array, output in zip(found, outputs, strict=True):
            array[at : at + len(output)] = output
        at += len(batch[0])
    return found, time.perf_counter() - started
