"""Features on disk: the second who asks computes nothing, and has the same bits; what differs is another entry."""

from __future__ import annotations

import logging
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny

from cnnsearch.cache import told
from cnnsearch.cache.cache import Cache
from cnnsearch.cache.entries import Draft
from cnnsearch.cache.rows import Rows
from cnnsearch.data.stages import Pixels, Whole, joined
from cnnsearch.networks.cuts import Cut
from cnnsearch.training.features import cached as module
from cnnsearch.training.features import key as keys
from cnnsearch.training.features.cached import cached_features, kept_pixels
from cnnsearch.training.features.features import Features, Prefix, compute_features
from cnnsearch.training.features.key import features_key
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.phases import plan_phases

BLOCK = {"unfrozen_layers": "block2"}
VARIED = {"unfrozen_layers": 0, "random_brightness": 0.3, "random_flip": "both"}
VARIANTS = {"augmentation": {"cached_variants": 2}}
FOLDED = replace(tiny.PIXELS, x_validation=tiny.PIXELS.x_train[:1], y_validation=tiny.PIXELS.y_train[:1], folded=True)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setattr(told, "_TOLD", set())
    return Cache(tmp_path / "cache", 10**8)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[Prefix]:
    """What was computed."""
    found: list[Prefix] = []

    def compute(prefix: Prefix, *given: Any) -> Features:
        found.append(prefix)
        return compute_features(prefix, *given)

    monkeypatch.setattr(module, "compute_features", compute)
    return found


def prefix_of(space: dict[str, Any], pixels: Pixels = tiny.PIXELS, **experiment: Any) -> Prefix:
    searched = tiny.experiment(space, "transfer", **experiment)
    prefix = plan_phases(searched, tiny.filled(searched), pixels, tiny.SCALING).phases[0].prefix
    assert prefix is not None
    return prefix


def check_same(found: Features, expected: Features) -> None:
    for name in ("x_train", "x_validation"):
        for part, other in zip(getattr(found, name), getattr(expected, name), strict=True):
            assert part.dtype == other.dtype
            np.testing.assert_array_equal(np.asarray(part), np.asarray(other))
    np.testing.assert_array_equal(found.y_train, expected.y_train)
    np.testing.assert_array_equal(found.y_validation, expected.y_validation)
    assert (found.variants, found.bytes) == (expected.variants, expected.bytes)


@pytest.mark.parametrize("pixels", [tiny.PIXELS, FOLDED], ids=["split", "folds"])
@pytest.mark.parametrize(
    ("space", "experiment"),
    [(BLOCK, {}), (BLOCK, {"features": {"dtype": "float16"}}), (VARIED, VARIANTS)],
    ids=["a block", "rounded", "variants"],
)
def test_the_second_who_asks_computes_nothing_and_has_the_same_bits(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, pixels: Pixels, space: dict[str, Any], experiment: dict[str, Any]
) -> None:
    prefix = prefix_of(space, **experiment)
    computed: list[Features] = []

    def compute(*given: Any) -> Features:
        computed.append(compute_features(*given))
        return computed[-1]

    monkeypatch.setattr(module, "compute_features", compute)
    first, second = (cached_features(cache, prefix, pixels) for _ in range(2))
    (expected,) = computed
    for found in (first, second, pickle.loads(pickle.dumps(second))):
        assert found.is_mapped
        check_same(found, expected)
    assert (first.is_found, second.is_found) == (False, True)
    assert replace(second.cost, spent_seconds=first.cost.spent_seconds) == first.cost
    (kept,) = cache.entries("features")
    assert kept.folder.name == first.key == second.key


def test_targets_are_those_of_today(cache: Cache, computed: list[Prefix]) -> None:
    prefix = prefix_of(BLOCK)
    cached_features(cache, prefix, tiny.PIXELS)
    other = replace(tiny.PIXELS, y_train=tiny.PIXELS.y_train[::-1].copy())
    np.testing.assert_array_equal(cached_features(cache, prefix, other).y_train, other.y_train)
    assert len(computed) == 1


def test_a_deeper_prefix_goes_by_what_it_starts_from(cache: Cache, computed: list[Prefix]) -> None:
    shallow, deep = prefix_of({"unfrozen_layers": "block1"}), prefix_of(BLOCK)
    start = shallow, cached_features(cache, shallow, tiny.PIXELS)
    first = cached_features(cache, deep, tiny.PIXELS, start)
    again = shallow, cached_features(cache, shallow, tiny.PIXELS)
    check_same(cached_features(cache, deep, tiny.PIXELS, again), first)
    assert computed == [shallow, deep]
    check_same(first, compute_features(deep, tiny.PIXELS, (shallow, compute_features(shallow, tiny.PIXELS))))
    assert cached_features(cache, deep, tiny.PIXELS).key != first.key, "bits may differ"
    assert features_key(deep, tiny.PIXELS, (shallow, compute_features(shallow, tiny.PIXELS))) is None


