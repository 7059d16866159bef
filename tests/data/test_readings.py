from __future__ import annotations

import os

import pytest

from cnnsearch.data.readings import is_foreign, readings


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("собака", "cp1251"), ("медведь", "cp866"), ("éléphant_2", "cp1252"), ("猫", "shift_jis"), ("狗", "gb18030")],
)
def test_the_right_one_is_among_them(name: str, encoding: str) -> None:
    kept = os.fsdecode(name.encode(encoding))
    assert is_foreign(kept)
    assert readings(kept)[encoding] == name


@pytest.mark.parametrize("name", ["cat", "собака", "猫", "", "half a pair \ud83d"])
def test_what_is_utf_8_has_none(name: str) -> None:
    assert not is_foreign(name)
    assert not readings(name)


def test_what_reads_as_no_name_is_none() -> None:
    assert not readings(os.fsdecode(b"\xff\x01\x80"))
