"""The pace of a trial in processes of Ray's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.sweep.estimates import pacing
from cnnsearch.sweep.findings import Material

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]


def test_it_is_measured_or_told_why_it_is_not(
    small: Callable[..., Experiment], digits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = small(budget={"minutes": 2, "all": True}, resources={"max_concurrent": 1})
    material = Material(experiment, digits.dataset, digits.split, None, 0.0, 0.0)
    found = pacing._Paces(material, {"filters": 4, "learning_rate": 1e-3})(1)
    assert found.threads == 1
    assert found.epoch > 0
    with pytest.raises(pacing._UnknownPaceError, match="no node that is there can run it"):
        pacing._Paces(material, {"filters": 4})(100)
    monkeypatch.setattr(pacing, "_PATIENCE", (0.0, 0.1))
    with pytest.raises(pacing._UnknownPaceError, match="took more than 0 s"):
        pacing._Paces(material, {"filters": 4})(1)
