"""Turns: what a sweep does one after the other with the same workers, behind the one face that Ray Tune is given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from cnnsearch.search.deaths import DIED
from cnnsearch.search.jobs import Job
from cnnsearch.study.record.lines import Report

__all__ = ["Turn", "Turns"]


class Turn(Protocol):
    """Gives jobs to workers, and is told what becomes of them by their numbers."""

    @property
    def is_over(self) -> bool:
        """Whether everything that was proposed has ended, and nothing else will be proposed."""

    @property
    def is_late(self) -> bool:
        """Whether it must end, finished or not."""

    def propose(self) -> Job | None:
        """What a worker does next; ``None``: nothing now, or, where all is over, nothing any more."""

    def cut_short(self) -> None:
        """From now on nothing is proposed: it is over as soon as no job runs. Called again and again."""

    def log(self, number: int, text: str) -> None:
        """A job printed something in its worker."""

    def report(self, number: int, report: Report, asked: bool = True) -> None:
        """A worker told of epochs, or of what a job gave; ``asked``: whether a scheduler decides on it now."""

    def end(self, number: int, finished: bool) -> None:
        """A job ended as its last report says, or, where that did not finish it, by a scheduler."""

    def cut(self, number: int) -> None:
        """A job ended before it was done, because the turn was cut short."""

    def give_back(self, number: int) -> None:
        """A worker did not take the job, because it must be replaced."""

    def lose(self, number: int, why: str = DIED) -> None:
        """The worker of a job died, by :data:`~cnnsearch.search.deaths.DIED` or another reason that stands there."""


class Turns:
    """Passes on to one turn, and when that is over to the next.

    The last turn ends the sweep where it is late. One that others follow is only cut short: its jobs in flight end one
    by one, at their next report, so that the workers and their programs stay.

    Args:
        first: begins.
        later: make the turns that follow, each when the one before it is over, as it begins with what that has left;
            ``None``: there is no such turn after all.
    """

    def __init__(self, first: Turn, *later: Callable[[], Turn | None]) -> None:
        self._turn = first
        self._later = deque(later)
        self._cut: set[int] = set()

    @property
    def is_late(self) -> bool:
        """Whether the sweep must end, finished or not."""
        return not self._later and self._turn.is_late

    @property
    def is_over(self) -> bool:
        """Whether everything that was proposed has ended, and nothing else will be proposed."""
        return not self._later and self._turn.is_over

    def propose(self) -> Job | None:
        """What a worker does next; ``None``: nothing now, or, where all is over, nothing any more."""
        job = self._proposed()
        while job is None and self._later and self._turn.is_over:
            following = self._later.popleft()()
            if following is not None:
                self._turn = following
                job = self._proposed()
        return job

    def _proposed(self) -> Job | None:
        if self._later and self._turn.is_late:
            self._turn.cut_short()
        return self._turn.propose()

    def cuts(self, number: int) -> bool:
        """Whether a job that reports now must end, because its turn is cut short."""
        if not self._later or not self._turn.is_late:
            return False
        self._turn.cut_short()  # all of it, also what reports when there is no time any more
        self._cut.add(number)
        return True

    def log(self, number: int, text: str) -> None:
        self._turn.log(number, text)

    def report(self, number: int, report: Report, asked: bool = True) -> None:
        self._turn.report(number, report, asked)

    def end(self, number: int, finished: bool) -> None:
        if number in self._cut and not finished:
            self._turn.cut(number)  # else it ended by itself at that very report
        else:
            self._turn.end(number, finished)

    def give_back(self, number: int) -> None:
        self._turn.give_back(number)

    def lose(self, number: int, why: str = DIED) -> None:
        self._turn.lose(number, why)
