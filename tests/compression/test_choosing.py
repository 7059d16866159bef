"""Which compressed model is the one to take, and which shares of filters are tried to find it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.compression.choosing.spec import Asked, Choice, asked_of, next_share, shares_between
from cnnsearch.compression.spec import Pruning, Way, ways_of
from cnnsearch.errors import InputError
from cnnsearch.study.winner.compression_choice import chosen_of, least_keeps
from cnnsearch.tasks.contract.metrics import Metric

ACCURACY = Metric("accuracy", "max", "share", 0.0, 1.0)


@given(st.integers(1, 63), st.integers(0, 63))
def test_halving_finds_the_most_that_may_go(count: int, most: int) -> None:
    """Six trials tell 64 cases apart: each of 63 shares, and that none may go."""
    shares, keeps = [number / 64 for number in range(1, count + 1)], {}
    while (share := next_share(shares, 6, keeps)) is not None:
        assert share not in keeps
        keeps[share] = share <= most / 64
    assert len(keeps) <= 6
    assert max((share for share, kept in keeps.items() if kept), default=0) == min(most, count) / 64


def test_no_more_are_tried_than_is_said() -> None:
    assert next_share([0.1, 0.2, 0.3], 1, {}) == 0.2
    assert next_share([0.1, 0.2, 0.3], 1, {0.2: True}) is None
    assert next_share([0.1, 0.2, 0.3], 2, {0.2: True}) == 0.3


def test_shares_between_two() -> None:
    assert shares_between([0.2, 0.5], 0.1) == (0.2, 0.3, 0.4, 0.5)
    assert shares_between([0.2, 0.45], 0.1) == (0.2, 0.3, 0.4, 0.45)
    assert len(shares_between([0.2, 0.9], 0.01)) == 71


@pytest.mark.parametrize(("ends", "step"), [([0.2], 0.1), ([0.5, 0.2], 0.1), ([0.2, 0.5], 0.0), ([0.2, 0.5], 1.0)])
def test_what_is_no_range(ends: list[float], step: float) -> None:
    with pytest.raises(InputError, match="--step: "):
        shares_between(ends, step)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"then": "latency"}, "--then: goes with --lose"),
        ({"trials": 6}, "--trials: goes with --lose"),
        ({"lose": -0.1}, "--lose: must be what the metric may lose, 0 or more"),
        ({"lose": float("nan")}, "--lose: must be"),
        ({"lose": 0.1, "then": "macs"}, "--then: must be one of bytes, gzipped, latency"),
        ({"lose": 0.1, "trials": 0}, "--trials: must be a number of shares that are tried"),
    ],
)
def test_what_is_no_choice(options: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        asked_of([], **{"lose": None, "then": None, "trials": None, **options})


SHARES = tuple(number / 10 for number in range(1, 10))


def test_weights_that_are_0_are_chosen_by_what_they_save() -> None:
    ways = ways_of(["int8"], "float", [0.5], structured=False)
    with pytest.raises(InputError, match=r"--then: cannot tell models apart .* choose by gzipped"):
        asked_of(ways, 0.01, None, None)
    assert asked_of(ways, 0.01, "gzipped", None).choice == Choice(0.01, "gzipped")


def tried(asked: Asked, most: float) -> list[list[str]]:
    """Names of what is made, round after round, where up to so large a share little is lost."""
    rounds: list[list[Way]] = []
    while due := asked.due(
        lambda way: any(way in made for made in rounds),
        lambda ways: all(way.prune is not None and way.prune.sparsity <= most for way in ways),
    ):
        rounds.append(due)
    return [[way.name for way in made] for made in rounds]


def test_where_there_are_few_all_are_made_at_once() -> None:
    ways = ways_of(["int8"], "float", [0.3, 0.5])
    assert tried(asked_of(ways, 0.01, None, None), 0.1) == [[way.name for way in ways]]
    many = tuple(Way(Pruning(share)) for share in SHARES)
    assert tried(Asked(many), 0.1) == [[way.name for way in many]], "nobody chooses"


def test_share_after_share_with_each_kind_of_bits() -> None:
    asked = asked_of(ways_of(["int8"], "float", SHARES), 0.01, None, 3)
    found = tried(asked, 0.75)
    assert found == [[f"pruned-{share}", f"pruned-{share}-int8"] for share in (50, 80, 70)]
    assert len(asked.most) == 6


def made(name: str, accuracy: float | None, size: float, seconds: float | None = None) -> Any:
    def line(told: float | None, content: float, took: float | None) -> Any:
        timing = None if took is None else SimpleNamespace(median_seconds=took)
        told_of = {"is_float": name == "float32", "metrics": {"accuracy": told}, "bytes": content}
        told_of |= {"gzipped": 5 if content == 60 else content, "mean": {"accuracy": told}.get}
        return SimpleNamespace(name=name, **told_of, runtime="LiteRT", timing=lambda *_: timing)

    return SimpleNamespace(line=line(accuracy, size, seconds), of=line(0.91, 100, 1.0))


KNOWN = [made("float32", 0.91, 100), made("a", 0.9, 50, 0.2), made("b", 0.92, 60, 0.1), made("c", 0.8, 10, 0.01)]


@pytest.mark.parametrize(
    ("choice", "name", "count"),
    [
        (Choice(0.01), "a", 2),
        (Choice(0.0), "b", 1),
        (Choice(0.01, "latency"), "b", 2),
        (Choice(0.2), "c", 3),
        (Choice(0.2, "gzipped"), "b", 3),
    ],
)
def test_the_least_of_those_that_lose_little(choice: Choice, name: str, count: int) -> None:
    found = chosen_of(ACCURACY, choice, KNOWN)
    assert (found.name, found.count, found.of) == (name, count, 3)


def test_none_is_chosen_that_is_no_smaller_or_tells_nothing() -> None:
    larger, unknown, untimed = made("larger", 0.91, 101, 0.5), made("unknown", None, 5, 0.5), made("untimed", 0.91, 5)
    assert chosen_of(ACCURACY, Choice(0.01), [larger, unknown]).name is None
    assert chosen_of(ACCURACY, Choice(0.01, "latency"), [untimed]).name is None


def test_a_share_is_judged_by_the_smallest_that_is_made_of_it() -> None:
    assert not least_keeps(ACCURACY, Choice(0.01), KNOWN[1:])
    assert least_keeps(ACCURACY, Choice(0.01), KNOWN[1:3])
    assert not least_keeps(ACCURACY, Choice(0.01), [])
    as_slow = made("d", 0.91, 50, 1.1)
    assert least_keeps(ACCURACY, Choice(0.01, "latency"), [as_slow]), "with fewer filters gone none would be faster"


def test_of_an_error_more_is_worse() -> None:
    error = Metric("accuracy", "min", "mean")
    assert chosen_of(error, Choice(0.0), KNOWN).name == "c"
    assert chosen_of(error, Choice(0.01), [made("d", 0.93, 50)]).name is None
