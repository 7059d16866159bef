"""The process in which code of the user's own is tried; no Ray is started here."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.sweep.checks import idle_process


def test_it_ends_with_what_was_tried(small: Callable[..., Experiment], monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next sweep on a Ray that is kept would try its own code in it."""
    asked: dict[str, Any] = {}

    def remote(**options: Any) -> Any:
        asked.update(options)
        return lambda call: types.SimpleNamespace(remote=call)

    node = types.SimpleNamespace(get_node_id=lambda: "0" * 56)
    monkeypatch.setattr(idle_process.ray, "remote", remote)
    monkeypatch.setattr(idle_process.ray, "get_runtime_context", lambda: node)
    monkeypatch.setattr(idle_process, "result_of", lambda given, _: given)
    assert idle_process.in_idle_process(small(), len, ("four",), "model", "build it") == 4
    assert asked["max_calls"] == 1
