"""Who computes features, who waits, and what is kept; without Ray and TensorFlow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnsearch.networks.cuts import Cut
from cnnsearch.sweep.stages.kept_features import LAPSED, KeptFeatures
from cnnsearch.training.features.features import Features, Prefix, PrefixCost

SETTINGS = (("backbone", "mobilenet"), ("backbone_alpha", 0.25), ("weights", "none"))
KILOBYTE = 1024


def prefix(position: int, **changes: Any) -> Prefix:
    """The first operations of a backbone, up to ``position``."""
    cut = Cut((position,), ((4, 4, 2),), position, position / 10)
    made = Prefix("transfer", SETTINGS, (32, 32, 3), "uint8", (1.0,), (0.0,), (0.0, 255.0), cut, "float32")
    return replace(made, **changes)


def pooled(kind: str = "average") -> Prefix:
    """The whole backbone and its pooling."""
    cut = Cut((10,), ((2,),), 10, 1.0, is_pooled=True)
    return prefix(10, cut=cut, settings=tuple(sorted((*SETTINGS, ("pooling", kind)))))


def features(kilobytes: int, seconds: float = 1.0) -> Features:
    x = np.zeros((kilobytes, KILOBYTE), np.uint8)
    y = np.zeros(kilobytes, np.int32)
    return Features((x,), y, (x[:0],), y[:0], 1, PrefixCost(0.1, seconds, 0.01))


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> KeptFeatures:
    """Has room for ten kilobytes; a reference to features is the features themselves."""
    return KeptFeatures(10 * KILOBYTE, lambda computed: computed, clock)


def test_one_worker_computes_and_the_others_wait_until_it_is_there(kept: KeptFeatures) -> None:
    assert kept.claim(prefix(5), "a") == ("compute", [])
    assert [kept.claim(prefix(5), worker) for worker in "bcb"] == [("wait", [])] * 3
    assert kept.claim(prefix(6), "b") == ("compute", []), "another prefix is nobody's yet"
    computed = features(1)
    assert kept.keep(prefix(5), computed) is computed
    for worker in "abc":
        assert kept.claim(prefix(5), worker) == ("take", [computed])


def test_a_worker_that_could_not_compute_gives_its_claim_up(kept: KeptFeatures) -> None:
    kept.claim(prefix(5), "a")
    kept.release(prefix(5), "a")
    assert kept.claim(prefix(5), "b") == ("compute", [])
    kept.release(prefix(5), "a")
    assert kept.claim(prefix(5), "c") == ("wait", []), "a claim is given up by the worker that has it"


def test_a_claim_lapses_without_a_sign_of_life(kept: KeptFeatures, clock: Clock) -> None:
    kept.claim(prefix(5), "a")
    clock.seconds = LAPSED - 1
    kept.renew(prefix(5), "a")
    kept.renew(prefix(5), "b")
    clock.seconds = 2 * LAPSED - 2
    assert kept.claim(prefix(5), "b") == ("wait", [])
    clock.seconds = 2 * LAPSED - 1
    assert kept.claim(prefix(5), "b") == ("compute", [])
    kept.renew(prefix(5), "a")
    kept.release(prefix(5), "a")
    assert kept.claim(prefix(5), "c") == ("wait", []), "what the first worker still says does not count"


def test_a_worker_taken_for_dead_that_ends_after_all_does_no_harm(kept: KeptFeatures, clock: Clock) -> None:
    kept.claim(prefix(5), "a")
    clock.seconds = LAPSED
    kept.claim(prefix(5), "b")
    first, second = features(6), features(6)
    kept.keep(prefix(5), first)
    assert kept.claim(prefix(5), "c") == ("take", [first])
    kept.keep(prefix(5), second)
    assert kept.bytes == 6 * KILOBYTE
    assert kept.claim(prefix(5), "c") == ("take", [second])


def test_what_was_used_least_recently_makes_room(kept: KeptFeatures) -> None:
    for position in (1, 2, 3):
        kept.keep(pooled(str(position)), features(3))
    kept.claim(pooled("1"), "a")
    kept.keep(pooled("4"), features(4))
    assert kept.bytes == 10 * KILOBYTE
    assert [kept.claim(pooled(str(each)), "a")[0] for each in (1, 2, 3, 4)] == ["take", "compute", "take", "take"]
    kept.keep(pooled("5"), features(10))
    assert kept.bytes == 10 * KILOBYTE
    assert [kept.claim(pooled(str(each)), "a")[0] for each in (1, 3, 4, 5)] == ["compute"] * 3 + ["take"]


def test_a_deeper_prefix_starts_from_the_deepest_one_that_it_continues(kept: KeptFeatures) -> None:
    shallow, middle = features(1), features(1)
    kept.keep(prefix(3), shallow)
    assert kept.claim(prefix(7), "a") == ("compute", [prefix(3), shallow])
    kept.keep(prefix(5), middle)
    assert kept.claim(prefix(8), "a") == ("compute", [prefix(5), middle])
    assert kept.claim(pooled(), "a") == ("compute", [prefix(5), middle])
    assert kept.claim(prefix(2), "a") == ("compute", [])


def test_what_others_start_from_is_used(kept: KeptFeatures) -> None:
    kept.keep(prefix(3), features(4))
    kept.keep(pooled(), features(4))
    kept.claim(prefix(7), "a")
    kept.keep(prefix(7), features(6))
    assert [kept.claim(each, "b")[0] for each in (prefix(3), pooled())] == ["take", "compute"]


@pytest.mark.parametrize(
    "other",
    [
        prefix(5),
        prefix(3, shape=(64, 64, 3)),
        prefix(3, scale=(0.5,)),
        prefix(3, stored="float16"),
        prefix(3, settings=(("backbone", "mobilenet"), ("backbone_alpha", 0.5), ("weights", "none"))),
        prefix(3, variants=2, seed=1),
    ],
    ids=["as deep", "another size", "another scaling", "rounded", "another backbone", "augmented"],
)
def test_other_features_are_nothing_to_start_from(other: Prefix) -> None:
    assert prefix(5).continues(prefix(3))
    assert not prefix(5).continues(other)
    assert not prefix(12).continues(pooled())
    assert not pooled("max").continues(pooled())


def test_lost_features_are_computed_again(kept: KeptFeatures) -> None:
    kept.keep(prefix(5), features(1))
    kept.forget(prefix(5))
    kept.forget(prefix(5))
    assert kept.bytes == 0
    assert kept.claim(prefix(5), "a") == ("compute", [])


def test_what_an_earlier_run_computed_is_not_computed(kept: KeptFeatures) -> None:
    kept.claim(prefix(5), "a")
    kept.keep(prefix(5), replace(features(2, seconds=0.1), is_found=True))
    kept.claim(prefix(5), "b")
    (use,) = kept.uses
    assert (use.computed, use.asked, use.seconds) == (0, 2, 0.1)
    assert (use.to_dict()["misses"], use.to_dict()["hits"]) == (0, 2)


def test_its_uses_are_told(kept: KeptFeatures) -> None:
    kept.claim(prefix(5), "a")
    kept.claim(prefix(5), "b")
    kept.keep(prefix(5), features(2, seconds=1.5))
    for worker in "bbc":
        kept.claim(prefix(5), worker)
    kept.keep(pooled(), features(9, seconds=4.0))  # makes room for itself
    kept.claim(prefix(5), "b")
    kept.keep(prefix(5), features(2, seconds=2.0))
    assert [use.to_dict() for use in kept.uses] == [
        {
            "stage": "features",
            "name": "mobilenet (0.25, none) at 32x32, the first 50.0%",
            "bytes": 2 * KILOBYTE,
            "seconds": 3.5,
            "misses": 2,
            "hits": 3,
        },
        {
            "stage": "features",
            "name": "mobilenet (0.25, none) at 32x32, average pooling",
            "bytes": 9 * KILOBYTE,
            "seconds": 4.0,
            "misses": 1,
            "hits": 0,
        },
    ]


def test_what_failed_everywhere_is_no_stage(kept: KeptFeatures) -> None:
    kept.claim(prefix(5), "a")
    kept.release(prefix(5), "a")
    assert kept.uses == []
