"""Feeds: computed once a process, kept within its memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tiny

from cnnsearch.data.stages import Pixels
from cnnsearch.networks.cuts import Cut
from cnnsearch.training.features.features import Features, Prefix, PrefixCost
from cnnsearch.training.feeds import feeds as module
from cnnsearch.training.feeds.feeds import Feeds

PICTURES = ((6, 6, 2), "uint8", (1.0,), (0.0,), (0.0, 255.0))
SETTINGS = (("backbone", "mobilenet"), ("backbone_alpha", 0.25), ("weights", "none"))
PREFIX = Prefix("transfer", SETTINGS, *PICTURES, Cut((3,), ((4,),), 3, 0.5), "float32")


class Computing:
    """Gives features of a thousand bytes, and knows of which prefixes."""

    def __init__(self) -> None:
        self.asked: list[Prefix] = []

    def __call__(self, prefix: Prefix, _: Pixels) -> Features:
        self.asked.append(prefix)
        x = np.zeros((50, 4), np.float32)
        return Features((x,), np.zeros(50, np.int32), (x[:10],), np.zeros(10, np.int32), 1, PrefixCost(0.2, 0.3, 0.1))


def numbered(number: int) -> Prefix:
    return replace(PREFIX, seed=number)


def test_a_feed_is_made_once() -> None:
    computing = Computing()
    feeds = Feeds(compute=computing)
    first = feeds.features(PREFIX, tiny.PIXELS)
    assert feeds.features(replace(PREFIX), tiny.PIXELS) is first
    assert computing.asked == [PREFIX]
    assert first.prefix == PrefixCost(0.2, 0.3, 0.1)
    assert first.is_copied
    pictures = feeds.pictures(tiny.PIXELS)
    assert feeds.pictures(tiny.PIXELS) is pictures
    assert pictures.prefix is None


def test_of_many_the_one_that_was_used_least_recently_goes() -> None:
    computing = Computing()
    feeds = Feeds(compute=computing)
    for number in range(module._MOST):
        feeds.features(numbered(number), tiny.PIXELS)
    feeds.features(numbered(0), tiny.PIXELS)
    feeds.features(numbered(99), tiny.PIXELS)
    assert len(computing.asked) == module._MOST + 1
    feeds.features(numbered(0), tiny.PIXELS)
    feeds.features(numbered(1), tiny.PIXELS)
    assert computing.asked[-1] == numbered(1)
    assert len(computing.asked) == module._MOST + 2


def test_copies_stay_within_their_memory() -> None:
    computing = Computing()
    one = 60 * 4 * 4
    feeds = Feeds(2 * one, computing)
    for number in (1, 2, 3):
        assert feeds.features(numbered(number), tiny.PIXELS).is_copied
    assert feeds._copied == 2 * one
    feeds.features(numbered(3), tiny.PIXELS)
    feeds.features(numbered(1), tiny.PIXELS)
    assert computing.asked == [numbered(each) for each in (1, 2, 3, 1)]


def test_what_is_too_large_is_read_where_it_lies() -> None:
    feeds = Feeds(100, Computing())
    feed = feeds.features(PREFIX, tiny.PIXELS)
    assert not feed.is_copied
    assert feeds._copied == 0
