"""What a worker leaves of a training where it may be among the best."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cnnsearch.experiment import Demand
from cnnsearch.search.jobs import TrialRun
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best import Bars
from cnnsearch.sweep.worker.candidate import Candidate
from cnnsearch.training.result import TrialResult

BARS = Bars(Ranking(1.0).place_now(5, completed=True, value=0.9))


def left_by(folder: Path, number: int, value: float, ranking: Ranking) -> list[str]:
    job = TrialRun(number=number, lane=0, holds=Demand(1, 0.0), config={}, seed=1, bars=BARS)
    trainer: Any = SimpleNamespace(
        end_reason="epochs",
        experiment=None,
        predictions=None,
        value=lambda: value,
        export=lambda: "weights",
    )
    Candidate(job, LocalStore(folder), ranking).keep(trainer, TrialResult("COMPLETED", "epochs", best_epoch=1))
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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, value: float, ties: Any, is_left: bool
) -> None:
    monkeypatch.setattr("cnnsearch.training.model_file.save_model", lambda model, path: path.write_text(model))
    monkeypatch.setattr("cnnsearch.training.hidden_tokens.worst_hidden", lambda *_: None)
    found = left_by(tmp_path, number, value, Ranking(1.0, ties=ties))
    assert ("model.keras" in found) is is_left