def test_trials_on_them_come_to_the_same(cache: Cache) -> None:
    searched = tiny.experiment({**BLOCK, "dropout": 0.3}, "transfer")
    given: list[tuple[Cache | None, int | None]] = [(None, None), (cache, None), (cache, 0)]
    losses = [trained(searched, Feeds(most, partial(cached_features, kept))) for kept, most in given]
    assert losses[0] == losses[1] == losses[2]


def trained(searched: Any, feeds: Feeds) -> list[dict[str, float]]:
    from cnnsearch.training.trainer import Trainer

    trainer = Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 1, feeds=feeds)
    while trainer.end_reason is None:
        trainer.run_epoch()
    return [dict(epoch.values) for epoch in trainer.epochs]


def rolled(pixels: Pixels) -> Pixels:
    return replace(pixels, x_train=np.roll(pixels.x_train, 1, axis=0))


def test_whatever_they_depend_on_is_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    prefix, varied = prefix_of(BLOCK), prefix_of(VARIED, **VARIANTS)
    given: list[tuple[Prefix, Pixels]] = [
        (prefix, tiny.PIXELS),
        (prefix, rolled(tiny.PIXELS)),
        (prefix, joined(tiny.PIXELS)),
        (prefix, FOLDED),
        (prefix_of({"unfrozen_layers": "block1"}), tiny.PIXELS),
        (prefix_of(BLOCK, features={"dtype": "float16"}), tiny.PIXELS),
        (replace(prefix, scale=tuple(2 * each for each in prefix.scale)), tiny.PIXELS),
        (prefix_of({"unfrozen_layers": 0}), tiny.PIXELS),
        (prefix_of({"unfrozen_layers": 0, "pooling": "max"}), tiny.PIXELS),
        (varied, tiny.PIXELS),
        (replace(varied, seed=varied.seed + 1), tiny.PIXELS),
        (replace(varied, variants=3), tiny.PIXELS),
        (prefix_of({**VARIED, "random_brightness": 0.2}, **VARIANTS), tiny.PIXELS),
    ]
    found = [features_key(*each) for each in given]
    assert None not in found
    assert len(set(found)) == len(given)
    assert found == [features_key(*each) for each in given]
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "another")
    assert features_key(*given[0]) not in found


