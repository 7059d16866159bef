"""Features in the cache of the machine: read where an earlier run has computed just these, else computed and kept."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from cnnsearch.cache.cache import Cache
from cnnsearch.cache.entries import Draft, Entry, open_entry
from cnnsearch.cache.rows import Mapped, Rows
from cnnsearch.cache.told import tell_unwritable
from cnnsearch.data.stages import Pixels, Whole
from cnnsearch.training.features.features import Features, Prefix, PrefixCost, compute_features, targets
from cnnsearch.training.features.key import features_key
from cnnsearch.training.latency import Latency

__all__ = ["KIND", "cached_features", "kept_pixels"]

KIND = "features"
"""Of the entries in the cache."""

_PIECE = 2**26
"""Bytes that are written at once."""


def cached_features(
    cache: Cache | None, prefix: Prefix, pixels: Pixels, earlier: tuple[Prefix, Features] | None = None
) -> Features:
    """As :func:`~cnnsearch.training.features.features.compute_features`, to the same bits; mapped where it is kept.

    Args:
        cache: of this machine, if it has one.
        prefix, pixels, earlier: as there. Of pictures that are some of a whole the features are those of the whole, and
            no earlier ones are needed, as all searches on it share them.

    Raises:
        TrialError: the backbone's weights cannot be had.
    """
    whole = pixels.whole
    if cache is not None and whole is not None and (every := kept_pixels(prefix, pixels)) is not pixels:
        return _some_of(whole, pixels, cached_features(cache, prefix, every))
    started = time.perf_counter()
    key = None if cache is None else features_key(prefix, pixels, earlier)
    if cache is None or key is None:
        return compute_features(prefix, pixels, earlier)
    entry = _here(open_entry(cache, cache.root / KIND / key))
    if entry is not None:
        held = _read(entry, prefix, pixels)
        return replace(held, is_found=True, cost=replace(held.cost, spent_seconds=time.perf_counter() - started))
    computed = replace(compute_features(prefix, pixels, earlier), key=key)
    entry = _here(_written(cache, prefix, computed))
    return computed if entry is None else replace(_read(entry, prefix, pixels), cost=computed.cost)


def kept_pixels(prefix: Prefix, pixels: Pixels) -> Pixels:
    """The pictures whose features are kept: all of the whole, unless they are augmented by their place among them."""
    return pixels if pixels.whole is None or prefix.variants else pixels.whole.pixels


def _some_of(whole: Whole, pixels: Pixels, found: Features) -> Features:
    """The features of a search's pictures, out of those of all."""
    x_train, x_validation = (
        tuple(part.take(rows) if isinstance(part, Rows) else part[rows] for part in found.x_train)
        for rows in (whole.train, whole.validation)
    )
    count = len(whole.pixels.y_train)
    judged = 0 if pixels.folded else len(whole.validation)
    cost = replace(
        found.cost,
        seconds=found.cost.seconds * (len(whole.train) + judged) / count,
        validation_seconds=found.cost.seconds * judged / count,
    )
    return replace(
        found,
        x_train=x_train,
        y_train=pixels.y_train,
        x_validation=x_validation,
        y_validation=pixels.y_validation,
        cost=cost,
    )


def _here(entry: Entry | None) -> Entry | None:
    """An entry that is held from now on; it might have been evicted since it was opened."""
    return entry if entry is not None and all(mapped.is_here for mapped in entry.arrays.values()) else None


def _read(entry: Entry, prefix: Prefix, pixels: Pixels) -> Features:
    parts = range(len(prefix.cut.shapes))
    x_train, x_validation = (
        tuple(_all(entry.arrays[f"{split}{part}"]) for part in parts) for split in ("train", "validation")
    )
    y_train, y_validation = targets(prefix, pixels)
    cost = _cost(entry.about["cost"])
    return Features(x_train, y_train, x_validation, y_validation, max(1, prefix.variants), cost, key=entry.folder.name)


def _all(mapped: Mapped) -> Rows:
    return Rows(mapped, np.arange(mapped.shape[0]))


def _cost(told: Mapping[str, Any]) -> PrefixCost:
    return PrefixCost(**{**told, "latency": Latency(**told["latency"])})


def _written(cache: Cache, prefix: Prefix, computed: Features) -> Entry | None:
    """A new entry; ``None`` where nothing can be kept, which is told."""
    arrays = {
        f"{split}{number}": np.asarray(part)
        for split, parts in (("train", computed.x_train), ("validation", computed.x_validation))
        for number, part in enumerate(parts)
    }
    draft = None
    try:
        draft = Draft.begun(cache, KIND, {name: (array.shape, array.dtype) for name, array in arrays.items()})
        if draft is None:
            return None
        for name, array in arrays.items():
            for at, piece in _pieces(array):
                draft.write(name, at, piece)
        about = {"name": f"{prefix.name}, {len(computed.y_train):,} + {len(computed.y_validation):,} pictures"}
        return draft.keep(computed.key, {**about, "cost": asdict(computed.cost)})
    except OSError as error:
        if draft is not None:
            draft.drop()
        tell_unwritable(cache.root, error)
        return None


def _pieces(array: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    rows = max(1, _PIECE // max(1, array[:1].nbytes))
    for at in range(0, len(array), rows):
        yield at, array[at : at + rows]
