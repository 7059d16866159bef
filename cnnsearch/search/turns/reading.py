"""The one reading of the test split, with the model that is shipped. Without Ray."""

from __future__ import annotations

from functools import partial

from cnnsearch.errors import SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.jobs import SplitReading
from cnnsearch.search.places import Places
from cnnsearch.search.turns.following import Following, Given
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.predictions import TEST_PREDICTIONS, left_at
from cnnsearch.study.record.lines import TEST_READS, Ended, Reading, ReadingLine
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.store import Store
from cnnsearch.study.winner.best import MODEL
from cnnsearch.study.winner.best_model import find_best, read_note
from cnnsearch.study.winner.winner import Best

__all__ = ["STEPS", "LastReading"]

_FIRST_JOB = 3_000_000_000

_OF_FINALISTS = "finalists"

STEPS = (_OF_FINALISTS, "refit", "ensemble")
"""Who read the test split, where it was this step of the sweep: after the one or the other."""


class LastReading(Following):
    """Has the winner's model read the test split, if it never did.

    Args:
        store: of the study, in which the winner's model lies in ``best/``.
        experiment: what is run.
        names: of the outputs of a model.
        lanes: where it finds room; or how many jobs run at once, wherever that is.
        has_test: whether there is a test split.
        clock: of the sweep; left out, one starts now.
    """

    def __init__(
        self,
        store: Store,
        experiment: Experiment,
        names: list[str],
        lanes: Places | int,
        has_test: bool,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(store, experiment, lanes, _FIRST_JOB, clock)
        study = Study.load(store)
        self._best = best = study.best
        if not has_test or best is None or (experiment.finalists is not None and best.run is None):
            return
        held = find_best(study)
        if held is not None and held.problem is None and not self._has_read(study, best):
            reading = partial(SplitReading, model=MODEL, names=tuple(names), metrics=best.decisive)
            self._add(dict(best.config), reading)

    def _has_read(self, study: Study, best: Best) -> bool:
        """Whether this step has read the test split with the model in ``best/``; an attempt that failed did not."""
        note = read_note(self._store)
        digest = None if note is None else note.digest
        chosen = study.finals.chosen if study.finals is not None and best.run is not None else None
        again = best.refit is not None or (chosen is not None and chosen.again)
        for line in read_lines(self._store, TEST_READS):
            is_his = line.by in STEPS and (line.trial, line.run) == (best.trial, best.run)
            if line.gave_numbers and is_his and (line.model == digest or (line.model is None and not again)):
                return True
        return False

    def _lost(self, number: int, reason: str) -> Reading:  # noqa: ARG002
        return Reading(state="FAILED", reason=reason)

    def _closed(self, number: int, given: Given, end: Ended | Reading) -> None:  # noqa: ARG002
        best, left = self._best, given.folder
        if best is None or not isinstance(end, Reading):
            raise SweepError("a worker trained something in place of reading the test split")
        if self._store.exists(left_at(left)):
            self._store.move(left_at(left), TEST_PREDICTIONS)
        self._store.delete(left)
        note = read_note(self._store)
        model = None if note is None else note.digest
        by = _OF_FINALISTS if self._experiment.final == "keep" else self._experiment.final
        told = {"seed": self._seed(best), "model": model, "by": by, "time": self._clock.now()}
        self._record.read_test(ReadingLine.of(end, best.trial, best.run, **told))

    def _seed(self, best: Best) -> int | None:
        """Of the finalist's run whose model read; ``None``: it was the trial's own."""
        finalists = Study.load(self._store).finals
        return None if finalists is None or best.run is None or finalists.chosen is None else finalists.chosen.seed
