"""Lines of the record that an experiment's own rules hold for: configs of its spaces, values that its objective has."""

from __future__ import annotations

from collections.abc import Iterable

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.configs import RecordedConfigs
from cnnsearch.study.record.lines import FINALISTS, PROPOSALS, TRIALS, AnyLine, Ended, FinalistLine, Proposal, TrialLine
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.record.schema import ABOUT_ONE
from cnnsearch.study.store import Store
from cnnsearch.tasks.contract.metrics import metric_of

__all__ = ["checked_finalists", "checked_proposals", "checked_trials"]


def checked_trials(store: Store, experiment: Experiment, configs: RecordedConfigs) -> list[TrialLine]:
    """The line of each trial that ended, in order of their numbers.

    Raises:
        InputError: one has a config or a value that it cannot have had.
    """
    lines = read_lines(store, TRIALS)
    for line in lines:
        configs.check(line.config, (), f"{TRIALS}, trial {line.trial}", store.location)
    found = _last_of_each(lines)
    _check_values(store, experiment, TRIALS, found)
    return found


def checked_proposals(store: Store, configs: RecordedConfigs) -> list[Proposal]:
    """The line of each config that was proposed, in order of their numbers.

    Raises:
        InputError: one is a config that cannot have been proposed.
    """
    lines = read_lines(store, PROPOSALS)
    for line in lines:
        where = f"{PROPOSALS}, trial {line.trial}"
        configs.check(line.config, line.repeats, where, store.location)
        for number, each in enumerate(line.refusals):
            configs.check(each.config, (), f"{where}: refusals.{number}", store.location)
    return _last_of_each(lines)


def checked_finalists(store: Store, experiment: Experiment) -> list[FinalistLine]:
    """The line of each run of a finalist that ended.

    Raises:
        InputError: one has a value that it cannot have had.
    """
    lines = read_lines(store, FINALISTS)
    _check_values(store, experiment, FINALISTS, lines)
    return lines


def _last_of_each(lines: Iterable[AnyLine]) -> list[AnyLine]:
    """On object storage a line may come twice."""
    found = {line.trial: line for line in lines}
    return [found[trial] for trial in sorted(found)]


def _check_values(store: Store, experiment: Experiment, name: str, lines: Iterable[Ended]) -> None:
    """What the lines alone cannot tell: whether the value is one that the objective may have."""
    name_of_metric = experiment.objective.metric
    metric = experiment.predicted.metric(metric_of(name_of_metric))
    if metric is None or (metric.low, metric.high) != (0.0, 1.0):
        return  # where there is a bound on one side, a sum in float32 may be beyond it
    rule = f"must be a number from 0 to 1, as {name_of_metric} is; the file was damaged, or written by another program"
    problems = [
        Problem(f"{name}, trial {line.trial}: value", rule, line.value)
        for line in lines
        if line.value is not None and not 0 <= line.value <= ABOUT_ONE
    ]
    if problems:
        raise InputError(problems[:5], store.location)
