"""Requests of lanes, and what is replaced inside of Tune."""

from __future__ import annotations

import pickle

from ray.tune import registry
from ray.tune.execution import tune_controller
from ray.tune.utils.object_cache import _ObjectCache

from cnnsearch.experiment import Demand
from cnnsearch.sweep.ray_private.tune_controller import WorkerCache, fit_for_short_trials
from cnnsearch.sweep.tune.lanes import LaneRequest, lane_request


def test_lanes_are_told_apart_and_each_equals_itself() -> None:
    first, again, other = LaneRequest(0, Demand()), LaneRequest(0, Demand()), LaneRequest(1, Demand())
    assert first == again
    assert hash(first) == hash(again)
    assert first != other
    assert len({first, again, other}) == 2
    assert pickle.loads(pickle.dumps(first)) == first


def test_workers_need_not_import_what_drives_tune_to_ask_for_a_lane() -> None:
    """Tune's trainable holds the function, and every worker that is given it imports its module."""
    assert pickle.loads(pickle.dumps(lane_request)) is lane_request
    assert lane_request.__module__ != "cnnsearch.sweep.tune.tuning"


def test_a_lane_asks_for_what_a_trial_needs() -> None:
    assert LaneRequest(3, Demand(2, 0.5)).required_resources == {"CPU": 2.0, "GPU": 0.5}
    assert LaneRequest(3, Demand(2)).required_resources == {"CPU": 2.0}
    assert LaneRequest(3, Demand(others=(("disk", 1.0),))).required_resources == {"CPU": 1.0, "disk": 1.0}


def test_the_cache_keeps_every_worker_until_all_are_dropped() -> None:
    cache = WorkerCache()
    for lane in range(3):
        assert cache.cache_object(lane, f"worker {lane}")
    cache.increase_max(1)
    assert list(cache.flush_cached_objects()) == []
    assert cache.pop_cached_object(1) == "worker 1"
    assert not cache.has_cached_object(1)
    assert sorted(cache.flush_cached_objects(force_all=True)) == ["worker 0", "worker 2"]
    assert cache.num_cached_objects == 0


def test_the_cache_gives_up_the_workers_of_closed_lanes() -> None:
    closed: set[int] = set()
    cache = WorkerCache(closed)
    for lane in range(3):
        cache.cache_object(LaneRequest(lane, Demand()), f"worker {lane}")
    closed.add(1)
    assert list(cache.flush_cached_objects()) == ["worker 1"]
    assert list(cache.flush_cached_objects()) == []
    assert cache.num_cached_objects == 2
    assert not cache.has_cached_object(LaneRequest(1, Demand()))


def test_tunes_own_cache_drops_them() -> None:
    """Why it is replaced: where this fails, Ray has changed, and the replacement may not be needed any more."""
    cache = _ObjectCache()
    cache.increase_max("a lane that waits for its worker")
    assert not cache.cache_object(0, "worker 0")


def test_tune_is_as_it_was_after_a_sweep() -> None:
    get = registry._global_registry.get
    with fit_for_short_trials():
        assert isinstance(tune_controller._ObjectCache(may_keep_one=True), WorkerCache)
    assert tune_controller._ObjectCache is _ObjectCache
    assert registry._global_registry.get == get
