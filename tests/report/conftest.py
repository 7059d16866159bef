from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.report import write_report
from cnnsearch.study import Study

SPACE = {
    "filters": {"choice": [8, 16, 32]},
    "dense_layers": {"int": [0, 2]},
    "units": {"int": [10, 1000], "log": True, "when": {"dense_layers": [1, 2]}},
    "dropout": {"float": [0.0, 0.5]},
    "batch_size": 64,
}

FIVE = (
    SyntheticTrial("COMPLETED", (0.5, 0.8, 0.9), {"filters": 8, "dense_layers": 0, "dropout": 0.0, "batch_size": 64}),
    SyntheticTrial(
        "STOPPED", (0.3, 0.4), {"filters": 16, "dense_layers": 1, "units": 10, "dropout": 0.25, "batch_size": 64}
    ),
    SyntheticTrial(
        "FAILED", (0.2,), {"filters": 32, "dense_layers": 0, "dropout": 0.5, "batch_size": 64}, "the loss is not finite"
    ),
    SyntheticTrial(
        "COMPLETED",
        (0.6, 0.95, 0.93),
        {"filters": 32, "dense_layers": 2, "units": 100, "dropout": 0.1, "batch_size": 64},
    ),
    SyntheticTrial("INTERRUPTED", (0.5, 0.6), {"filters": 8, "dense_layers": 0, "dropout": 0.2, "batch_size": 64}),
)
"""One trial of each kind and a second completed one, which is the best. Trial ``i`` is proposed at ``10 i`` seconds,
starts a second later, and takes two seconds an epoch."""


def writing(below: Path) -> Callable[..., Study]:
    """Writes a study of the space above into a folder of its own."""

    def write(
        trials: Any = FIVE, folder: str = "study", described: Any = None, predictions: Any = 1, **keys: Any
    ) -> Study:
        experiment = digits_experiment(**{"space": SPACE, **keys})
        return write_study(below / folder, experiment, trials, described, predictions)

    return write


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Study]:
    """See :func:`writing`."""
    return writing(tmp_path)


@pytest.fixture
def five(written: Callable[..., Study]) -> Study:
    return written()


@pytest.fixture(scope="session")
def report_of_five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Which tests only read."""
    folder = tmp_path_factory.mktemp("report_of_five")
    return write_report([writing(folder)()], folder / "report.html")
