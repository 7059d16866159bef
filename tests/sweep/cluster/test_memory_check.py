from __future__ import annotations

import logging

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Resources
from cnnsearch.memory_limits import Limit
from cnnsearch.sweep.cluster import memory_check as module
from cnnsearch.sweep.cluster.memory_check import check_limits, limits_in_words, little_memory

GB = 2**30
GROUP = "the memory limit of this process' group (cgroup)"


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "group_limits", list)
    monkeypatch.setattr(module, "address_limit", lambda: None)
    monkeypatch.setattr(module.os, "cpu_count", lambda: 4)


def group(monkeypatch: pytest.MonkeyPatch, most: float, free: float) -> None:
    monkeypatch.setattr(module, "group_limits", lambda: [Limit(GROUP, int(most * GB), int(free * GB))])


def test_a_group_with_no_room_for_a_worker_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    group(monkeypatch, 0.5, 0.3)
    with pytest.raises(InputError) as caught:
        check_limits(Resources())
    assert str(caught.value) == (
        f"{GROUP} is 0.5 GB, of which 0.3 GB are free; Ray and one worker take about 0.8 GB: give it more memory"
    )


def test_what_a_ray_that_is_kept_has_taken_is_no_reason_to_refuse(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    group(monkeypatch, 2.0, 0.3)
    check_limits(Resources(), is_kept=True)
    assert caplog.messages == []


def test_addresses_that_hold_no_object_store_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Machine:
        available = 20 * GB

    monkeypatch.setattr(module.psutil, "virtual_memory", Machine)
    limit = Limit("the limit of a process' addresses (ulimit -v)", 4 * GB, 3 * GB)
    monkeypatch.setattr(module, "address_limit", lambda: limit)
    with pytest.raises(InputError) as caught:
        check_limits(Resources())
    assert str(caught.value) == (
        "the limit of a process' addresses (ulimit -v) is 4.0 GB, of which 3.0 GB are free; Ray needs about 13.0 "
        "GB, most of it for its object store: raise it (ulimit -v unlimited)"
    )


@pytest.mark.parametrize(("workers", "said"), [(None, "2 of 4 find room"), (3, "2 of 3 find room"), (2, None)])
def test_workers_that_find_no_room_are_told_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, workers: int | None, said: str | None
) -> None:
    group(monkeypatch, 1.5, 1.3)
    with caplog.at_level(logging.WARNING):
        check_limits(Resources(max_concurrent=workers))
    assert [said in text for text in caplog.messages if said] == [True] * (said is not None)
    assert len(caplog.messages) == (said is not None)


def test_the_tightest_limit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits_in_words() is None
    monkeypatch.setattr(module, "group_limits", lambda: [Limit("one", 4 * GB, 2 * GB), Limit("another", 8 * GB, GB)])
    assert limits_in_words() == "another is 8.0 GB, of which 1.0 GB are free"


def test_a_node_without_room_for_a_worker_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    group(monkeypatch, 4.0, 0.5)
    assert little_memory() is None
    group(monkeypatch, 4.0, 0.2)
    said = f"{GROUP} is 4.0 GB, of which 0.2 GB are free; a small worker takes about 0.4 GB"
    assert little_memory() == said
