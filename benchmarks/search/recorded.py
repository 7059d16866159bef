"""Learning curves that a study of ours recorded, as a source of simulated searches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.results import as_table
from benchmarks.search.contestants import DEFAULT, MAIN, OTHERS
from benchmarks.search.figures import group
from benchmarks.search.measuring import run_one
from benchmarks.search.surrogate import Curve
from benchmarks.search.work import work_of
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.search.samplers.densities.columns import Columns
from cnnsearch.study import Study

__all__ = ["Recorded", "compared"]

_FEWEST = 20
"""Trials that ran to their end, or hardly any config has a curve that is like its own."""

_SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)


class Recorded:
    """Any config has the curve of the whole trial that is nearest to it, so what was stopped early tells nothing.

    Args:
        study: of one objective; best of all one with ``scheduler: none`` and ``sampler: random``.

    Raises:
        InputError: it has several objectives, or too few of its trials ran to their end.
    """

    def __init__(self, study: Study) -> None:
        if study.experiment.objective.beside:
            rule = "has several objectives, and its curves tell of the first one alone"
            raise InputError(Problem("", rule), study.experiment.name)
        self.experiment: Experiment = study.experiment
        self.tasks = (study.experiment.name,)
        self.space: dict[str, Any] = study.experiment.space.to_dict()
        self.epochs = study.experiment.epochs
        self._columns = Columns(study.experiment.space)
        curves = _whole_curves(study)
        if len(curves) < _FEWEST:
            rule = f"has {len(curves)} trials that ran through all of their epochs, and {_FEWEST} are needed"
            raise InputError(Problem("", rule), self.tasks[0])
        configs = {record.trial: record.config for record in study.records}
        self._rows = np.array([self._columns.row(configs[trial]) for trial in curves])
        self._curves = list(curves.values())

    def curve(self, task: str, config: dict[str, Any]) -> Curve:  # noqa: ARG002 - a study is one task
        row = self._columns.row(config)
        is_choice = np.array(self._columns.options) > 0
        apart = np.where(is_choice, self._rows != row, np.abs(self._rows - row))
        # What is off in one of the two is as far apart as can be, and what is off in both is alike.
        apart = np.where(np.isnan(self._rows) | np.isnan(row), np.isnan(self._rows) != np.isnan(row), apart)
        return self._curves[int(np.argmin(apart.sum(axis=1)))]


def _whole_curves(study: Study) -> dict[int, Curve]:
    """Of each trial that ran through all of its epochs, larger being better."""
    objective, epochs = study.experiment.objective, study.experiment.epochs
    lines: dict[int, list[tuple[float | None, float]]] = {}
    for line in study.epochs:
        lines.setdefault(line.trial, []).append((line.values.get(objective.metric), line.seconds))
    found = {}
    for trial, told in lines.items():
        values = tuple(objective.sign * value for value, _ in told if value is not None and math.isfinite(value))
        if len(values) == len(told) == epochs:
            found[trial] = Curve(values, tuple(seconds for _, seconds in told))
    return found


def compared(study: Study, workers: int, trainings: float, seeds: int) -> Iterator[str]:
    """A table of how far ours are from the best after shares of the time, line by line.

    Args:
        study: whose curves are searched.
        workers: trials at once.
        trainings: that these have time for together, in full ones.
        seeds: searches of each.
    """
    recorded = Recorded(study)
    work = replace(work_of(recorded, recorded.tasks[0], workers, trainings), experiment=recorded.experiment)
    names: Sequence[str] = (*MAIN, *OTHERS)
    found = group(
        [run_one(work, name, seed) for name in names for seed in range(seeds)], DEFAULT, workers, recorded.tasks
    )
    yield f"## {recorded.tasks[0]}: {workers} workers, {trainings:g} full trainings, {seeds} seeds"
    yield ""
    rows = [(name, *(f"{found.by_task(name, share).mean():.3f}" for share in _SHARES)) for name in found.names]
    yield as_table(
        ("contestant", *(f"{share:.0%} of the time" for share in _SHARES)), sorted(rows, key=lambda row: float(row[-1]))
    )
    yield ""
    yield "Mean normalised regret: 0 is the best that any of them found, 1 the median of random configs."
