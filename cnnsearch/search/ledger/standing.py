"""How a search stands: what is counted and ranked of its trials as they end, for whoever observes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.ranking import Leading
from cnnsearch.study.record.lines import TrialLine

__all__ = ["Standing"]


@dataclass
class Standing:
    """What observers are told beside what runs now.

    Attributes:
        leading: the best trial so far.
        ended: trials by state.
        last_reason: why the last trial that failed did.
        finalists, refitting, making, ensemble, dashboard: as of :class:`~cnnsearch.study.progress.progress.Progress`.
        answers: to users, in words.
    """

    leading: Leading[TrialLine]
    ended: Counter[str] = field(default_factory=Counter)
    last_reason: str | None = None
    finalists: tuple[int, int] | None = None
    refitting: bool | None = None
    making: str = ""
    ensemble: bool = False
    dashboard: str | None = None
    answers: list[str] = field(default_factory=list)

    def end(self, line: TrialLine) -> None:
        """A trial has ended."""
        self.ended[line.state] += 1
        if line.state == "FAILED":
            self.last_reason = line.reason
        self.leading.add(line)

    def progress(
        self,
        running: Mapping[int, int],
        elapsed: float,
        trials: int | None,
        seconds: float | None,
        queued: int,
        refused: int,
    ) -> Progress:
        """With what runs now; arguments as of :class:`~cnnsearch.study.progress.progress.Progress`."""
        best = self.leading.best
        return Progress(
            ended=dict(self.ended),
            running=running,
            best_value=best.value if best else None,
            best_config=best.config if best else None,
            best_trial=best.trial if best else None,
            of_front=self.leading.is_of_front,
            elapsed=elapsed,
            trials=trials,
            seconds=seconds,
            finalists=self.finalists,
            refitting=self.refitting,
            making=self.making,
            ensemble=self.ensemble,
            dashboard=self.dashboard,
            queued=queued,
            refused=refused,
            answers=tuple(self.answers),
        )
