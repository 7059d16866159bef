"""How many frozen backbones of a sweep need not be computed, as an earlier run left their features in the cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cnnsearch.cache.cache import Cache
from cnnsearch.cache.entries import open_entry
from cnnsearch.data.stages import Pixels, scaling, size_of
from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.training.features.cached import KIND, kept_pixels
from cnnsearch.training.features.key import features_key
from cnnsearch.training.phases import plan_phases

__all__ = ["cached_backbones"]


def cached_backbones(
    cache: Cache | None, experiment: Experiment, configs: Iterable[Mapping[str, Any]], pixels: Pixels
) -> int:
    """Those whose features are whole in the cache.

    Args:
        cache: of this machine.
        experiment: of the sweep.
        configs: filled, one for each backbone.
        pixels: of one image size; backbones of another size are not looked for, as their pixels would be decoded first.
    """
    if cache is None or not cache.entries(KIND):
        return 0
    return sum(_is_cached(cache, experiment, config, pixels) for config in configs)


def _is_cached(cache: Cache, experiment: Experiment, config: Mapping[str, Any], pixels: Pixels) -> bool:
    if size_of(config) not in (None, pixels.x_train.shape[1:3]):
        return False
    try:
        first = plan_phases(experiment, config, pixels, scaling(pixels, config["scaling"])).phases[0]
        key = None if first.prefix is None else features_key(first.prefix, kept_pixels(first.prefix, pixels))
    except TrialError:  # a trial that fails computes nothing
        return False
    return key is not None and open_entry(cache, cache.root / KIND / key, looks=True) is not None
