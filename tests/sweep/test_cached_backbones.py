"""Backbones whose features an earlier run left in the cache are counted, and computed no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tiny

from cnnsearch.cache.cache import Cache
from cnnsearch.data.stages import scaling
from cnnsearch.sweep.estimates.cached_backbones import cached_backbones
from cnnsearch.sweep.estimates.estimate import Estimate, _to_measure
from cnnsearch.training.features.cached import cached_features
from cnnsearch.training.phases import plan_phases


def test_those_in_the_cache_are_counted(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", 10**8)
    searched = tiny.experiment({"unfrozen_layers": 0}, "transfer")
    config = tiny.filled(searched)
    other = {**config, "image_size": 2 * tiny.PIXELS.x_train.shape[1]}
    assert cached_backbones(cache, searched, [config], tiny.PIXELS) == 0
    prefix = plan_phases(searched, config, tiny.PIXELS, scaling(tiny.PIXELS, config["scaling"])).phases[0].prefix
    assert prefix is not None
    given = replace(tiny.PIXELS, x_train=tiny.PIXELS.x_train[::-1])
    cached_features(cache, prefix, tiny.PIXELS)
    assert cached_backbones(cache, searched, [config, other], tiny.PIXELS) == 1
    assert cached_backbones(cache, searched, [config], given) == 0  # of other pictures
    assert cached_backbones(None, searched, [config], tiny.PIXELS) == 0


def test_a_dry_run_says_how_many() -> None:
    found = Estimate(8, False, 3, 1, 100, 0.1, 1.0, 2.5, 3, 1, 1.0, 2.0, {})
    assert "cache" not in dict(found.rows())["features"]
    told = dict(replace(found, cached_backbones=2).rows())["features"]
    assert told == "2.5 s for each of about 3 frozen backbones, once a sweep; those of 2 are in the cache"


@pytest.mark.parametrize("seed", range(4))
def test_a_dry_run_measures_a_config_with_a_frozen_part_where_there_is_one(seed: int) -> None:
    """Else it would tell of no features in a search of networks with and without a pretrained encoder."""
    space = {"encoder": {"choice": ["scratch", "mobilenet"]}, "weights": "none"}
    keys = {"task": "segmentation", "dataset": {"source": "digit_scenes"}, "seed": seed}
    configs = _to_measure(tiny.experiment(space, "unet", **keys))
    assert configs[0]["encoder"] == "mobilenet"
    assert configs[-1]["encoder"] == "scratch"
