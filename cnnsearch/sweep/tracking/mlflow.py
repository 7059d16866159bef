"""MLflow: a run for the study, and one below it for each trial, over the client that needs no global state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

from cnnsearch.study.record.lines import EpochLine, TrialLine
from cnnsearch.sweep.tracking.tracker import Tracker, scalars, tracked

__all__ = ["MlflowTracker"]

_STUDY = "cnnsearch.study"
_TRIAL = "cnnsearch.trial"
_PARENT = "mlflow.parentRunId"
_NAME = "mlflow.runName"

_LONGEST = 6000
"""Characters of a parameter; MLflow's limit."""


@final
class MlflowTracker(Tracker):
    """Writes into the MLflow experiment of the study's name. Where a sweep is resumed, its runs go on.

    Args:
        uri: of the tracking server or database.
        name: of the experiment.
        study: path or URI of the study, by which its runs are found again.
    """

    def __init__(self, uri: str, name: str, study: str) -> None:
        self._client = MlflowClient(uri)
        self._study = study
        found = self._client.get_experiment_by_name(name)
        self._experiment = found.experiment_id if found else self._client.create_experiment(name)
        parent, self._runs = self._known()
        self._parent = parent or self._start({_NAME: study.rstrip("/").rpartition("/")[2]})

    def epochs(self, trial: int, config: Mapping[str, Any], lines: Sequence[EpochLine]) -> None:
        metrics = [
            Metric(name, float(value), int(time * 1000), line.epoch)
            for line in lines
            for name, value, time in scalars(line)
        ]
        self._client.log_batch(self._run(trial, config), metrics=metrics)

    def end(self, line: TrialLine) -> None:
        run = self._run(line.trial, line.config)
        ended = int(line.ended * 1000)
        numbers = {f"best.{tracked(name)}": value for name, value in line.metrics.items()}
        numbers |= {f"cost.{name}": value for name, value in line.cost.items()}
        metrics = [
            Metric(name, float(value), ended, line.best_epoch or 0)
            for name, value in numbers.items()
            if isinstance(value, (int, float))
        ]
        tags = [RunTag("state", line.state), RunTag("reason", str(line.reason or line.end_reason)[:500])]
        self._client.log_batch(run, metrics=metrics, tags=tags)
        self._client.set_terminated(run, "FAILED" if line.state == "FAILED" else "FINISHED", ended)
        self._runs.pop(line.trial)

    def close(self) -> None:
        for run in self._runs.values():
            self._client.set_terminated(run, "KILLED")
        self._client.set_terminated(self._parent, "FINISHED")

    def _run(self, trial: int, config: Mapping[str, Any]) -> str:
        if trial not in self._runs:
            run = self._start({_NAME: f"trial {trial}", _TRIAL: str(trial), _PARENT: self._parent})
            params = [Param(name, str(value)[:_LONGEST]) for name, value in config.items()]
            self._client.log_batch(run, params=params)
            self._runs[trial] = run
        return self._runs[trial]

    def _start(self, tags: Mapping[str, str]) -> str:
        run = self._client.create_run(self._experiment, tags={**tags, _STUDY: self._study})
        return str(run.info.run_id)

    def _known(self) -> tuple[str | None, dict[int, str]]:
        """What an earlier driver of this study left: its run, and those of trials that had not ended."""
        parent, runs = None, {}
        token: str | None = None
        while True:
            page = self._client.search_runs([self._experiment], f"tags.`{_STUDY}` = {self._study!r}", page_token=token)
            for run in page:
                trial = run.data.tags.get(_TRIAL)
                if trial is None:
                    parent = run.info.run_id
                elif "state" not in run.data.tags:
                    runs[int(trial)] = run.info.run_id
            token = page.token
            if not token:
                return parent, runs
