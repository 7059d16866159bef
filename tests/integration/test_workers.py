"""What a worker keeps between trials, and when another one takes its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from idle_workers import GrowingWorker

import cnnsearch
from benchmarks.nothing import NothingWorker
from cnnsearch.experiment import Experiment
from cnnsearch.sweep.cluster import warm_workers

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]


def test_a_worker_that_grows_is_replaced_and_no_trial_fails_or_runs_twice(
    small: Callable[..., Experiment], tmp_path: Path, working: Callable[[Any], None]
) -> None:
    working(GrowingWorker)  # in the second trial
    filters = (4, 8, 16)
    experiment = small(
        dataset={"source": "digits", "limit": 100, "validation": 0.2},
        space={"filters": {"choice": [*filters]}},
        start=[{"filters": number} for number in filters],
        epochs=1,
        budget={"trials": len(filters)},
        resources={"memory_gb": 0.01, "max_concurrent": 1},
    )
    study = cnnsearch.run(experiment, tmp_path)
    assert study.counts == {"COMPLETED": 3, "STOPPED": 0, "FAILED": 0, "INTERRUPTED": 0}
    assert [(record.trial, record.config["filters"]) for record in study.records] == [*enumerate(filters)]
    assert len((study.path / "trials.jsonl").read_text().splitlines()) == 3
    first, grown, other = (record.worker.pid for record in study.records)
    assert first == grown, "what was begun comes to its end"
    assert other != grown


def test_the_next_sweep_has_the_workers_of_the_last(
    small: Callable[..., Experiment],
    tmp_path: Path,
    working: Callable[[Any], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    working(NothingWorker)
    monkeypatch.setattr(warm_workers, "_warm", warm_workers.WarmWorkers())  # as on a Ray of our own
    experiment = small(dataset={"source": "digits", "limit": 100, "validation": 0.2}, epochs=1, budget={"trials": 2})
    alone = experiment.model_copy(update={"resources": experiment.resources.model_copy(update={"max_concurrent": 1})})
    studies = [cnnsearch.run(alone, tmp_path) for _ in range(2)]
    assert [study.counts["COMPLETED"] for study in studies] == [2, 2]
    assert len({record.worker.pid for study in studies for record in study.records if record.worker}) == 1
    assert studies[0].path != studies[1].path
    warm = warm_workers.here()
    assert warm is not None
    assert warm.count == 1
    warm.take((None, frozenset()))  # none of that kind: it ends
    assert warm.count == 0
