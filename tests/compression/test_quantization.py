"""Which ways to quantize there are."""

from __future__ import annotations

import pytest

from cnnsearch.compression.quantization import Quantization
from cnnsearch.errors import InputError


def test_names() -> None:
    assert [Quantization("int8").name, Quantization("int8", "int8").name] == ["int8", "int8-io"]
    assert Quantization("float16").told == {"quantize": "float16"}
    assert Quantization("int8", "int8").told == {"quantize": "int8", "io": "int8"}


@pytest.mark.parametrize(
    ("kind", "io", "rule"),
    [
        ("int4", "float", "--quantize: unknown way; did you mean"),
        ("int8", "uint8", "--io: must be one of float, int8"),
        ("dynamic", "int8", "--io: int8 goes with --quantize int8, and this is dynamic"),
    ],
)
def test_what_there_is_not(kind: str, io: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        Quantization(kind, io)  # type: ignore[arg-type]
