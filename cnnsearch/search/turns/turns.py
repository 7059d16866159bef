"""Turns: the search, then its finalists, behind the one face that Ray Tune is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnsearch.search.deaths import DIED
from cnnsearch.search.ledger import Ledger
from cnnsearch.search.turns.finalists import Finals
from cnnsearch.study.lines import Report

__all__ = ["Turns"]


class Turns:
    """Passes on to the ledger of the search, and when that is over to the finalists.

    With finalists, the budget's minutes end the search and not the sweep: its trials in flight are interrupted one by
    one, at their next report, so that the workers and their programs stay.

    Args:
        ledger: of the search.
        finals: makes the finalists' part when the search is over; ``None``: there is none.
    """

    def __init__(self, ledger: Ledger, finals: Callable[[], Finals] | None) -> None:
        self._ledger = ledger
        self._make_finals = finals
        self._finals: Finals | None = None
        self._cut: set[int] = set()

    @property
    def is_late(self) -> bool:
        """Whether the sweep must end, finished or not."""
        return self._make_finals is None and self._ledger.is_late

    @property
    def is_over(self) -> bool:
        """Whether everything that was proposed has ended, and nothing else will be proposed."""
        if self._make_finals is None:
            return self._ledger.is_over
        return self._finals is not None and self._finals.is_over

    def propose(self) -> dict[str, Any] | None:
        """What a worker does next; ``None``: nothing now, or, where all is over, nothing any more."""
        if self._finals is None:
            if self._make_finals is None:
                return self._ledger.propose()
            if self._ledger.is_late:
                self._ledger.interrupt_waiting()
            elif (given := self._ledger.propose()) is not None:
                return given
            if not (self._ledger.is_over or (self._ledger.is_late and self._ledger.is_idle)):
                return None
            self._finals = self._make_finals()
        return self._finals.propose()

    def cuts(self, trial: int) -> bool:
        """Whether a trial that reports now must end, because the search is over; it is interrupted then."""
        if self._make_finals is None or self._finals is not None or not self._ledger.is_late:
            return False
        self._cut.add(trial)
        return True

    def audit(self, trial: int, epoch: int) -> None:
        self._ledger.audit(trial, epoch)

    def log(self, trial: int, text: str) -> None:
        (self._finals or self._ledger).log(trial, text)

    def report(self, trial: int, report: Report, asked: bool = True) -> None:
        if self._finals is not None:
            self._finals.report(trial, report)
        else:
            self._ledger.report(trial, report, asked)

    def end(self, trial: int, finished: bool) -> None:
        if trial in self._cut and not finished:
            self._ledger.interrupt(trial)  # else it ended by itself at that very report
        else:
            (self._finals or self._ledger).end(trial, finished)

    def give_back(self, trial: int) -> None:
        (self._finals or self._ledger).give_back(trial)

    def lose(self, trial: int, why: str = DIED) -> None:
        (self._finals or self._ledger).lose(trial, why)
