"""Every backbone under test, trained with the cache and without it. Takes minutes: run it by ``-m exhaustive``."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import tiny
from applications import MODULES

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.families.transfer import backbones
from cnnsearch.families.transfer.backbone_specs import BACKBONES
from cnnsearch.training.trainer import Trainer

pytestmark = [pytest.mark.slow, pytest.mark.exhaustive]


@pytest.mark.parametrize("unfrozen", [0, 0.1])
@pytest.mark.parametrize("name", MODULES)
def test_losses_are_the_same_with_the_cache_and_without_it(name: str, unfrozen: float) -> None:
    cached, uncached = (trained(name, unfrozen, cache) for cache in (True, False))
    for what in ("loss", "val_loss"):
        found, expected = ([epoch.values[what] for epoch in each.epochs] for each in (cached, uncached))
        assert len(found) == 3
        np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert len(cached.result().features) == 1
    assert uncached.result().features == ()
    backbones._loaded.cache_clear()
    gc.collect()


def trained(name: str, unfrozen: float, cache: bool) -> Trainer:
    side = BACKBONES[name].smallest
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (12, side, side, 3), dtype=np.uint8)
    y = (np.arange(12) % 2).astype(np.int32)
    x[y == 1, : side // 2] //= 2
    searched = Experiment(
        name="every backbone",
        model="transfer",
        epochs=3,
        space={
            "backbone": name,
            "weights": "none",
            "unfrozen_layers": unfrozen,
            "batch_size": 4,
            "optimizer": "sgd",
            "learning_rate": 1e-3,
        },
        features={"cache": cache},
    )
    pixels = Pixels(x[:8], y[:8], x[8:], y[8:], ("a", "b"))
    scaling = Scaling(np.full(3, 1 / 255, np.float32), np.zeros(3, np.float32), 0.0, 255.0)
    trainer = Trainer(searched, tiny.filled(searched), pixels, scaling, 1)
    while trainer.end_reason is None:
        trainer.run_epoch()
    return trainer
