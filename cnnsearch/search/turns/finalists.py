"""The finalists' part of a sweep: their runs, and the winner's model. Without Ray."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from cnnsearch.errors import SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.jobs import FinalistRun
from cnnsearch.search.places import Places
from cnnsearch.search.turns.following import Following, Given
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.predictions import kept_at, left_at
from cnnsearch.study.record.lines import FINALISTS, Ended, FinalistLine, Reading
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.store import Store
from cnnsearch.study.winner.best import MODEL, Kept, note_best, write_best
from cnnsearch.study.winner.best_model import find_best, naming_of
from cnnsearch.study.winner.finalists import MODELS, Finalists, Run, as_recorded, model_of
from cnnsearch.study.winner.replacement import refit_in_force

__all__ = ["FIRST_JOB", "Finals"]

FIRST_JOB = 1_000_000_000
"""To Tune, finalists' runs are trials that are numbered from here, and no search gets so far."""


@dataclass(frozen=True)
class _Task:
    """What a job is: a run that is trained, ``again`` where its model is asked for and is not there any more."""

    run: Run
    again: bool = False


class Finals(Following):
    """Gives out what remains of the finalists' runs, and names the winner.

    Begins where the record says that it is, so that a sweep that was cut short goes on from there.

    Args:
        store: of the study, whose search is over.
        experiment: what is run.
        names: of the outputs of a model.
        lanes: where runs find room; or how many of them run at once, wherever that is.
        observe: called with a run that ended, the number of those that have, and of all runs; without a run when the
            first ones begin.
        clock: of the sweep; left out, one starts now.
    """

    def __init__(
        self,
        store: Store,
        experiment: Experiment,
        names: list[str],
        lanes: Places | int,
        observe: Callable[[FinalistLine | None, int, int], None] = lambda _run, _ended, _all: None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(store, experiment, lanes, FIRST_JOB, clock)
        self._names = names
        self._observe = observe
        study = Study.load(store)
        self._refits = study.refits
        self._configs = {record.trial: record.config for record in study.ranked}
        self._tasks: dict[int, _Task] = {}
        for run in self._finalists.remaining:
            self._train(_Task(run))
        if not self.is_over:
            observe(None, len(self._finalists.ended), len(self._finalists.planned))
        else:
            self._decide()

    @property
    def _finalists(self) -> Finalists:
        lines = read_lines(self._store, FINALISTS)
        return Finalists.of(self._experiment, list(self._configs), lines, naming_of(self._store))

    def _train(self, task: _Task) -> None:
        number = self._add(self._configs[task.run.trial], partial(FinalistRun, seed=task.run.seed))
        self._tasks[number] = task

    def _printed(self, number: int, text: str) -> None:
        """It stands with what its trial printed."""
        self._record.log(self._tasks[number].run.trial, text)

    def _lost(self, number: int, reason: str) -> Ended:
        run = self._tasks[number].run
        return self._failed(run.trial, run.seed, reason)

    def _closed(self, number: int, given: Given, end: Ended | Reading) -> None:
        task = self._tasks.pop(number)
        if not isinstance(end, Ended):
            raise SweepError("a worker read the test split in place of a finalist's run")
        run, left = task.run, given.folder
        if end.state != "FAILED":
            self._store.move(left_at(left), kept_at(run.trial, run.run))
            self._store.move(f"{left}/model.keras", _model(run))  # until a winner is named
        self._store.delete(left)
        if task.again and end.state == "FAILED":
            return  # what is recorded of the run stays, and best/ is said to lack its model
        values = {epoch: line.values.get(self._experiment.objective.metric) for epoch, line in given.epochs.items()}
        curve = tuple(value for _, value in sorted(values.items()) if value is not None)
        told = replace(end, trial=run.trial, seed=run.seed, ended=self._clock.now())
        line = FinalistLine.of(told, run.run, curve, task.again)
        self._record.end_finalist(line)
        finalists = self._finalists
        self._observe(line, len(finalists.ended), len(finalists.planned))
        if not finalists.remaining:
            self._decide()

    def _decide(self) -> None:
        """Every run has ended: ``best/`` becomes the winner's.

        Where another run than before is chosen whose model has not been kept, that run is trained again first.
        """
        finalists = self._finalists
        chosen, naming = finalists.chosen, finalists.naming
        if chosen is None or naming is None:
            return
        run = Run(chosen.trial, chosen.run, chosen.seed)
        kept = Kept(chosen, self._configs[run.trial], as_recorded(naming))
        if self._store.exists(_model(run)):
            write_best(self._store, _model(run), kept, self._names)
        elif (held := find_best(Study.load(self._store))) is not None and held.file not in (None, MODEL):
            return  # the refit of it has ended, and is not in best/ yet: its turn moves it there
        elif held is None or held.problem is not None:
            self._train(_Task(run, again=True))
            return
        else:  # it stays, and has proven itself against others too
            note_best(self._store, MODEL, replace(kept, refit=refit_in_force(self._refits, run.trial, run.run)))
        if self._experiment.final != "ensemble":  # which takes the others' models too
            self._store.delete(MODELS)


def _model(run: Run) -> str:
    return model_of(run.trial, run.run)
