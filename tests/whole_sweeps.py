"""What holds in the study of every sweep that ran to its end, whatever its sampler, scheduler and workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.search.schedulers import milestones
from cnnsearch.study import Study

if TYPE_CHECKING:
    from cnnsearch.training import TrialData

__all__ = ["check_alone", "check_record", "check_workers"]


def check_record(study: Study, trials: int) -> None:
    """Every trial was proposed and ended once, and its line says what its curve says."""
    experiment = study.experiment
    assert [record.trial for record in study.records] == list(range(trials))
    assert [proposal.trial for proposal in study.proposals] == list(range(trials))
    assert study.counts["INTERRUPTED"] == 0
    decisions = milestones(experiment.scheduler["name"], experiment.scheduler, experiment.epochs)
    for record, proposal in zip(study.records, study.proposals, strict=True):
        assert record.config == proposal.config
        assert record.seed == proposal.seed
        assert proposal.told <= record.trial
        assert proposal.time <= record.ended
        curve = study.curves[study.curves["trial"] == record.trial]
        assert list(curve["epoch"]) == list(range(1, record.epochs + 1))
        if record.state == "FAILED":
            assert record.reason
            assert record.value is None
            continue
        assert record.value == curve[experiment.objective.metric].max()
        assert record.epochs == experiment.epochs or record.epochs in decisions
        assert (record.state == "STOPPED") == (record.epochs < experiment.epochs)
        assert record.end_reason == ("scheduler" if record.state == "STOPPED" else "epochs")


def check_workers(study: Study, workers: int) -> None:
    """A worker compiles each structure once, and says how the time to the first epoch divides."""
    compiled: dict[int, list[int]] = {}
    for record in study.records:
        cost = record.cost
        assert (cost["reset_seconds"] > 0) != (cost["compile_seconds"] > 0)
        if cost["compile_seconds"] > 0:
            compiled.setdefault(record.worker.pid, []).append(record.config["filters"])
    assert 1 <= len(compiled) <= workers
    assert all(len(set(structures)) == len(structures) for structures in compiled.values())
    assert set(study.startup) == {"ray", "data", "worker", "tensorflow", "stages", "compile", "epoch"}
    assert all(seconds >= 0 for seconds in study.startup.values())
    assert sum(study.startup.values()) <= study.seconds + study.startup["ray"] + study.startup["data"] + 5


def check_alone(study: Study, data: TrialData) -> None:
    """Stages, shared memory, warm workers and how many there are change no number of a trial.

    Looked at is the last trial of each structure in each worker: its program was reset, not new.
    """
    from cnnsearch.training import run_trial

    last = {(record.worker.pid, record.config["filters"]): record for record in study.records}
    for record in last.values():
        alone = run_trial(study.experiment, record.config, data, seed=record.seed)
        curve = study.curves[study.curves["trial"] == record.trial]
        columns = ["loss", "accuracy", "val_loss", "val_accuracy", "val_f1"]
        told = [[epoch.values[name] for name in columns] for epoch in alone.epochs[: len(curve)]]
        assert told == curve[columns].to_numpy().tolist()
        if record.state == "COMPLETED":
            assert (alone.value, alone.best_epoch) == (record.value, record.best_epoch)
            assert alone.metrics == record.metrics
