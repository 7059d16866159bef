from __future__ import annotations

import pytest

from cnnsearch.errors import InputError
from cnnsearch.table import Table


@pytest.fixture
def table() -> Table[int]:
    made: Table[int] = Table("sampler")
    made.add("random", 1)
    made.add("grid", 2)
    return made


def test_is_a_mapping_in_the_order_of_registration(table: Table[int]) -> None:
    assert dict(table) == {"random": 1, "grid": 2}
    assert list(table) == ["random", "grid"]
    assert table.find("grid", "sampler") == 2


def test_refuses_a_name_twice(table: Table[int]) -> None:
    with pytest.raises(ValueError, match="sampler 'grid' is registered twice"):
        table.add("grid", 3)
    assert table["grid"] == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gird", "sampler: unknown sampler; did you mean 'grid'? (got 'gird')"),
        ("tpe", "sampler: unknown sampler; valid: random, grid (got 'tpe')"),
        (["grid"], "sampler: unknown sampler; did you mean 'grid'? (got ['grid'])"),
        (None, "sampler: unknown sampler; valid: random, grid (got null)"),
    ],
)
def test_answers_an_unknown_name_with_the_valid_ones(table: Table[int], name: object, message: str) -> None:
    with pytest.raises(InputError) as caught:
        table.find(name, "sampler")
    assert str(caught.value) == message
