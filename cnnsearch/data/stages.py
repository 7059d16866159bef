"""The deterministic stages after loading: functions of their inputs and parameters.

So a result is computed once for all trials that ask for the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnnsearch.cache.rows import Rows, in_memory
from cnnsearch.data.labels import class_counts
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.texts import Texts

if TYPE_CHECKING:
    from cnnsearch.data.dataset import Dataset
    from cnnsearch.data.split import Split
    from cnnsearch.inputs.pictures.pictures import Pictures
    from cnnsearch.inputs.texts.tokenizer import Tokenizer

__all__ = [
    "Pixels",
    "Scaling",
    "ScalingKind",
    "Whole",
    "class_counts",
    "joined",
    "pixels",
    "scaling",
    "scaling_of",
    "shape_of",
    "size_of",
    "test_pictures",
]

ScalingKind = Literal["unit", "standardize", "none"]

Size = Any
"""How a config wants its inputs at rest, which the inputs alone look into: ``(height, width)`` of pictures, or ``None``
for their own; of texts a :class:`~cnnsearch.inputs.texts.form.TextForm`."""

_CHUNK = 256
"""Pictures whose statistics are taken at once."""


@dataclass(frozen=True, eq=False)
class Whole:
    """All pictures of nested cross-validation, of which each of its searches has some.

    What is frozen of a network gives of each picture the same in every search, so it is computed of all of them, once.

    Attributes:
        pixels: of all pictures, in folds, as the search on all of them would have them.
        train, validation: places in these of a search's pictures for training and validation.
    """

    pixels: Pixels
    train: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True, eq=False)
class Pixels:
    """What all trials of one image size share. The test split has no part in it.

    Attributes:
        x_train, x_validation: ``(n, height, width, channels)``, of the dtype of the pictures, not scaled; in memory, or
            rows of an array on disk.
        y_train, y_validation: ``(n, ...)``, targets of the experiment's task at rest.
        names: what the outputs stand for, as of the targets.
        folded: the training pictures are in folds, so that they are those of validation too: of these there is only
            the first one, as an example of one.
        w_train, w_validation: ``(n,)`` float64, what each picture counts in the loss of training, those of validation
            where they are trained on too; ``None``: all the same.
        whole: that they are some of; ``None``: they stand for themselves.
        tokenizer: of texts, what made ``x`` of them, ``(n, length)``.
        vectors: of its tokens, with which an embedding begins, ``(tokens, size)``, NaN where none is known; ``None``:
            it begins at random.
        is_found: an earlier run made the tokens.
    """

    x_train: np.ndarray | Rows
    y_train: np.ndarray
    x_validation: np.ndarray | Rows
    y_validation: np.ndarray
    names: tuple[str, ...]
    folded: bool = False
    w_train: np.ndarray | None = None
    w_validation: np.ndarray | None = None
    whole: Whole | None = None
    tokenizer: Tokenizer | None = None
    vectors: np.ndarray | None = None
    is_found: bool = False

    def suited(self, filled: Mapping[str, Any]) -> dict[str, Any]:
        """A filled config as it is on this data: the vocabulary of texts has no more tokens than there are."""
        if self.tokenizer is None:
            return dict(filled)
        sizes = {} if self.vectors is None else {"embedding_size": self.vectors.shape[1]}
        return {**filled, "vocabulary_size": self.tokenizer.size, **sizes}

    @property
    def bytes(self) -> int:
        """Size of the pictures."""
        return self.x_train.nbytes + self.x_validation.nbytes

    @property
    def is_mapped(self) -> bool:
        """Whether they are on disk, and take no memory of a process."""
        return isinstance(self.x_train, Rows)

    @property
    def is_here(self) -> bool:
        """Whether this machine has them."""
        return not isinstance(self.x_train, Rows) or self.x_train.is_here

    def in_memory(self) -> Pixels:
        """The same, of whatever is on disk a copy; they stand for themselves then, as no copy of others is made."""
        return replace(self, x_train=in_memory(self.x_train), x_validation=in_memory(self.x_validation), whole=None)


@dataclass(frozen=True, eq=False)
class Scaling:
    """What brings pixels at rest into the range that the network sees.

    Attributes:
        scale, offset: the network sees ``x * scale + offset``; both ``(channels,)`` float32.
        low, high: the range of the pixels at rest, as :func:`scaling` tells for ``unit``.
    """

    scale: np.ndarray
    offset: np.ndarray
    low: float
    high: float


def size_of(config: Mapping[str, Any]) -> Size:
    """The ``(height, width)`` that a filled config asks for; ``None`` for the size of the data. Of texts the form."""
    form = TextForm.of(config)
    if form is not None:
        return form
    size = config["image_size"]
    return (size, size) if isinstance(size, int) else size and tuple(size)


def scaling_of(config: Mapping[str, Any]) -> ScalingKind:
    """That which a filled config asks for; tokens are not scaled."""
    kind: ScalingKind = config.get("scaling", "none")
    return kind


def shape_of(pictures: Pictures, config: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Of one input at rest, with a filled config; ``None`` where pictures differ in size, and none is asked for."""
    size = size_of(config)
    if isinstance(size, TextForm):
        return (size.length,)
    size = size or pictures.shape
    return None if size is None else (*size, pictures.channels)


