"""What users ask of a study whose outer folds are searched first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cnnsearch.search.before_search import ENDED, BeforeSearch
from cnnsearch.study.clock import Clock
from cnnsearch.study.control.requests import Extend, Queue, Request, Stop, StopTrial, Wish, put, unanswered, waiting
from cnnsearch.study.control.words import NESTED_BUDGET
from cnnsearch.study.record.lines import REQUESTS
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.store import LocalStore


@pytest.mark.parametrize(
    ("wish", "refused"),
    [
        (Stop(), None),
        (Extend(9), NESTED_BUDGET),
        (StopTrial(0), "none of its own trials runs yet: outer folds are searched first, and are studies of their own"),
    ],
    ids=["stop", "extend", "stop a trial"],
)
def test_it_is_answered_once(tmp_path: Path, wish: Wish, refused: str | None) -> None:
    store = LocalStore(tmp_path)
    request = Request.of(wish, 0)
    put(store, request)
    control = BeforeSearch(store, Clock.started(), ())
    control.answer([request, request])
    (line,) = read_lines(store, REQUESTS)
    assert line.refused == refused
    assert list(waiting(store)) == []
    assert control.is_stop_asked == isinstance(wish, Stop)


def test_a_config_waits_for_the_search(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    request = Request.of(Queue({"filters": 4}), 0)
    put(store, request)
    BeforeSearch(store, Clock.started(), ()).answer([request])
    assert read_lines(store, REQUESTS) == []
    assert [each.id for each in waiting(store)] == [request.id]


def test_what_was_asked_of_an_earlier_driver_is_refused(tmp_path: Path) -> None:
    """Else a study whose driver died before it stopped would stop again as soon as somebody goes on with it."""
    store = LocalStore(tmp_path)
    stop, config = Request.of(Stop(), 0), Request.of(Queue({"filters": 4}), 1)
    put(store, stop)
    put(store, config)
    control = BeforeSearch(store, Clock.started(), unanswered(store))
    control.begin()
    assert not control.is_stop_asked
    (line,) = read_lines(store, REQUESTS)
    assert (line.request, line.refused) == (stop.id, ENDED)
    assert [each.id for each in waiting(store)] == [config.id]
    earlier = unanswered(store)
    put(store, replace(Request.of(Stop(), 2), asked=0.0))  # while this driver prepared, by a clock that is wrong
    (now := BeforeSearch(store, Clock.started(), earlier)).begin()
    assert now.is_stop_asked