def test_threads_count_however_they_were_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has them in its environment, and a dry run has not."""
    import tensorflow as tf

    prefix = prefix_of(BLOCK)
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "1")
    monkeypatch.setattr(tf.config.threading, "get_intra_op_parallelism_threads", lambda: 0)
    worker = features_key(prefix, tiny.PIXELS)
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "TF_CPP_MIN_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tf.config.threading, "get_intra_op_parallelism_threads", lambda: 3)
    assert features_key(prefix, tiny.PIXELS) == worker
    monkeypatch.setattr(tf.config.threading, "get_intra_op_parallelism_threads", lambda: 2)
    assert features_key(prefix, tiny.PIXELS) != worker


def test_so_are_the_weights_and_the_size(tmp_path: Path) -> None:
    import keras

    space = {"weights": str(tmp_path / "own.keras"), **BLOCK}
    tiny.save_network()
    shutil.copy(tiny.NETWORK, tmp_path / "own.keras")
    before = features_key(prefix_of(space), tiny.PIXELS)
    assert before == features_key(prefix_of(space), tiny.PIXELS)
    network = keras.models.load_model(tmp_path / "own.keras")
    weight = network.get_layer("stem_conv").weights[0]
    weight.assign(weight * 1.5)
    tiny.save(network, tmp_path / "own.keras")
    after = features_key(prefix_of(space), tiny.PIXELS)
    larger = replace(
        tiny.PIXELS,
        x_train=tiny.PIXELS.x_train.repeat(2, axis=1).repeat(2, axis=2),
        x_validation=tiny.PIXELS.x_validation.repeat(2, axis=1).repeat(2, axis=2),
    )
    sized = features_key(prefix_of(space, larger), larger)
    assert len({before, after, sized}) == 3


@pytest.mark.parametrize("folded", [True, False])
def test_searches_of_nested_cross_validation_share_the_features_of_all_pictures(
    cache: Cache, computed: list[Prefix], folded: bool
) -> None:
    prefix = prefix_of(BLOCK)
    for start in (0, 40):
        train, validation = np.arange(start, start + 60), np.arange(start + 60, start + 100)
        rows = (train, train[:1]) if folded else (train, validation)
        own = [each for of in rows for each in (tiny.PIXELS.x_train[of], tiny.PIXELS.y_train[of])]
        some = Pixels(*own, tiny.PIXELS.names, folded=folded)
        found = cached_features(cache, prefix, replace(some, whole=Whole(FOLDED, *rows)))
        expected = compute_features(prefix, some)
        for mine, theirs in zip(
            (*found.x_train, *found.x_validation), (*expected.x_train, *expected.x_validation), strict=True
        ):
            np.testing.assert_allclose(np.asarray(mine), theirs, atol=1e-6)
        np.testing.assert_array_equal(found.y_train, expected.y_train)
        np.testing.assert_array_equal(found.y_validation, expected.y_validation)
        assert 0 < found.cost.seconds < cached_features(cache, prefix, FOLDED).cost.seconds
    assert computed == [prefix], "of all pictures, once"
    augmented = prefix_of(VARIED, **VARIANTS)
    assert kept_pixels(augmented, replace(some, whole=Whole(FOLDED, *rows))).whole is not None, "draws go by place"


def test_pictures_on_disk_are_known_by_their_entry_and_rows(tmp_path: Path) -> None:
    x = tiny.PIXELS.x_train
    draft = Draft.begun(Cache(tmp_path, 10**8), "pixels", {"x": (x.shape, x.dtype)})
    assert draft is not None
    draft.write("x", 0, x)
    entry = draft.keep("a", {})
    assert entry is not None
    all_rows = np.arange(len(x))
    digests = [keys.digest_of(Rows(entry.arrays["x"], rows)) for rows in (all_rows, all_rows, all_rows[::-1])]
    assert digests[0] == digests[1] != digests[2]


def test_code_of_ones_own_is_computed_each_time(
    cache: Cache, computed: list[Prefix], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = prefix_of(BLOCK)
    monkeypatch.setattr(keys, "_OURS", ("cnnsearch",))  # as if Keras's layers were somebody's
    first, second = (cached_features(cache, prefix, tiny.PIXELS) for _ in range(2))
    assert computed == [prefix, prefix]
    assert not first.is_mapped
    assert not second.is_found
    assert cache.entries("features") == []


def torn(cache: Cache) -> Cache:
    (kept,) = cache.entries("features")
    path = kept.folder / "train0.npy"
    path.write_bytes(path.read_bytes()[:-8])
    return cache


def full(cache: Cache) -> Cache:
    return Cache(cache.root / "full", 1000)


def unwritable(cache: Cache) -> Cache:
    (cache.root / "file").write_text("no folder")
    return Cache(cache.root / "file", 10**8)


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (torn, "an entry was damaged, and is made again"),
        (full, "the bound is 0.0 MB (resources.cache_gb)"),
        (unwritable, "cannot be written (not a directory), so nothing new is kept"),
    ],
)
def test_a_cache_that_is_no_good_costs_time_and_is_told_once(
    cache: Cache,
    computed: list[Prefix],
    caplog: pytest.LogCaptureFixture,
    spoilt: Callable[[Cache], Cache],
    said: str,
) -> None:
    prefix = prefix_of(BLOCK)
    cached_features(cache, prefix, tiny.PIXELS)
    other = spoilt(cache)
    with caplog.at_level(logging.WARNING, "cnnsearch"):
        found = cached_features(other, prefix, tiny.PIXELS)
        cached_features(full(cache), prefix, tiny.PIXELS) if spoilt is full else None
    assert computed[:2] == [prefix, prefix]
    check_same(found, compute_features(prefix, tiny.PIXELS))
    (message,) = (record.getMessage() for record in caplog.records)
    assert said in message


def test_without_a_cache_nothing_is_kept(cache: Cache, computed: list[Prefix]) -> None:
    prefix = prefix_of(BLOCK)
    found = cached_features(None, prefix, tiny.PIXELS)
    assert not found.is_mapped
    assert len(computed) == 1
    assert not cache.root.exists()


def test_a_cut_of_two_tensors_is_kept_whole(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = replace(prefix_of(BLOCK), cut=Cut((1, 2), ((2,), (3, 2)), 2, 0.5))
    rng = np.random.default_rng(0)
    made = compute_features(prefix_of(BLOCK), tiny.PIXELS)
    parts = [
        tuple(rng.normal(size=(len(y), *shape)).astype(np.float32) for shape in prefix.cut.shapes)
        for y in (made.y_train, made.y_validation)
    ]
    expected = replace(made, x_train=parts[0], x_validation=parts[1])
    monkeypatch.setattr(module, "features_key", lambda *_: "a")
    monkeypatch.setattr(module, "compute_features", lambda *_: expected)
    monkeypatch.setattr(module, "_PIECE", 100)
    cached_features(cache, prefix, tiny.PIXELS)
    check_same(cached_features(cache, prefix, tiny.PIXELS), expected)
