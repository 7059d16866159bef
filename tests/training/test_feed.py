"""Feed: a copy in TensorFlow and pieces of shared memory give the same numbers, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny

from cnnsearch.cache.cache import Cache
from cnnsearch.cache.entries import Draft
from cnnsearch.cache.rows import Rows
from cnnsearch.data.folds import Fold
from cnnsearch.data.stages import Pixels, joined, scaling
from cnnsearch.training.feeds import feed as module
from cnnsearch.training.feeds import feeds
from cnnsearch.training.feeds.feed import Feed
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.feeds.fold_feed import FoldFeed
from cnnsearch.training.programs.program import EVALUATION_BATCH
from cnnsearch.training.programs.programs import Programs

PICTURE = 6 * 6 * 2
BATCH = 16


def pixels(count: int = tiny.COUNT, validation: int = 70) -> Pixels:
    return Pixels(*tiny.pictures(count, 0), *tiny.pictures(validation, 1), tiny.PIXELS.names)


def in_pieces_of(monkeypatch: pytest.MonkeyPatch, pictures: int) -> None:
    monkeypatch.setattr(module, "_PIECE_BYTES", pictures * PICTURE)


@pytest.mark.parametrize(
    ("pictures", "sizes"),
    [
        (1, [BATCH] * 9 + [6]),  # a batch is the least
        (BATCH, [BATCH] * 9 + [6]),
        (3 * BATCH, [48, 48, 48, 6]),
        (4 * BATCH - 1, [48, 48, 48, 6]),
        (5 * BATCH, [80, 70]),
        (1000, [150]),
    ],
)
def test_pieces_hold_whole_batches(monkeypatch: pytest.MonkeyPatch, pictures: int, sizes: list[int]) -> None:
    in_pieces_of(monkeypatch, pictures)
    shared = pixels()
    order = np.random.default_rng(0).permutation(tiny.COUNT).astype(np.int32)
    pieces = list(Feed(shared, is_copied=False).training(order, BATCH))
    assert [len(at) for _, _, at in pieces] == sizes
    seen = [(x.numpy()[at], y.numpy()[at]) for x, y, at in pieces]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in seen]), shared.x_train[order])
    np.testing.assert_array_equal(np.concatenate([y for _, y in seen]), shared.y_train[order])
    assert all(y.dtype == np.int32 for _, y in seen)


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_pieces_of_validation_hold_whole_batches(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    in_pieces_of(monkeypatch, 10)
    shared = pixels(validation=count)
    pieces = list(Feed(shared, is_copied=False).validation())
    sizes = [len(y) for _, y in pieces]
    assert sum(sizes) == count
    assert all(size == EVALUATION_BATCH for size in sizes[:-1])
    np.testing.assert_array_equal(np.concatenate([x.numpy() for x, _ in pieces]), shared.x_validation)
    np.testing.assert_array_equal(np.concatenate([y.numpy() for _, y in pieces]), shared.y_validation)


def test_a_copy_is_one_piece_and_made_once() -> None:
    shared = pixels()
    feed = Feed(shared)
    order = np.arange(tiny.COUNT)
    (x, y, at), (again, _, _) = *feed.training(order, BATCH), *feed.training(order, BATCH)
    assert x is again
    assert at is order
    np.testing.assert_array_equal(x, shared.x_train)
    np.testing.assert_array_equal(y, shared.y_train)
    (x, y), (again, _) = *feed.validation(), *feed.validation()
    assert x is again
    np.testing.assert_array_equal(x, shared.x_validation)


@pytest.mark.parametrize("is_copied", [True, False])
def test_one_is_a_picture_with_its_label(is_copied: bool) -> None:
    shared = pixels()
    feed = Feed(shared, is_copied)
    assert feed.count == tiny.COUNT
    assert feed.is_copied is is_copied
    x, y = feed.one()
    np.testing.assert_array_equal(x, shared.x_validation[:1])
    np.testing.assert_array_equal(y, shared.y_validation[:1])


def test_shared_and_copied_train_and_evaluate_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    in_pieces_of(monkeypatch, 3 * BATCH)
    shared = replace(tiny.PIXELS, x_validation=pixels(validation=600).x_validation)
    shared = replace(shared, y_validation=pixels(validation=600).y_validation)
    monkeypatch.setattr(tiny, "PIXELS", shared)
    config = {"dropout": 0.3, "batch_normalization": True, "batch_size": BATCH, "random_translation": 0.2}
    searched, programs = tiny.experiment(config), Programs()
    asked: list[int] = []
    pieces = Feed._piece
    monkeypatch.setattr(Feed, "_piece", lambda feed, order: asked.append(len(order)) or pieces(feed, order))
    copied, in_pieces = (
        tiny.trained(searched, programs=programs, feed=Feed(shared, is_copied)) for is_copied in (True, False)
    )
    assert asked == [48, 48, 48, 6] * searched.epochs
    assert copied == in_pieces
    assert tiny.trained(searched, seed=2, programs=programs, feed=Feed(shared, is_copied=False)) != copied


def test_arrays_at_rest_may_be_read_only_and_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they come out of shared memory."""
    in_pieces_of(monkeypatch, 3 * BATCH)
    before = pixels()
    shared = pixels()
    for array in (shared.x_train, shared.y_train, shared.x_validation, shared.y_validation):
        array.setflags(write=False)
    everything = {"batch_size": BATCH, "random_rotation": 0.2, "random_brightness": 0.3, "random_contrast": 0.3}
    searched = tiny.experiment({**everything, "random_flip": "both"}, epochs=1)
    programs = Programs()
    for is_copied in (True, False):
        tiny.trained(searched, programs=programs, feed=Feed(shared, is_copied))
        for name in ("x_train", "y_train", "x_validation", "y_validation"):
            np.testing.assert_array_equal(getattr(shared, name), getattr(before, name))