def pixels(dataset: Dataset, split: Split, image_size: Size) -> Pixels:
    """The pictures for training and validation, at ``image_size``; ``None`` keeps their own. Of texts the tokens.

    Raises:
        InputError: ``image_size`` is ``None`` and the pictures differ in size.
    """
    dataset = _prepared(dataset, split)
    texts = dataset.pictures if isinstance(dataset.pictures, Texts) else None
    of_texts: dict[str, Any] = {} if texts is None else _of_texts(texts, image_size)
    x_train, y_train = _at_rest(dataset, split.train, image_size)
    w_train, w_validation = (
        None if dataset.weights is None else dataset.weights[part] for part in (split.train, split.validation)
    )
    whole = _whole(dataset, split, image_size)
    if split.folds is not None:
        of_all = (x_train, y_train, x_train[:1], y_train[:1], dataset.targets.names)
        return Pixels(*of_all, folded=True, w_train=w_train, whole=whole, **of_texts)
    return Pixels(
        x_train,
        y_train,
        *_at_rest(dataset, split.validation, image_size),
        dataset.targets.names,
        w_train=w_train,
        w_validation=w_validation,
        whole=whole,
        **of_texts,
    )


def _of_texts(texts: Texts, form: TextForm) -> dict[str, Any]:
    """What goes with their tokens; asked for before these are made."""
    return {
        "is_found": texts.is_found(form),
        "tokenizer": texts.tokenizer(form),
        "vectors": texts.vectors(form),
    }


def _prepared(dataset: Dataset, split: Split) -> Dataset:
    """With what its inputs learn from the training split alone."""
    if not isinstance(dataset.pictures, Texts):
        return dataset
    return replace(dataset, pictures=dataset.pictures.learnt(split.train))


def _whole(dataset: Dataset, split: Split, image_size: Size) -> Whole | None:
    """All pictures of the data, where other searches have some of them too."""
    if not split.is_nested:
        return None
    everything = np.arange(len(dataset.pictures), dtype=np.int64)
    x, y = _at_rest(dataset, everything, image_size)
    validation = split.validation if split.folds is None else split.train[:1]
    return Whole(Pixels(x, y, x[:1], y[:1], dataset.targets.names, folded=True), split.train, validation)


