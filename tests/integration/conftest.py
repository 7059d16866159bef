"""Sweeps whose workers train nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import idle_workers
import pytest

from benchmarks import nothing


@pytest.fixture
def working(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Lets the sweeps of a test have another worker: ``NothingWorker``, or one of ``idle_workers``."""
    from ray import cloudpickle

    from cnnsearch.sweep.tune import tuning

    def put(worker: Any) -> None:
        monkeypatch.setattr(tuning, "TrialWorker", worker)  # where it is used
        for module in (nothing, idle_workers):
            cloudpickle.register_pickle_by_value(module)

    return put
