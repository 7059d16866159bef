"""What the record tells of a sweep so far, and how sampler and scheduler are brought to where they were."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.changes import completed
from cnnsearch.experiment.costs import CostName, cost_in_units, gains_of
from cnnsearch.experiment.limits import Limits
from cnnsearch.search.held import refused_by
from cnnsearch.search.mutation import Mutation
from cnnsearch.search.samplers import Outcome, Untried
from cnnsearch.space import Config
from cnnsearch.space.values import freeze_config
from cnnsearch.study.record.lines import (
    ATTEMPTS,
    CURVES,
    PAUSES,
    PROPOSALS,
    RELEASES,
    REQUESTS,
    TRIALS,
    AttemptLine,
    EpochLine,
    PauseLine,
    Proposal,
    ReleaseLine,
    RequestLine,
    TrialLine,
)
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.store import Store

if TYPE_CHECKING:
    from cnnsearch.search.decisions import Decisions

__all__ = ["Past", "outcome_of", "rebuild_decisions", "rebuild_sampler", "recall"]

AnyLine = TypeVar("AnyLine")


@dataclass(frozen=True)
class Past:
    """The record of a sweep.

    Attributes:
        proposals: lines, in the order of the trials.
        epochs: lines of the curves, in the order in which they arrived.
        ends: lines of the trials that ended, in that order.
        attempts: lines, one for each time that a trial was given to another worker, in that order.
        requests: of users, with their answers; the last line of each.
        pauses: of trials that had to wait.
        releases: of those that had waited and went on, in the order in which they did.
    """

    proposals: tuple[Proposal, ...]
    epochs: tuple[EpochLine, ...]
    ends: tuple[TrialLine, ...]
    attempts: tuple[AttemptLine, ...]
    requests: tuple[RequestLine, ...] = ()
    pauses: tuple[PauseLine, ...] = ()
    releases: tuple[ReleaseLine, ...] = ()

    @classmethod
    def read(cls, store: Store) -> Past:
        """The record of a study.

        Raises:
            InputError: it does not tell in which order its results arrived.
        """
        epochs, ends = read_lines(store, CURVES), read_lines(store, TRIALS)
        if any(line.event is None for line in epochs) or any(line.event is None for line in ends):
            rule = "was written by an earlier version, and does not tell in which order its results arrived"
            raise InputError(Problem("STUDY", rule, store.location))
        return cls(
            _once(read_lines(store, PROPOSALS), lambda line: line.trial),
            _once(epochs, lambda line: (line.event, line.epoch)),
            _once(ends, lambda line: line.event),
            tuple({(line.trial, line.attempt): line for line in read_lines(store, ATTEMPTS)}.values()),
            _once(read_lines(store, REQUESTS), lambda line: line.request),
            _once(read_lines(store, PAUSES), lambda line: (line.trial, line.epochs)),
            _once(read_lines(store, RELEASES), lambda line: (line.event, line.trial)),
        )

    def completed(self, experiment: Experiment) -> Past:
        """With what trials had in parameters that were added to the space after them."""
        return replace(
            self,
            proposals=tuple(replace(line, config=completed(config_of(line), experiment)) for line in self.proposals),
            ends=tuple(replace(line, config=completed(config_of(line), experiment)) for line in self.ends),
            releases=tuple(
                line if line.config is None else replace(line, config=completed(freeze_config(line.config), experiment))
                for line in self.releases
            ),
            requests=tuple(
                line if line.config is None else replace(line, config=completed(freeze_config(line.config), experiment))
                for line in self.requests
            ),
        )

    @property
    def in_flight(self) -> tuple[Proposal, ...]:
        """Proposals of trials that have not ended, in the order in which they were last to be given to a worker."""
        ended = {line.trial for line in self.ends}
        given = {line.trial: (line.time, place) for place, line in enumerate(self.attempts)}
        found = [line for line in self.proposals if line.trial not in ended]
        return tuple(sorted(found, key=lambda line: given.get(line.trial, (line.time, -1))))

    def last_pause(self, trial: int) -> PauseLine | None:
        """Where a trial last had to wait."""
        return max((line for line in self.pauses if line.trial == trial), key=lambda line: line.epochs, default=None)

    @property
    def arrivals(self) -> list[EpochLine | TrialLine]:
        """All epochs and ends, in the order in which they arrived."""
        found: list[EpochLine | TrialLine] = [*self.epochs, *self.ends]
        return sorted(found, key=lambda line: (_event(line), line.epoch if isinstance(line, EpochLine) else 0))

    @property
    def next_event(self) -> int:
        """The number after those of all reports and ends."""
        return max(map(_event, self.arrivals), default=-1) + 1

    @property
    def times(self) -> Iterator[float]:
        """Unix times of what is recorded."""
        yield from (line.time for line in self.proposals)
        yield from (line.time for line in self.epochs if line.time is not None)
        yield from (line.ended for line in self.ends)
        yield from (line.time for line in self.attempts)
        yield from (line.time for line in self.releases)

    def curves(self, metric: str) -> dict[int, dict[int, float]]:
        """Of every trial that has told of an epoch: epoch, counted from 1, -> objective; the last one told counts.

        The first epoch of a trial may have given nothing that is finite. It fails of that, and the driver may have died
        before it said so; of one that ended otherwise every epoch has an objective.

        Raises:
            InputError: the record lacks one.
        """
        valued = {line.trial for line in self.ends if line.state != "FAILED"}
        found: dict[int, dict[int, float]] = {}
        for line in self.epochs:
            if line.trial in valued or line.values.get(metric) is not None:
                found.setdefault(line.trial, {})[line.epoch] = _value(line, metric)
        return found

    def takeovers(self, trial: int) -> list[ReleaseLine]:
        """When it went on with what another trial had, in that order."""
        return [line for line in self.releases if line.trial == trial and line.source is not None]

    def outcomes(self, experiment: Experiment) -> Iterator[tuple[int, Config, Outcome]]:
        """Trial, config and outcome of each end, as the sampler was told them, in that order."""
        curves = self.curves(experiment.objective.metric)
        proposed = {line.trial: config_of(line) for line in self.proposals}
        left = {line.trial: line.epoch for line in reversed(self.releases) if line.source is not None}
        for line in self.ends:
            given_up = left.get(line.trial)
            curve = tuple(sorted(curves.get(line.trial, {}).items()))
            if given_up is not None:
                yield line.trial, proposed[line.trial], outcome_until(given_up, line, curve, experiment)
            else:
                known, aims = () if line.state == "FAILED" else curve, experiment.objective.beside
                yield line.trial, config_of(line), outcome_of(line, known, experiment.limits, aims)


def outcome_until(epoch: int, line: TrialLine, curve: tuple[tuple[int, float], ...], experiment: Experiment) -> Outcome:
    """What the sampler is told of a trial that went on with another config after an epoch: of its own no more."""
    own = tuple((number, value) for number, value in curve if number <= epoch)
    sign = experiment.objective.sign
    best = max((value for _, value in own), key=lambda value: sign * value)
    excess = None if experiment.limits is None or line.state == "FAILED" else experiment.limits.excess(line.cost)
    return Outcome("STOPPED", best, own, excess)


def outcome_of(
    line: TrialLine, curve: tuple[tuple[int, float], ...], limits: Limits | None, aims: tuple[CostName, ...] = ()
) -> Outcome:
    """What the sampler is told of the end of a trial.

    One whose costs are not all known, where they are objectives, is told as failed: nothing says how good it is.

    Args:
        line: of the trial.
        curve: epoch and objective.
        limits: of the search.
        aims: costs that are objectives.
    """
    excess = None if limits is None else limits.excess(line.cost)
    beside = tuple(each for name in aims if (each := cost_in_units(name, line.cost)) is not None)
    if not aims:
        return Outcome(line.state, line.value, curve, excess)
    if line.state == "FAILED" or len(beside) < len(aims):
        return Outcome("FAILED", None, curve, excess)
    return Outcome(line.state, line.value, curve, excess, beside)


def _once(lines: Iterable[AnyLine], key: Callable[[AnyLine], Any]) -> tuple[AnyLine, ...]:
    """In the order of ``key``, each once: on object storage lines may come twice."""
    found = {key(line): line for line in lines}
    return tuple(found[each] for each in sorted(found))


def _event(line: EpochLine | TrialLine) -> int:
    """The number of its report or end, which all lines of a :class:`Past` have."""
    return -1 if line.event is None else line.event


def _value(line: EpochLine, metric: str) -> float:
    """The objective after an epoch.

    Raises:
        InputError: the record does not tell it.
    """
    value = line.values.get(metric)
    if value is None:
        rule = f"does not tell {metric}, by which sampler and scheduler went: the file was damaged"
        raise InputError(Problem(f"{CURVES}, trial {line.trial}, epoch {line.epoch}", rule))
    return value


def config_of(line: Proposal | TrialLine | ReleaseLine) -> Config:
    """The config of a line, with tuples where JSON has lists."""
    return freeze_config(line.config or {})


def recall(line: Proposal, sampler: Untried) -> None:
    """Let the sampler be as if it had just made this proposal."""
    sampler.recall(line.trial, config_of(line), [freeze_config(repeat) for repeat in line.repeats], refused_by(line))


def rebuild_sampler(past: Past, sampler: Untried, experiment: Experiment) -> None:
    """Bring a new sampler to where that of the record was: each proposal after what had been told before it."""
    outcomes = list(past.outcomes(experiment))
    told = 0
    for line in past.proposals:
        for trial, _, outcome in outcomes[told : line.told]:
            sampler.tell(trial, outcome)
        told = max(told, line.told)
        recall(line, sampler)
    for trial, _, outcome in outcomes[told:]:
        sampler.tell(trial, outcome)


def rebuild_decisions(past: Past, decisions: Decisions, experiment: Experiment) -> None:
    """Let a new scheduler decide on everything again, in the order in which it arrived."""
    metric, sign, aims = experiment.objective.metric, experiment.objective.sign, experiment.objective.beside
    last: dict[int, EpochLine] = {}
    kin = Mutation(experiment).kin
    unknown = list(reversed(past.proposals))
    closings = sorted({(line.event, line.time) for line in past.releases if line.closing}, reverse=True)
    closings = [closing for place, closing in enumerate(closings) if closing[0] not in dict(closings[place + 1 :])]

    def begin() -> None:
        """Let it know the trials that had been proposed when it was next told that no other one would come."""
        until = closings[-1][1] if closings else math.inf
        while unknown and unknown[-1].time <= until:
            proposal = unknown.pop()
            decisions.begin(proposal.trial, kin(config_of(proposal)))

    def close() -> None:
        decisions.close()
        closings.pop()
        begin()

    begin()
    for line in past.arrivals:
        while closings and closings[-1][0] <= _event(line):
            close()
        trial = line.trial
        if isinstance(line, EpochLine):
            last[trial] = line
            if line.asked:
                decisions.decide(trial, line.epoch, sign * _value(line, metric), gains_of(aims, line.cost or {}))
        elif line.state == "FAILED" or trial not in last:
            decisions.end(trial, line.epochs, None)
        else:
            value = _value(last[trial], metric)
            decisions.end(trial, last[trial].epoch, sign * value, gains_of(aims, line.cost))
    while closings:
        close()
    for release in past.releases:
        decisions.carried_out(release.trial, release.epoch)
