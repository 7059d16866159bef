"""What a worker leaves of a training where it may be among the best."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cnnsearch.experiment import Demand
from cnnsearch.experiment.limits import Limits
from cnnsearch.search.jobs import FinalistRun, Training, TrialRun
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best import Bars
from cnnsearch.sweep.worker.candidate import Candidate
from cnnsearch.training.result import TrialResult

BARS = Bars(Ranking(1.0).place_now(5, completed=True, value=0.9))


@pytest.fixture(autouse=True)
def _model_of_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnsearch.training.model_file.save_model", lambda model, path: path.write_text(model))
    monkeypatch.setattr("cnnsearch.training.hidden_tokens.worst_hidden", lambda *_: None)


def left_by(
    folder: Path, number: int, value: float, ranking: Ranking, kind: type[Training] = TrialRun, **cost: float
) -> list[str]:
    job = kind(number=number, lane=0, holds=Demand(1, 0.0), config={}, seed=1, bars=BARS)
    trainer: Any = SimpleNamespace(
        end_reason="epochs",
        experiment=None,
        predictions=None,
        value=lambda: value,
        export=lambda: "weights",
    )
    result = TrialResult("COMPLETED", "epochs", best_epoch=1, cost=cost)
    Candidate(job, LocalStore(folder), ranking).keep(trainer, result)
    return [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("number", "value", "ties", "is_left"),
    [
        (4, 0.9, "number", True),  # may take the place of trial 5, though that has ended
        (6, 0.9, "number", False),
        (6, 0.91, "number", True),
        (4, 0.89, "number", False),
        (4, 0.9, "end", False),
    ],
)
def test_of_trials_that_equal_the_best_one_a_lower_number_is_kept(
    tmp_path: Path, number: int, value: float, ties: Any, is_left: bool
) -> None:
    found = left_by(tmp_path, number, value, Ranking(1.0, ties=ties))
    assert ("model.keras" in found) is is_left


@pytest.mark.parametrize(("kind", "is_left"), [(TrialRun, False), (FinalistRun, True)])
def test_a_run_of_a_finalist_leaves_its_model_though_its_latency_is_another_one(
    tmp_path: Path, kind: type[Training], is_left: bool
) -> None:
    """The finalist kept the limit in the search, and its runs are compared: their models must be there."""
    found = left_by(tmp_path, 6, 0.95, Ranking(1.0, Limits(latency_ms=20)), kind, latency_seconds=0.0201)
    assert ("model.keras" in found) is is_left
