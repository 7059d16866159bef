from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.space import Choice, Float, Int, Parameter, parse_parameter, same
from cnnsearch.space.nearest import nearest_value


@pytest.mark.parametrize(
    ("parameter", "wanted", "value"),
    [
        (Float(1e-4, 1e-2, log=True), [1e-3], 1e-3),
        (Float(1e-4, 1e-2, log=True), [0.0], 1e-4),
        (Float(0.0, 0.5), [1], 0.5),
        (Float(0.0, 0.5, step=0.2), [0.5], 0.4),
        (Float(0.0, 1.0), [None], 0.5),
        (Int(2, 5), [3], 3),
        (Int(2, 5), [1], 2),
        (Int(1, 9, step=3), [5], 4),
        (Int(1, 9, step=3), [9], 7),
        (Choice((8, 16, 64)), [32], 16),  # half of it, as 64 is twice: the first
        (Choice((8, 16, 64)), [40], 64),
        (Choice((0.0, 0.4)), [0.1], 0.0),
        (Choice((False, True)), [True], True),
        (Choice(("adam", "sgd")), ["sgd"], "sgd"),
        (Choice(("adam", "sgd")), ["rmsprop"], "adam"),
        (Choice(("adam", "sgd")), ["rmsprop", "sgd"], "sgd"),
        (Choice(("none", 0.5)), [0.4], 0.5),
        (Choice((None, 96)), [None], None),
        (Choice(((72, 96), 96)), [[72, 96]], (72, 96)),
        (parse_parameter(64), [32], 64),
    ],
)
def test_the_nearest_value_of_what_there_is(parameter: Parameter, wanted: list[Any], value: Any) -> None:
    found = nearest_value(parameter, wanted)
    assert same(found, value)
    assert parameter.contains(found)


def test_of_a_grid_the_nearest_point() -> None:
    assert nearest_value(Float(0.0, 1.0), [0.4], points=3) == 0.5
    assert nearest_value(Int(1, 9), [4], points=2) == 9  # 9 / 4 is less than 4 / 1
