"""What the seconds of a training went into."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import ended

from cnnsearch.study.progress.breakdown import Breakdown, EpochTimes, typical
from cnnsearch.study.record.lines import Startup, Worker


def times_of(*seconds: float) -> EpochTimes:
    found = EpochTimes()
    for each in seconds:
        found.add(each)
    return found


def taken(wall: float, compiling: float, *epochs: float, usual: float | None = None, **keys: Any) -> Breakdown:
    cost = {"wall_seconds": wall, "compile_seconds": compiling}
    return Breakdown.of(ended(0, epochs=max(1, len(epochs)), cost=cost, **keys), times_of(*epochs), usual)


def test_a_program_is_optimised_in_the_slowest_epoch() -> None:
    """Of a first epoch of 0.9 s, and of the first one of a second phase."""
    for epochs in ((0.9, 0.1, 0.1, 0.1), (0.1, 0.1, 0.9, 0.1)):
        found = taken(2.5, 1.0, *epochs)
        assert (found.each, found.programs, found.rest) == pytest.approx((0.1, 1.8, 0.3))
        assert found.trained == pytest.approx(0.7)


def test_whoever_found_its_program_optimised_none() -> None:
    found = taken(1.5, 0.0, 0.9, 0.1, 0.1, 0.1)
    assert (found.each, found.programs, found.rest) == pytest.approx((0.3, 0.0, 0.3))


def test_a_slow_epoch_is_no_program() -> None:
    """It takes twice as long as compiling at most: of a training whose epochs take a minute, that is nothing."""
    found = taken(200.0, 1.0, 66.0, 60.0, 60.0)
    assert (found.each, found.programs, found.rest) == pytest.approx((184 / 3, 3.0, 13.0))
    assert taken(62.0, 1.0, 60.0, usual=0.1).each == pytest.approx(58.0)


def test_of_one_epoch_others_tell_what_it_takes_without() -> None:
    found = taken(2.0, 1.0, 0.9, usual=0.1)
    assert (found.each, found.programs, found.rest) == pytest.approx((0.1, 1.8, 0.1))
    assert taken(2.0, 1.0, 0.9).each == pytest.approx(0.9), "and where there is no other it does"


def test_where_no_epoch_was_told_the_line_tells_their_mean() -> None:
    cost = {"wall_seconds": 9.0, "compile_seconds": 2.0, "compute_seconds": 4.0}
    found = Breakdown.of(ended(0, epochs=4, cost=cost), EpochTimes())
    assert (found.each, found.programs, found.rest) == pytest.approx((1.0, 2.0, 3.0))
    bare = Breakdown.of(ended(0, epochs=4, started=100.0, ended=108.0), EpochTimes())
    assert (bare.each, bare.programs, bare.rest) == pytest.approx((2.0, 0.0, 0.0))


_seconds = st.floats(0, 1e4)


@given(_seconds, _seconds, st.lists(_seconds, max_size=6), st.one_of(st.none(), _seconds))
def test_nothing_is_lost_whatever_was_recorded(
    wall: float, compiling: float, epochs: list[float], usual: float | None
) -> None:
    found = taken(wall, compiling, *epochs, usual=usual)
    assert found.trained + found.programs == pytest.approx(wall)
    assert min(found.each, found.compiling, found.programs, found.rest) >= -1e-9 * (1 + wall)
    assert found.compiling <= found.programs + 1e-9


def test_the_first_of_a_process_tells_where_no_other_does() -> None:
    first = taken(9.0, 1.0, 1.0, worker=Worker(startup=Startup(set_up=100.0)))
    other = taken(3.0, 1.0, 1.0)
    assert list(typical([first])) == [first]
    assert list(typical([first, other])) == [other]