def test_an_error_while_pictures_are_read_reaches_the_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    in_pieces_of(monkeypatch, BATCH)

    def fail(*_: Any) -> None:
        raise OSError("gone")

    feed = Feed(pixels(), is_copied=False)
    monkeypatch.setattr(Feed, "_piece", fail)
    with pytest.raises(OSError, match="gone"):
        tiny.trained(tiny.experiment({"batch_size": BATCH}), feed=feed)


def mapped(held: Pixels, tmp_path: Path) -> Pixels:
    """The same pictures in one array on disk, in another order and among others, as a sweep has them."""
    together = np.concatenate([held.x_validation, held.x_train[:3], held.x_train])
    draft = Draft.begun(Cache(tmp_path, 10**8), "pixels", {"x": (together.shape, together.dtype)})
    assert draft is not None
    draft.write("x", 0, together)
    entry = draft.keep("a", {})
    assert entry is not None
    first = len(held.x_validation)
    rows = np.arange(first + 3, len(together)), np.arange(first)
    x_train, x_validation = (Rows(entry.arrays["x"], each) for each in rows)
    return replace(held, x_train=x_train, x_validation=x_validation)


def test_pictures_on_disk_train_as_those_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    in_pieces_of(monkeypatch, 3 * BATCH)
    on_disk = mapped(tiny.PIXELS, tmp_path)
    searched = tiny.experiment({"dropout": 0.3, "batch_size": BATCH, "random_translation": 0.2})
    programs = Programs()
    expected = tiny.trained(searched, programs=programs, feed=Feed(tiny.PIXELS))
    for is_copied in (True, False):
        assert tiny.trained(searched, programs=programs, feed=Feed(on_disk, is_copied)) == expected, is_copied


def test_what_is_on_disk_is_copied_where_it_is_small_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = pixels()
    on_disk = mapped(held, tmp_path)
    assert Feeds(10**9).pictures(on_disk).is_copied
    monkeypatch.setattr(feeds, "_MAPPED", on_disk.bytes - 1)
    assert not Feeds(10**9).pictures(on_disk).is_copied
    assert Feeds(10**9).pictures(held).is_copied
    assert (on_disk.in_memory().x_train == held.x_train).all()
    assert (joined(on_disk).x_train[:] == joined(held).x_train).all()
    assert scaling(on_disk, "standardize").scale.tolist() == scaling(held, "standardize").scale.tolist()


def test_some_pictures_are_drawn_more_often_the_same_ones_however_they_are_fed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With variants too, and of a fold's own pictures; pieces of memory hold a picture as often as a copy does."""
    in_pieces_of(monkeypatch, 3 * BATCH)
    shared = pixels()
    weights = 1.0 / np.bincount(shared.y_train)[shared.y_train]
    fed = [Feed(shared, is_copied=copied) for copied in (True, False)]
    orders = [feed.rows(5, 2, weights) for feed in fed]
    np.testing.assert_array_equal(*orders)
    labels = [np.concatenate([y.numpy()[at] for _, y, at in feed.training(orders[0], BATCH)]) for feed in fed]
    np.testing.assert_array_equal(*labels)
    assert np.ptp(np.bincount(labels[0])) <= 1
    varied = fed[0].drawn(5, 2, tiny.COUNT, weights)
    fed[0]._variants = 3
    of_variants = fed[0].drawn(5, 2, tiny.COUNT, weights)
    np.testing.assert_array_equal(of_variants % tiny.COUNT, varied)
    assert set(of_variants // tiny.COUNT) == {0, 1, 2}
    fold = Fold(np.arange(0, tiny.COUNT, 2), np.arange(1, tiny.COUNT, 2))
    members = shared.y_train[fold.train]
    of_fold = FoldFeed(fed[1], fold).rows(5, 2, 1.0 / np.bincount(members)[members])
    assert set(of_fold) <= set(fold.train)
    assert np.ptp(np.bincount(shared.y_train[of_fold])) <= 1
