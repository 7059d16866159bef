"""A teacher's answers of the training split, in the cache of the machine: what it told once it is not asked again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cnnsearch.cache.cache import Cache
from cnnsearch.cache.entries import Draft, Entry, open_entry
from cnnsearch.cache.rows import GoneError, Rows
from cnnsearch.cache.told import tell_unwritable
from cnnsearch.networks.keras_private import layers_of
from cnnsearch.training.features.key import digest_of, hash_of, is_known, is_ours, numerics
from cnnsearch.training.teacher import answers_of

if TYPE_CHECKING:
    import keras

__all__ = ["KIND", "cached_answers"]

KIND = "answers"
"""Of the entries in the cache."""

_ANSWERS = "answers"

_VERSION = 1
"""To be raised where the way in which answers are computed changes what they are."""


def cached_answers(
    cache: Cache | None,
    model: keras.Model,
    x: np.ndarray | Rows,
    observe: Callable[[str], None] = lambda _: None,
) -> np.ndarray:
    """As :func:`~cnnsearch.training.teacher.answers_of`, to the same bits; read where the cache has them.

    Args:
        cache: of this machine, if it has one.
        model: that teaches, from inputs at rest to what the task tells.
        x: training inputs at rest.
        observe: told, in words, where they are read.
    """
    key = None if cache is None else _key(model, x)
    if cache is None or key is None:
        return answers_of(model, x)
    found = _read(open_entry(cache, cache.root / KIND / key), len(x))
    if found is not None:
        observe(f"what the best model tells of {len(x):,} training inputs is read from the cache")
        return found
    computed = answers_of(model, x)
    _write(cache, key, model, computed)
    return computed


def _key(model: keras.Model, x: np.ndarray | Rows) -> str | None:
    """The sha256 of all that the answers depend on; ``None`` where the network has code of its user's own."""
    if not _is_known(model):
        return None
    try:
        network = [model.to_json(), hash_of(model.get_weights())]
    except Exception:  # noqa: BLE001 - whatever Keras makes of a network that it cannot write down
        return None
    return hashlib.sha256(json.dumps([_VERSION, network, digest_of(x), numerics()]).encode()).hexdigest()


def _is_known(model: keras.Model) -> bool:
    """Whether all of its code, and that of models inside it, is Keras's or this project's."""
    import keras

    graph = keras.Model(model.inputs, model.outputs) if isinstance(model, keras.Sequential) else model
    if not is_ours(type(model)) or not hasattr(graph, "operations"):
        return False
    inside = [each for each in layers_of(graph) if isinstance(each, keras.Model) and each is not graph]
    return is_known(graph) and all(map(_is_known, inside))


def _read(entry: Entry | None, count: int) -> np.ndarray | None:
    """In memory, as nobody holds the entry then; answers are a few numbers a picture."""
    if entry is None or _ANSWERS not in entry.arrays:
        return None
    try:
        found = np.array(entry.arrays[_ANSWERS].array)
    except GoneError:  # it was evicted since it was opened
        return None
    return found if len(found) == count else None


def _write(cache: Cache, key: str, model: keras.Model, answers: np.ndarray) -> None:
    draft = None
    try:
        draft = Draft.begun(cache, KIND, {_ANSWERS: (answers.shape, answers.dtype)})
        if draft is not None:
            draft.write(_ANSWERS, 0, answers)
            draft.keep(key, {"name": f"a teacher of {model.count_params():,} parameters, {len(answers):,} inputs"})
    except OSError as error:
        if draft is not None:
            draft.drop()
        tell_unwritable(cache.root, error)
