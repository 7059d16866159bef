"""What several threads use together, whoever of them ends first."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator

import pytest

from cnnsearch.inputs.pictures.threads import in_threads
from cnnsearch.silence import silence
from cnnsearch.together import Together


def test_the_first_enters_and_the_last_leaves_and_hears_of_errors_of_others() -> None:
    told: list[str] = []

    @contextlib.contextmanager
    def held() -> Iterator[None]:
        told.append("entered")
        try:
            yield
        except BaseException as error:
            told.append(type(error).__name__)
            raise
        told.append("left")

    together = Together()
    with together.used(held), pytest.raises(ValueError, match="own"), together.used(held):
        raise ValueError("own")
    assert told == ["entered", "_SpoiltError"]
    with pytest.raises(ValueError, match="last"), together.used(held), together.used(held):
        raise ValueError("last")
    assert told[2:] == ["entered", "ValueError"]
    with together.used(held):
        pass
    assert told[4:] == ["entered", "left"]


def test_standard_error_is_there_again_when_the_last_of_two_has_ended() -> None:
    before = os.fstat(2)
    first, second = silence(), silence()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not os.path.samestat(os.fstat(2), before)
    second.__exit__(None, None, None)
    assert os.path.samestat(os.fstat(2), before)


def test_warnings_are_as_before_where_two_read_pictures_at_once() -> None:
    before = [*warnings.filters]
    in_threads(lambda _: in_threads(str, range(3)), range(8), count=4)
    assert [*warnings.filters] == before
