"""How many examples are tried: a few in every run of the tests, thousands by ``-m exhaustive``, always the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

__all__ = ["MANY", "fuzzed"]

MANY = pytest.param(2000, marks=[pytest.mark.exhaustive, pytest.mark.timeout(0)])


def fuzzed(examples: int, strategy: SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    """Call ``check`` with so many draws of a strategy; where one fails, the smallest that does is told."""

    @seed(13)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def run(drawn: Any) -> None:
        check(drawn)

    run()
