"""Waiting: trials that the scheduler lets wait, from what is recorded of each until it goes on or ends."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import assert_never

from cnnsearch.search.decisions import Decisions
from cnnsearch.search.schedulers import Exploit, Go, Release, Stop
from cnnsearch.space import Config
from cnnsearch.study.clock import Time
from cnnsearch.study.record.lines import Ended, PauseLine, ReleaseLine
from cnnsearch.study.record.record import Record

__all__ = ["Waiting"]

_TURN = (Exploit, Go, Stop)


class Waiting:
    """Keeps the trials that wait, and carries out what becomes of them.

    Args:
        decisions: says who waits, and who does no longer.
        record: of the study.
        clock: of the sweep.
        takes_over: a trial is to go on, after an epoch, with what another one has; the config that it has then.
            ``None``: the other one has ended meanwhile, and it goes on with its own.
        goes_on: a trial is to be given to a worker again.
        ends: a trial has ended where it waited, by the scheduler or the user.
    """

    def __init__(
        self,
        decisions: Decisions,
        record: Record,
        clock: Time,
        takes_over: Callable[[int, int, int], Config | None],
        goes_on: Callable[[int], None],
        ends: Callable[[int, Ended], None],
    ) -> None:
        self._decisions = decisions
        self._record = record
        self._clock = clock
        self._takes_over = takes_over
        self._goes_on = goes_on
        self._ends = ends
        self._stands: dict[int, Ended] = {}

    def __contains__(self, trial: int) -> bool:
        return trial in self._stands

    def __len__(self) -> int:
        return len(self._stands)

    def announce(self, end: Ended, attempt: int) -> None:
        """A trial will wait after the epochs that its report tells, which are not recorded yet."""
        self._record.pause(PauseLine.of(end, attempt))

    def begin(self, trial: int, stand: Ended) -> None:
        """Its worker has let it go."""
        self._stands[trial] = stand

    def carry_out(self, event: int, closing: bool = False) -> None:
        """Do what has become of those that wait no longer.

        First those take over what others have who wait still; who goes on does before anybody ends.

        Args:
            event: number of the next report or end.
            closing: whether that was because no other trial was to come.
        """
        released = {trial: what for trial, what in self._decisions.released.items() if trial in self._stands}
        for trial, what in sorted(released.items(), key=lambda item: _TURN.index(type(item[1]))):
            self._do(trial, what, event, closing)

    def stop_unwanted(self, trials: Collection[int]) -> None:
        """A user wants trials to stop: those of them that wait have no next report at which they could."""
        for trial in [trial for trial in self._stands if trial in trials]:
            self._stop(trial, self._stands[trial])

    def left(self) -> list[tuple[int, Ended]]:
        """No trial will be given to a worker any more: who waits, and how it stands; they wait no longer."""
        found = list(self._stands.items())
        self._stands.clear()
        return found

    def _do(self, trial: int, release: Release, event: int, closing: bool) -> None:
        stand = self._stands[trial]
        match release:
            case Stop():
                self._stop(trial, stand)
            case Go() | Exploit():
                del self._stands[trial]
                now = self._clock.now()
                line = ReleaseLine(trial=trial, epoch=stand.epochs, event=event, time=now, closing=closing)
                if isinstance(release, Exploit):
                    config = self._takes_over(trial, release.source, stand.epochs)
                    line = line if config is None else replace(line, source=release.source, config=config)
                self._record.release(line)
                self._decisions.carried_out(trial, stand.epochs)
                self._goes_on(trial)
            case _:
                assert_never(release)

    def _stop(self, trial: int, stand: Ended) -> None:
        del self._stands[trial]
        self._ends(trial, stand)
