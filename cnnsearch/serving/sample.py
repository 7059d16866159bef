"""Inputs on which an exported model is checked, as a study has them without its data set.

Half of them are what the study keeps to be looked at: the pictures, or texts, on which its best model was most wrong.
The others are made from a fixed seed, so that there are some in every study.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.errors import InputError, StorageError
from cnnsearch.inputs.pictures.decoding import decode, resize
from cnnsearch.inputs.pictures.value_range import FILE_VALUES, ValueRange, as_trained
from cnnsearch.study.folder.mistakes import FOLDER, LISTED

if TYPE_CHECKING:
    from cnnsearch.inputs.texts.tokenizer import Tokenizer
    from cnnsearch.study import Study

__all__ = ["Sample", "sample_of_pictures", "sample_of_texts", "sample_size"]

_HALF = 16
"""Inputs of each half, at most."""

_ROOM = 2**25
"""Bytes that inputs and answers may take together, where two of each half take no more."""

_COARSE = 4
"""Rows and columns of the noise that pictures are made of, before it is stretched: a model tells them apart."""

_SPACE = "▁"
"""Before a piece of a word where a word begins."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Some inputs at rest.

    Attributes:
        inputs: ``(n, ...)``, as the model takes them.
        kept: how many of them, the first ones, are those that the study kept.
        texts: that they are of, or none.
    """

    inputs: np.ndarray
    kept: int
    texts: tuple[str, ...] = ()


def sample_size(bytes_each: float) -> int:
    """Inputs of each half, of which one takes so many bytes with its answer."""
    return int(max(2, min(_HALF, _ROOM // (2 * bytes_each))))


def sample_of_pictures(study: Study, shape: tuple[int, int, int], half: int) -> Sample:
    """Pictures of ``(height, width, channels)``, in the values of training."""
    values = ValueRange.recorded(study.environment.get("dataset", {}))
    kept = _kept(study, lambda one: _picture(study, one, shape, values))[:half]
    made = _made_pictures(half, shape, values)
    return Sample(np.stack([*kept, *made]).astype(values.dtype), len(kept))


def sample_of_texts(study: Study, tokenizer: Tokenizer, half: int) -> Sample:
    """Numbers of tokens, ``(n, length)``."""
    kept = _kept(study, lambda one: str(one["text"]))[:half]
    texts = (*kept, *_made_texts(half, tokenizer))
    return Sample(tokenizer.numbers(texts), len(kept), texts)


def _kept(study: Study, read: Callable[[Any], Any]) -> list[Any]:
    """What can be read of the mistakes of the study; they may be missing, damaged, or not what the model takes."""
    try:
        listed = study.store.read_json(LISTED)["mistakes"]
        return [read(one) for one in listed]
    except (OSError, InputError, StorageError, ValueError, KeyError, TypeError):
        return []


def _picture(study: Study, one: Any, shape: tuple[int, int, int], values: ValueRange) -> np.ndarray:
    content = study.store.read(f"{FOLDER}/{str(one['file']).replace('/', '')}")
    picture = decode(io.BytesIO(content), shape[2], shape[:2])[np.newaxis]
    found: np.ndarray = as_trained(picture, FILE_VALUES, values, FOLDER, is_set=False)[0]
    return found


def _made_pictures(count: int, shape: tuple[int, int, int], values: ValueRange) -> list[np.ndarray]:
    """Spots of all brightnesses, with a little noise."""
    low, high = values.scale or (values.low, values.high)
    if low is None or high is None:  # a study of an older version
        low, high = (0.0, 1.0) if np.dtype(values.dtype).kind == "f" else (0.0, 255.0)
    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        spots = resize(rng.random((_COARSE, _COARSE, shape[2]), np.float32), shape[:2])
        picture = low + (high - low) * np.clip(spots + rng.normal(0.0, 0.05, shape), 0.0, 1.0)
        made.append(np.rint(picture) if np.dtype(values.dtype).kind in "iu" else picture)
    return made


def _made_texts(count: int, tokenizer: Tokenizer) -> list[str]:
    """Known tokens one after the other, of all lengths."""
    rng, known = np.random.default_rng(0), [token.replace(_SPACE, "") for token in tokenizer.vocabulary[2:]]
    lengths = np.linspace(1, tokenizer.length, count).astype(int).tolist()
    return [" ".join(rng.choice(known or [""], length).tolist()) for length in lengths]
