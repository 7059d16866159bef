"""A driver before there is a study."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import cnnsearch.sweep.run as driver
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.sweep.cluster.keeper.loan import NOTES

Small = Callable[..., Experiment]


@pytest.mark.parametrize(
    ("keys", "pictures"),
    [
        ({}, 120),
        ({"budget": {"minutes": 0.05, "all": True}, "epochs": 9999}, None),  # how long a trial takes may change it
    ],
)
def test_what_was_read_is_told_before_ray_is_started(
    small: Small,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    keys: dict[str, Any],
    pictures: int | None,
) -> None:
    told = []
    notes = logging.getLogger(NOTES)
    monkeypatch.setattr(notes, "handlers", [caplog.handler])
    monkeypatch.setattr(notes, "propagate", False)
    caplog.set_level(logging.INFO, NOTES)

    @contextmanager
    def connected(*_: object, **__: object) -> Iterator[None]:
        raise InputError(Problem("", "Ray does not start on this machine"))
        yield

    def tell(_: Experiment, described: Mapping[str, Any]) -> None:
        told.append(sum(sum(counts.values()) for counts in described["counts"].values()))

    monkeypatch.setattr(driver, "connected", connected)
    with pytest.raises(InputError, match="Ray does not start"):
        driver.run(small(dataset={"source": "digits", "limit": 120}, **keys), tmp_path, tell=tell)
    assert told == ([] if pictures is None else [pictures])
    assert (caplog.messages == ["trying some steps first, to see how long a trial takes ..."]) is (pictures is None)
    assert list(tmp_path.iterdir()) == []
