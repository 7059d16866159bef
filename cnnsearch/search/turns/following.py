"""Following: what the turns after a search have in common: jobs that are all done, whatever becomes of them."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from cnnsearch.errors import SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.deaths import DIED, in_words, may_go_on
from cnnsearch.search.jobs import Job
from cnnsearch.search.places import Lane, Places
from cnnsearch.space import Config
from cnnsearch.study.clock import Clock
from cnnsearch.study.record.lines import Ended, EpochLine, Reading, Report
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import Store

__all__ = ["Following", "Given", "Make"]

Make = Callable[..., Job]
"""A job of ``number``, ``lane``, ``holds`` and ``config``, given by their names."""


@dataclass
class Given:
    """A job from when it is known until it has ended.

    Attributes:
        config: of its network.
        make: the job, when it has a lane.
        job: as a worker was given it last.
        epochs: that were told of, by their numbers.
        end: as it was told of last.
        deaths: why its workers went.
        lane: that it holds.
    """

    config: Config
    make: Make
    job: Job | None = None
    epochs: dict[int, EpochLine] = field(default_factory=dict)
    end: Ended | Reading | None = None
    deaths: list[str] = field(default_factory=list)
    lane: Lane | None = None

    @property
    def folder(self) -> str:
        """Where its worker left what it gave."""
        if self.job is None:
            raise SweepError("a job ended that no worker was given")
        return self.job.folder


class Following(ABC):
    """A turn after the search: its jobs wait for room, are given out, and none is stopped.

    Nothing here is known to sampler or scheduler. Where the worker of a job dies another one gets it, or it fails where
    that happened too often, as a trial does.

    Args:
        store: of the study, whose search is over.
        experiment: what is run.
        lanes: where jobs find room; or how many of them run at once, wherever that is.
        first: number of the first job; to Tune each is a trial, so turns have numbers of their own.
        clock: of the sweep; left out, one starts now.
    """

    def __init__(
        self, store: Store, experiment: Experiment, lanes: Places | int, first: int, clock: Clock | None = None
    ) -> None:
        self._store = store
        self._record = Record(store)
        self._clock = clock or Clock.started()
        self._experiment = experiment
        self._places = Places.counted(lanes) if isinstance(lanes, int) else lanes
        self._numbers = itertools.count(first)
        self._jobs: dict[int, Given] = {}
        self._waiting: deque[int] = deque()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        return not self._jobs

    @property
    def is_late(self) -> bool:
        """Never: what follows a search is done, however long that takes."""
        return False

    def propose(self) -> Job | None:
        """The next job as a worker takes it; ``None``: there is no room for one, or there is none now."""
        demands = self._experiment.resources.demands
        for find in (self._places.take, self._places.make_room):
            for number in self._waiting:
                lane = find(demands(self._jobs[number].config))
                if lane is not None:
                    self._waiting.remove(number)
                    return self._give(number, lane)
        if not self._waiting and any(given.lane and given.end is None for given in self._jobs.values()):
            self._places.close_idle()  # a job that waits for its worker may find no room beside them
        return None

    def report(self, number: int, report: Report, asked: bool = False) -> None:  # noqa: ARG002
        """A worker told of epochs, or how its job ended."""
        given = self._jobs[number]
        given.epochs.update({line.epoch: line for line in report.epochs})
        given.end = report.end

    def log(self, number: int, text: str) -> None:
        """A job printed something in its worker."""
        self._printed(number, text)

    def end(self, number: int, finished: bool) -> None:
        """A job ended as its last report says. Nothing may stop one: ``finished`` is true."""
        if not finished:
            raise SweepError("a job that follows the search was stopped, which no scheduler may do")
        end = self._jobs[number].end
        if end is None:
            raise SweepError("a job that follows the search ended, and its worker never reported")
        self._close(number, end)

    def cut_short(self) -> None:  # noqa: B027 - nothing to do is what it does
        """Nothing: see :attr:`is_late`."""

    def cut(self, number: int) -> None:
        """See :meth:`end`."""
        self.end(number, finished=False)

    def give_back(self, number: int) -> None:
        """A worker did not take the job, because it must be replaced."""
        self._leave_lane(number)
        self._waiting.appendleft(number)

    def lose(self, number: int, why: str = DIED) -> None:
        """The worker of a job died."""
        given = self._jobs[number]
        given.deaths.append(why)
        self._leave_lane(number, lost=True)
        if may_go_on(given.deaths, self._experiment.resources.max_failures):
            self._waiting.appendleft(number)
        else:
            self._close(number, self._lost(number, in_words(given.deaths)))

    def _add(self, config: Config, make: Make) -> int:
        """A job that is to be done after those that wait; its number."""
        number = next(self._numbers)
        self._jobs[number] = Given(config, make)
        self._waiting.append(number)
        return number

    def _give(self, number: int, lane: Lane) -> Job:
        given = self._jobs[number]
        given.lane = lane
        given.job = given.make(number=number, lane=lane.number, holds=lane.demand, config=given.config)
        return given.job

    def _leave_lane(self, number: int, lost: bool = False) -> None:
        given = self._jobs[number]
        if given.lane is not None:
            self._places.give_back(given.lane, lost)
            given.lane = None

    def _close(self, number: int, end: Ended | Reading) -> None:
        self._leave_lane(number)
        self._closed(number, self._jobs.pop(number), end)

    @abstractmethod
    def _closed(self, number: int, given: Given, end: Ended | Reading) -> None:
        """A job has ended, and is none of the turn's any more."""

    @abstractmethod
    def _lost(self, number: int, reason: str) -> Ended | Reading:
        """How a job stands whose workers died too often."""

    def _failed(self, trial: int, seed: int, reason: str) -> Ended:
        """How a training of a trial's config ended that gave nothing."""
        return Ended(
            trial=trial,
            state="FAILED",
            end_reason="error",
            reason=reason,
            value=None,
            seed=seed,
            ended=self._clock.now(),
        )

    def _printed(self, number: int, text: str) -> None:  # noqa: B027 - left out by whose jobs belong to no trial
        """A job printed something: kept where there is a place for it."""
