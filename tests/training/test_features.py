"""Frozen features: computed once, they change nothing in what a trial comes to."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
import tiny

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.families.transfer import body as transfer
from cnnsearch.networks.cuts import Cut
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.features.features import Features, Prefix, PrefixCost, compute_features
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.latency import Latency
from cnnsearch.training.phases import plan_phases
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.programs.structure import Structure, plain_scaling
from cnnsearch.training.trainer import Trainer

RANGE = {"float": [0.0, 0.5]}

TRIALS: dict[str, dict[str, Any]] = {
    "nothing unfrozen": {"unfrozen_layers": 0, "pooling": "max", "head_layers": 1, "head_units": 6},
    "flat features": {"unfrozen_layers": 0, "pooling": "flatten"},
    "all but the first layer, with dropout among them": {
        "unfrozen_layers": "stem_norm",
        "unfrozen_batch_normalization": "training",
        "dropout": 0.3,
        "batch_size": 50,
    },
    "rates of layers": {"unfrozen_layers": "block1", "layer_decay": 0.5, "optimizer": "sgd", "momentum": 0.9},
    "two phases": {"unfrozen_layers": "block2", "fine_tune_epochs": 2, "dropout": RANGE, "l2": 0.01},
}


@pytest.mark.parametrize("name", TRIALS)
def test_a_trial_comes_to_the_same_with_the_cache_and_without_it(name: str) -> None:
    cached, uncached = (
        tiny.trained(tiny.experiment(TRIALS[name], "transfer", features={"cache": cache}), {"dropout": 0.2})
        for cache in (True, False)
    )
    np.testing.assert_allclose(cached.epochs, uncached.epochs, rtol=1e-4)
    losses = [epoch[0] for epoch in cached.epochs]
    assert len(losses) == 3
    assert losses[2] < losses[0], "it learns"


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("head", ["dense", "logistic_regression"])
def test_the_exported_model_is_whole_and_plain(head: str, cache: bool) -> None:
    space = {"unfrozen_layers": "block1", "unfrozen_batch_normalization": "training", "dropout": 0.3}
    searched = tiny.experiment(
        space if head == "dense" else {"unfrozen_layers": 0, "head": head}, "transfer", features={"cache": cache}
    )
    trainer = Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 1)
    while trainer.end_reason is None:
        trainer.run_epoch()
    model = trainer.export()
    assert {type(layer).__module__.partition(".")[0] for layer in model.layers} == {"keras"}
    found = tiny.answers(model, tiny.PIXELS.x_validation)
    np.testing.assert_allclose(found, trainer.predictions.probabilities, rtol=1e-3, atol=1e-5)
    assert np.ptp(found[:, 0]) > 0.01


def test_patience_counts_in_the_last_phase_only() -> None:
    searched = tiny.experiment(
        {"unfrozen_layers": "block2", "fine_tune_epochs": 4, "fine_tune_learning_rate_factor": 0.25},
        "transfer",
        epochs=7,
        early_stopping={"patience": 2, "min_delta": 1.0},
    )
    trainer = Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 1)
    while trainer.end_reason is None:
        trainer.run_epoch()
    assert len(trainer.epochs) == 3 + 1 + 2, "the first epoch of a phase is its first improvement"
    assert trainer.end_reason == "patience"
    np.testing.assert_allclose([epoch.learning_rate for epoch in trainer.epochs], [0.01] * 3 + [0.0025] * 3, rtol=1e-6)


@pytest.fixture(scope="module")
def programs() -> Programs:
    """Of tests that train one structure: each would compile it anew."""
    return Programs()


@pytest.mark.parametrize("left_after", [None, 3, 4, 6])
def test_patience_begins_anew_with_a_phase(
    monkeypatch: pytest.MonkeyPatch, left_after: int | None, programs: Programs
) -> None:
    """As two calls of ``fit``, each with its own EarlyStopping; also for a trial that another worker goes on with."""
    scores = [0.7, 0.9, 0.8, 0.1, 0.2, 0.2, 0.3, 0.3, 0.2, 0.4, 0.5]
    monkeypatch.setattr(Trainer, "_score", lambda _, epoch: scores[epoch.epoch - 1])
    searched = tiny.experiment(
        {"unfrozen_layers": "block2", "fine_tune_epochs": 8},
        "transfer",
        epochs=11,
        early_stopping={"patience": 2},
    )
    given = (searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 1, programs)
    trainer = Trainer(*given)
    while trainer.end_reason is None:
        if len(trainer.epochs) == left_after:
            checkpoint = trainer.checkpoint()
            assert checkpoint is not None
            read = Checkpoint.from_bytes(checkpoint.to_bytes())
            trainer = Trainer(*given, checkpoint=read)
        trainer.run_epoch()
    assert trainer.end_reason == "patience"
    assert len(trainer.epochs) == 9, "the last improvement of the second phase, epoch 7, and two more"
    assert trainer.result().best_epoch == 2, "of a trial the best epoch over all counts"


def grey_pictures(dtype: Any) -> Pixels:
    x = np.random.default_rng(0).integers(0, 256, (22, 32, 32, 1)).astype(np.uint8)
    y = (x[:, :, :16].mean(axis=(1, 2, 3)) > x[:, :, 16:].mean(axis=(1, 2, 3))).astype(np.int32)
    x = x if dtype is np.uint8 else (x / 255).astype(dtype)
    return Pixels(x[:16], y[:16], x[16:], y[16:], ("a", "b"))


def scaling_of(pixels: Pixels) -> Scaling:
    largest = 255.0 if pixels.x_train.dtype == np.uint8 else 1.0
    return Scaling(np.float32([1 / largest]), np.float32([0.0]), 0.0, largest)


def mobilenet(pixels: Pixels, cache: bool, **space: Any) -> Trainer:
    """A trial on the smallest MobileNet, trained to its end."""
    searched = Experiment(
        name="grey",
        model="transfer",
        epochs=2,
        space={"backbone": "mobilenet", "backbone_alpha": 0.25, "weights": "none", "batch_size": 8, **space},
        features={"cache": cache},
    )
    trainer = Trainer(searched, tiny.filled(searched), pixels, scaling_of(pixels), 1)
    while trainer.end_reason is None:
        trainer.run_epoch()
    return trainer


@pytest.mark.exhaustive  # of a small network: above; its parts before and behind a cut: test_applications.py
def test_a_backbone_of_keras_comes_to_the_same_too() -> None:
    space = {"unfrozen_layers": 12, "fine_tune_epochs": 1, "learning_rate": 0.01}
    cached, uncached = (mobilenet(grey_pictures(np.uint8), cache, **space) for cache in (True, False))
    for name in ("loss", "val_loss"):
        found, expected = ([epoch.values[name] for epoch in each.epochs] for each in (cached, uncached))
        np.testing.assert_allclose(found, expected, rtol=1e-4)
    names = cached.result().features
    assert len(set(names)) == 2
    assert all(name.startswith("mobilenet (0.25, none) at 32x32, ") for name in names)
    assert uncached.result().features == ()
    cost = cached.result().cost
    assert cost is not None
    assert cost["saved_seconds"] > 0.0
    assert cost["features_seconds"] > 0.0


def test_what_an_epoch_would_have_cost_counts_its_passes() -> None:
    cost = PrefixCost(5.0, 9.0, Latency(0.1, 0.1, 0.1), validation_seconds=2.0)
    assert [cost.of_epoch(passes) for passes in (1, 3)] == [5.0, 11.0]


def test_pictures_at_rest_may_be_floats() -> None:
    losses = []
    for dtype in (np.uint8, np.float32):
        trainer = mobilenet(grey_pictures(dtype), True, unfrozen_layers=0)
        losses.append([epoch.values["val_loss"] for epoch in trainer.epochs])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


def prefix_of(space: dict[str, Any], **keys: Any) -> Prefix:
    searched = tiny.experiment(space, "transfer", **keys)
    prefix = plan_phases(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING).phases[0].prefix
    assert prefix is not None
    return prefix


def direct(prefix: Prefix, x: np.ndarray) -> np.ndarray:
    """What the frozen part gives, in one batch."""
    scaling = plain_scaling(prefix.scale, prefix.offset)
    part = transfer.frozen_part(dict(prefix.settings), prefix.shape, *scaling, None, prefix.cut)
    (found,) = (part(x.astype(np.float32)),)
    return np.asarray(found if not isinstance(found, list) else found[0])


def test_features_are_those_of_every_picture_in_its_place() -> None:
    prefix = prefix_of({"unfrozen_layers": "block2"})
    found = compute_features(prefix, tiny.PIXELS)
    np.testing.assert_array_equal(found.y_train, tiny.PIXELS.y_train)
    np.testing.assert_array_equal(found.y_validation, tiny.PIXELS.y_validation)
    np.testing.assert_allclose(found.x_train[0], direct(prefix, tiny.PIXELS.x_train), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.x_validation[0], direct(prefix, tiny.PIXELS.x_validation), rtol=1e-5, atol=1e-6)
    assert found.bytes == prefix.cut.size * 4 * (tiny.COUNT + 70)
    assert found.variants == 1
    assert 0.0 < found.cost.seconds <= found.cost.spent_seconds
    assert 0.0 < found.cost.latency.low <= found.cost.latency.seconds <= found.cost.latency.high


@pytest.mark.parametrize("deep", [{"unfrozen_layers": "block2"}, {"unfrozen_layers": 0}], ids=["a block", "pooled"])
def test_a_deeper_prefix_from_a_shallower_one_is_the_same(deep: dict[str, Any]) -> None:
    shallow, prefix = prefix_of({"unfrozen_layers": "block1"}), prefix_of(deep)
    assert prefix.continues(shallow)
    known = compute_features(shallow, tiny.PIXELS)
    found = compute_features(prefix, tiny.PIXELS, (shallow, known))
    expected = compute_features(prefix, tiny.PIXELS)
    np.testing.assert_allclose(found.x_train[0], expected.x_train[0], rtol=1e-6)
    np.testing.assert_allclose(found.x_validation[0], expected.x_validation[0], rtol=1e-6)
    assert found.cost.seconds > known.cost.seconds, "of both parts"
    assert found.cost.validation_seconds > known.cost.validation_seconds


def test_half_precision_takes_half_the_memory_and_rounds() -> None:
    space = {"unfrozen_layers": 0}
    full, half = (prefix_of(space, features={"dtype": dtype}) for dtype in ("float32", "float16"))
    exact, rounded = (compute_features(each, tiny.PIXELS) for each in (full, half))
    assert rounded.x_train[0].dtype == np.float16
    assert 2 * rounded.bytes == exact.bytes
    np.testing.assert_array_equal(rounded.x_train[0], exact.x_train[0].astype(np.float16))
    one, other = (
        tiny.trained(tiny.experiment(space, "transfer", features={"dtype": dtype})) for dtype in ("float32", "float16")
    )
    np.testing.assert_allclose(other.epochs, one.epochs, rtol=0.02)
    assert other.epochs != one.epochs


class TestVariants:
    SPACE: ClassVar[dict[str, Any]] = {"unfrozen_layers": 0, "random_flip": "horizontal", "random_brightness": 0.3}
    KEYS: ClassVar[dict[str, Any]] = {"augmentation": {"cached_variants": 3}, "seed": 5}

    def test_there_are_several_of_each_training_picture(self) -> None:
        found = variants_of_all()
        variants = found.x_train[0].reshape(3, tiny.COUNT, -1)
        assert found.variants == 3
        np.testing.assert_array_equal(found.y_train.reshape(3, -1), np.stack([tiny.PIXELS.y_train] * 3))
        assert all(not np.allclose(variants[0], other) for other in variants[1:])
        plain = compute_features(prefix_of({"unfrozen_layers": 0}), tiny.PIXELS)
        own, others = (np.linalg.norm(variants - x, axis=2).mean() for x in (plain.x_train[0], plain.x_train[0][::-1]))
        assert own < others, "each is one of its own picture"
        np.testing.assert_allclose(found.x_validation[0], plain.x_validation[0], rtol=1e-5, atol=1e-6)

    def test_they_are_drawn_from_the_seed_of_the_experiment(self) -> None:
        found = variants_of_all().x_train[0]
        np.testing.assert_array_equal(
            compute_features(prefix_of(self.SPACE, **self.KEYS), tiny.PIXELS).x_train[0], found
        )
        other = prefix_of(self.SPACE, **{**self.KEYS, "seed": 6})
        assert not np.allclose(compute_features(other, tiny.PIXELS).x_train[0], found)

    def test_a_trial_draws_among_them(self) -> None:
        feeds = Feeds(compute=lambda *_: variants_of_all())
        feed = feeds.features(prefix_of(self.SPACE, **self.KEYS), tiny.PIXELS)
        rows = feed.rows(1, 0)
        assert sorted(rows % tiny.COUNT) == list(range(tiny.COUNT)), "every picture once"
        assert set(rows // tiny.COUNT) == {0, 1, 2}
        assert not np.array_equal(rows, feed.rows(1, 1))
        searched = tiny.experiment(self.SPACE, "transfer", **self.KEYS)
        trainer = Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 1, feeds=feeds)
        losses = [trainer.run_epoch().values["loss"] for _ in range(3)]
        assert losses[2] < losses[0]
        assert trainer.result().features == (prefix_of(self.SPACE, **self.KEYS).name,)


@functools.cache
def variants_of_all() -> Features:
    return compute_features(prefix_of(TestVariants.SPACE, **TestVariants.KEYS), tiny.PIXELS)


def test_a_prefix_needs_a_cut() -> None:
    searched = tiny.experiment({}, "transfer")
    structure = Structure.of(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING)
    with pytest.raises(ValueError, match="without a cut has no prefix"):
        Prefix.of(structure, tiny.filled(searched))
    cut = Cut((1,), ((4,),), 1, 0.5)
    assert Prefix.of(replace(structure, cut=cut), tiny.filled(searched)).cut is cut
