"""A study of three trials, and a worker of the turns by which another model takes the place of its winner's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from synthetic import SyntheticTrial, write_study

from cnnsearch.experiment import Experiment
from cnnsearch.search.jobs import Job
from cnnsearch.search.turns.reading import LastReading
from cnnsearch.search.turns.turns import Turn, Turns
from cnnsearch.study import Study
from cnnsearch.study.record.lines import Ended, EpochLine, Reading, Report
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best_model import find_best

CLASSES = ["a", "b"]
TRIALS = [SyntheticTrial("COMPLETED", curve) for curve in ((0.5, 0.7), (0.9, 0.8, 0.7), (0.6, 0.8))]
"""Trial 1 is the best, at its first epoch."""


class Replaced:
    """The study, and what its turns are told.

    Args:
        folder: of it.
        experiment: that it goes on with.
        turns: make, of what every turn is given, those before the last reading.
    """

    def __init__(self, folder: Path, experiment: Experiment, *turns: Callable[..., Turn]) -> None:
        self.folder, self.store, self.experiment = folder, LocalStore(folder), experiment
        given = self.store, experiment, CLASSES, 1
        first, *others = turns
        self.turns = Turns(
            first(*given),
            *(lambda turn=turn: turn(*given) for turn in others),  # type: ignore[misc]
            lambda: LastReading(*given, has_test=True),
        )

    @property
    def study(self) -> Study:
        return Study.load(self.folder)

    @property
    def is_over(self) -> bool:
        """Whether nothing is proposed any more."""
        return self.turns.propose() is None and self.turns.is_over

    @property
    def held(self) -> str:
        """The model in ``best/``; the record must say that it is the one."""
        found = find_best(self.study)
        assert found is not None
        assert (found.file, found.problem) == ("best/model.keras", None)
        return (self.folder / "best" / "model.keras").read_text()

    def leave(self, job: Any, text: str, *names: str) -> None:
        """What a worker leaves in the folder of a job."""
        for name in names or ("model.keras",):
            self.store.write(f"{job.folder}/{name}", text)

    def end(self, job: Any, reason: str | None, curve: tuple[EpochLine, ...] = (), **told: Any) -> None:
        """A training has ended; with a reason it FAILED."""
        state: Any = "COMPLETED" if reason is None else "FAILED"
        self._tell(job, Report(curve, Ended(trial=job.number, state=state, reason=reason, seed=job.seed, **told)))

    def read(self, job: Job) -> None:
        """The test split was read."""
        self._tell(job, Report((), Reading(count=30, metrics={"accuracy": 0.9})))

    def _tell(self, job: Job, report: Report) -> None:
        self.turns.report(job.number, report)
        self.turns.end(job.number, True)


def searched(folder: Path, experiment: Experiment, trials: list[SyntheticTrial] = TRIALS) -> Path:
    """The folder of the study, whose search is over."""
    if not folder.exists():
        write_study(folder, experiment, trials, predictions=0)
    return folder