def joined(pixels: Pixels) -> Pixels:
    """Training and validation pictures as one training split: for a model that is judged by neither.

    The first validation picture stays where it was, as an example of one: nothing may be judged by it. Pictures in
    folds are together already.
    """
    if pixels.folded:
        return pixels
    weights = [each for each in (pixels.w_train, pixels.w_validation) if each is not None]
    whole = pixels.whole
    if whole is not None:
        together = np.concatenate([whole.train, whole.validation])
        whole = replace(whole, train=together, validation=whole.validation[:1])
    return Pixels(
        _together(pixels.x_train, pixels.x_validation),
        np.concatenate([pixels.y_train, pixels.y_validation]),
        pixels.x_validation[:1],
        pixels.y_validation[:1],
        pixels.names,
        w_train=np.concatenate(weights) if weights else None,
        whole=whole,
        tokenizer=pixels.tokenizer,
        vectors=pixels.vectors,
    )


def _together(first: np.ndarray | Rows, second: np.ndarray | Rows) -> np.ndarray | Rows:
    if isinstance(first, Rows) and isinstance(second, Rows) and first.of.path == second.of.path:
        return Rows(first.of, np.concatenate([first.rows, second.rows]))
    return np.concatenate([in_memory(first), in_memory(second)])


def test_pictures(dataset: Dataset, split: Split, image_size: Size) -> tuple[np.ndarray | Rows, np.ndarray]:
    """Pictures ``(n, height, width, channels)`` and targets at rest of the test split, which no trial ever sees."""
    return _at_rest(_prepared(dataset, split), split.test, image_size)


def _at_rest(dataset: Dataset, indices: np.ndarray, size: Size) -> tuple[np.ndarray | Rows, np.ndarray]:
    """Some pictures and their targets, which follow them."""
    return dataset.pictures.at_rest(indices, size), dataset.targets.at(indices, size)


def scaling(pixels: Pixels, kind: ScalingKind) -> Scaling:
    """What brings the pixels into the range that the network sees, from the training split alone.

    Args:
        pixels: the pictures.
        kind: ``unit``: 0 and the largest value of an unsigned dtype, or the least and the largest pixel of other
            dtypes, become 0 and 1; ``standardize``: mean 0 and variance 1 in each channel; ``none``: as they are.
    """
    channels = 1 if pixels.tokenizer is not None else pixels.x_train.shape[3]
    low, high = _unit_range(pixels.x_train)
    if kind == "none":
        return _scaling(np.zeros(channels), np.ones(channels), low, high)
    if kind == "unit":
        return _scaling(np.full(channels, low), np.full(channels, high - low), low, high)
    return _scaling(*_moments(pixels.x_train), low, high)


def _scaling(centre: np.ndarray, spread: np.ndarray, low: float, high: float) -> Scaling:
    """``(x - centre) / spread``; a channel without spread is only moved."""
    # What float32 cannot tell from the centre is rounding, and must not be blown up.
    flat = spread <= np.maximum(np.finfo(np.float32).eps * np.abs(centre), np.finfo(np.float32).tiny)
    scale = 1.0 / np.where(flat, 1.0, spread)
    return Scaling(scale.astype(np.float32), (0.0 - centre * scale).astype(np.float32), low, high)


def _unit_range(x: np.ndarray | Rows) -> tuple[float, float]:
    if x.dtype.kind == "u":
        return 0.0, float(np.iinfo(x.dtype).max)
    parts = [x[start : start + _CHUNK] for start in range(0, len(x), _CHUNK)]
    return min(float(part.min()) for part in parts), max(float(part.max()) for part in parts)


def _moments(x: np.ndarray | Rows) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel, in one pass (Chan, Golub and LeVeque 1979)."""
    count = 0
    mean = np.zeros(x.shape[3])
    squares = np.zeros(x.shape[3])
    for values in _chunks(x):
        total = count + len(values)
        delta = values.mean(axis=0) - mean
        squares += values.var(axis=0) * len(values) + delta**2 * (count * len(values) / total)
        mean += delta * (len(values) / total)
        count = total
    return mean, np.sqrt(squares / count)


def _chunks(x: np.ndarray | Rows) -> Iterator[np.ndarray]:
    """``(pixels, channels)`` in float64, of some pictures at a time."""
    for start in range(0, len(x), _CHUNK):
        yield x[start : start + _CHUNK].reshape(-1, x.shape[3]).astype(np.float64)
