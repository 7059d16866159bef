"""Asking a running sweep for something, from any process or machine that can write to its study."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cnnsearch.errors import InputError, Problem
from cnnsearch.escaping import shell_line
from cnnsearch.experiment.configs.points import point_of
from cnnsearch.space import Config, config_key
from cnnsearch.study.control.requests import Extend, Queue, Request, Stop, StopTrial, Wish, put, remove, waiting
from cnnsearch.study.control.words import NESTED_BUDGET, in_words
from cnnsearch.study.hold import life_of
from cnnsearch.study.record.lines import REQUESTS, RequestLine
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.store import Store
from cnnsearch.study.study import Study

__all__ = ["Answer", "WrittenConfig", "extend", "queue", "queue_written", "stop", "stop_trial"]

PATIENCE = 60.0
"""Seconds that an answer is waited for: a driver looks every second, but not before its first trial."""

_EVERY, _EVERY_OF_OBJECTS = 0.25, 2.0
"""Seconds between two looks for it, in a folder and on object storage."""


@dataclass(frozen=True)
class Answer:
    """What became of a request.

    Attributes:
        text: in words.
        state: ``taken`` by the sweep; ``kept`` in the study until it is resumed; ``open``: nobody has answered, though
            a sweep runs, or may run; ``late``: it had ended before.
    """

    text: str
    state: Literal["taken", "kept", "open", "late"]


@dataclass(frozen=True)
class WrittenConfig:
    """A config as somebody wrote it, not yet checked.

    Attributes:
        content: parameter -> value, where it is one.
        name: what messages call it.
        where: key in it -> where messages say that it stands.
    """

    content: Any
    name: str
    where: Callable[[str], str]


def queue(
    study: str | os.PathLike[str] | Study,
    configs: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    *,
    wait: float = PATIENCE,
) -> list[Answer]:
    """Let a sweep run one or several configs next, before what its sampler proposes.

    They are trials of the budget like all others. Where no sweep runs, they are kept until the study is resumed.

    Args:
        study: path or URI of the study, or the study itself.
        configs: parameter -> value, of each; what the space holds constant may be left out.
        wait: seconds that an answer is waited for.

    Returns:
        The answer to each, in order.

    Raises:
        InputError: one is no config of the space, or has been tried, and nothing was asked; or the sweep refused one.
        StorageError: the study cannot be written.
    """
    given = [configs] if isinstance(configs, Mapping) else list(configs)
    names = [f"config {number}" for number in range(1, len(given) + 1)] if len(given) != 1 else ["config"]
    written = [WrittenConfig(config, name, f"{name}: {{}}".format) for config, name in zip(given, names, strict=True)]
    return queue_written(study, written, wait=wait)


def queue_written(
    study: str | os.PathLike[str] | Study, configs: Sequence[WrittenConfig], *, wait: float = PATIENCE
) -> list[Answer]:
    """:func:`queue`, of configs that may stand in files."""
    found = _writable(study)
    runs = life_of(found.store).may_run
    points = _points(found, configs, runs)
    if runs:
        _check_room(found, len(points))
    names = [config.name for config in configs]
    return _asked(found, [Queue(point) for point in points], wait if runs else None, names)


def stop_trial(study: str | os.PathLike[str] | Study, trial: int, *, wait: float = PATIENCE) -> Answer:
    """Let a sweep stop one of its trials, which ends as STOPPED at its next report: after the epoch that it trains.

    Args:
        study, wait: as of :func:`queue`.
        trial: its number.

    Raises:
        InputError: no sweep runs, or the trial has ended, or there is none.
        StorageError: as of :func:`queue`.
    """
    found = _running(study, "a trial that was interrupted goes on when the study is resumed")
    ended = next((line for line in found.records if line.trial == trial), None)
    if ended is not None:
        raise InputError(Problem("TRIAL", f"has ended: {ended.state}", trial))
    if trial not in found.in_flight:
        rule = f"there is no such trial: {len(found.proposals)} have been proposed, counted from 0"
        raise InputError(Problem("TRIAL", rule, trial))
    return _asked(found, [StopTrial(trial)], wait)[0]


def stop(study: str | os.PathLike[str] | Study, *, wait: float = PATIENCE) -> Answer:
    """End a sweep as one Ctrl-C does: its trials in flight are interrupted, and its driver writes the report.

    The study can be resumed afterwards.

    Args:
        study, wait: as of :func:`queue`.

    Raises:
        InputError: no sweep runs.
        StorageError: as of :func:`queue`.
    """
    return _asked(_running(study, "there is nothing to stop"), [Stop()], wait)[0]


def extend(study: str | os.PathLike[str] | Study, trials: int, *, wait: float = PATIENCE) -> Answer:
    """Let the budget of a running sweep have more trials.

    Args:
        study, wait: as of :func:`queue`.
        trials: of the whole study, as ``budget.trials``.

    Raises:
        InputError: no sweep runs, or its budget is not that of a smaller number of trials, or is that of other searches
            as well.
        StorageError: as of :func:`queue`.
    """
    known = study if isinstance(study, Study) else Study.load(study)
    if known.experiment.is_nested:
        raise InputError(Problem("--trials", f"{NESTED_BUDGET}; a new study may have another", trials))
    command = shell_line(["cnnsearch", "resume", known.source, "--trials", str(trials)])
    found = _running(known, f"to go on with the study: {command}")
    budget = found.experiment.budget.trials
    found.experiment.updated({"budget.trials": trials})  # a number that a budget may have
    if budget is None or trials <= budget:
        rule = "has no number of trials"
        if budget is not None:
            rule = f"has {budget} trials already: name how many in all, {budget + trials} for {trials} more"
        raise InputError(Problem("--trials", f"the budget {rule}", trials))
    return _asked(found, [Extend(trials)], wait)[0]


def _writable(study: str | os.PathLike[str] | Study) -> Study:
    """The study as it is now.

    Raises:
        InputError: there is none, or nothing may be written to it.
    """
    found = Study.load(study.store if isinstance(study, Study) else study)
    found.store.check_writable()
    return found


def _running(study: str | os.PathLike[str] | Study, otherwise: str) -> Study:
    found = _writable(study)
    life = life_of(found.store)
    if not life.may_run:
        whose = f" ({life.text})" if life.text else ""
        raise InputError(Problem("STUDY", f"no sweep of it runs{whose}; {otherwise}", found.source))
    return found


def _points(study: Study, given: Sequence[WrittenConfig], runs: bool) -> list[Config]:
    """The configs that are meant.

    Raises:
        InputError: one is none of the space, or has been tried, or waits already.
    """
    own = study.experiment.space.own
    holders = {config_key(own(line.config)): f"trial {line.trial} has it" for line in study.proposals}
    if not runs:  # else the driver knows
        wishes = [request.wish for request in waiting(study.store)]
        holders |= {config_key(wish.config): "it is queued already" for wish in wishes if isinstance(wish, Queue)}
    points, problems = [], []
    for config in given:
        try:
            point = point_of(study.experiment, config.content)
        except InputError as error:
            problems += [Problem(config.where(one.where), one.rule, one.value) for one in error.problems]
            continue
        if holder := holders.get(config_key(point)):
            problems.append(Problem(config.name, f"no config is run twice, and {holder}"))
        holders[config_key(point)] = f"{config.name} is the same"
        points.append(point)
    if not given:
        problems.append(Problem("config", "there is none"))
    if problems:
        raise InputError(problems)
    return points


def _check_room(study: Study, count: int) -> None:
    budget, proposed = study.experiment.budget.trials, len(study.proposals)
    if budget is not None and proposed + count > budget:
        command = shell_line(["cnnsearch", "extend", study.source, "--trials", str(proposed + count)])
        left = f"{proposed} of the {budget} trials of the budget are proposed already"
        raise InputError(Problem("budget.trials", f"{left}, so there is no room for {count} more; first: {command}"))


def _asked(study: Study, wishes: Sequence[Wish], wait: float | None, names: Sequence[str] = ()) -> list[Answer]:
    """Ask, and wait for the answers; ``wait`` is ``None`` where no sweep runs that could give them.

    Args:
        names: what messages call each wish; left out, they name the study.

    Raises:
        InputError: something was refused.
    """
    requests = [Request.of(wish, number) for number, wish in enumerate(wishes)]
    for request in requests:
        put(study.store, request)
    if wait is None:
        return [_kept(study) for _ in requests]
    lines = _waited_for(study.store, {request.id for request in requests}, wait)
    called = {request.id: name for request, name in zip(requests, names or [study.source] * len(requests), strict=True)}
    refused = [line for line in lines.values() if line.refused is not None]
    if refused:
        rest = f" ({len(lines) - len(refused)} of {len(requests)} were taken)" if len(requests) > 1 else ""
        raise InputError([Problem(called[line.request], f"{in_words(line)}{rest}") for line in refused])
    return [_answered(study, request, lines.get(request.id)) for request in requests]


def _waited_for(store: Store, asked: set[str], wait: float) -> dict[str, RequestLine]:
    """Request -> its answer, of those that come in time, and before the sweep ends."""
    until = time.monotonic() + wait
    while True:
        runs = life_of(store).may_run  # before the record is read, so that nothing of it is missed
        lines = {line.request: line for line in read_lines(store, REQUESTS) if line.request in asked}
        if len(lines) == len(asked) or not runs or time.monotonic() > until:
            return lines
        time.sleep(_EVERY if store.folder else _EVERY_OF_OBJECTS)


def _answered(study: Study, request: Request, line: RequestLine | None) -> Answer:
    if line is not None:
        return Answer(in_words(line), "taken")
    if life_of(study.store).may_run:
        rule = "no answer yet: a driver answers while its trials run, and refuses later what came too late"
        return Answer(f"{rule}: see cnnsearch show", "open")
    if isinstance(request.wish, Queue):
        return _kept(study)
    remove(study.store, request)
    return Answer("the sweep had ended before it could be asked", "late")


def _kept(study: Study) -> Answer:
    command = shell_line(["cnnsearch", "resume", study.source])
    return Answer(f"no sweep runs: it is kept in the study, and run when that is resumed: {command}", "kept")
