from __future__ import annotations

import pytest

from cnnsearch.study.progress.startup import _known
from cnnsearch.study.record.sessions import (
    begins_of,
    busy_seconds,
    ends_of,
    exhausted_of,
    with_begin,
    with_end,
    with_session,
)


def test_the_time_between_two_drivers_does_not_count() -> None:
    assert busy_seconds([10.0], [12.0, 15.0]) == 5.0
    assert busy_seconds([10.0, 1000.0], [12.0, 15.0, 1003.0]) == 8.0


@pytest.mark.parametrize("times", [[], [3.0]])
def test_where_nothing_was_recorded_nobody_was_busy(times: list[float]) -> None:
    assert busy_seconds([10.0, 20.0], times) == 0.0


def test_each_driver_has_an_entry() -> None:
    def described(began: float) -> dict[str, object]:
        return {"started": f"at {began}", "host": "h", "startup": {"began": began}, "dataset": {"fingerprint": "f"}}

    environment = with_session(with_session(described(1.0), described(5.0), 3), described(9.0), 7)
    assert environment["started"] == "at 1.0"
    assert environment["dataset"] == {"fingerprint": "f"}
    assert [(entry["started"], entry["proposed"]) for entry in environment["resumed"]] == [("at 5.0", 3), ("at 9.0", 7)]
    assert "dataset" not in environment["resumed"][0]
    assert begins_of(environment) == [1.0, 5.0, 9.0]
    assert begins_of({}) == []


def test_the_last_driver_ends() -> None:
    first = with_end({"started": "a"}, 3.0)
    assert first == {"started": "a", "ended": 3.0}
    second = with_end(with_session(first, {"started": "b"}, 1), 9.0)
    assert second == {**first, "resumed": [{"started": "b", "proposed": 1, "ended": 9.0}]}
    assert ends_of(second) == [3.0, 9.0]
    assert ends_of({"resumed": [{}]}) == []
    assert exhausted_of(second) is None
    third = with_end(with_session(second, {"started": "c"}, 1), 12.0, exhausted=0)
    assert exhausted_of(third) == 0
    assert exhausted_of(with_session(third, {"started": "d"}, 1)) is None, "who goes on may have other limits"


def test_a_search_begins_after_those_on_outer_folds_whoever_drove_these() -> None:
    started = {"startup": {"began": 1.0, "ray_seconds": 3.0, "data_seconds": 2.0}}
    alone = with_begin(started, 100.0)
    assert alone["startup"] == {"began": 95.0, "ray_seconds": 3.0, "data_seconds": 2.0}
    resumed = with_begin(with_session(started, {"startup": {"began": 50.0, "pace_seconds": 4.0}}, 0), 100.0)
    assert begins_of(resumed) == [1.0, 96.0]
    assert _known(resumed, 110.0) == {"began": 96.0, "pace_seconds": 4.0}
    assert _known(resumed, 90.0) == started["startup"], "that is who drove the first trial"
