"""The finalists' part of a sweep: their runs, the winner's model, the one reading of the test split. Without Ray."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnnsearch.errors import SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.deaths import DIED, in_words, may_go_on
from cnnsearch.search.jobs import FinalistRun, SplitReading
from cnnsearch.search.places import Lane, Places
from cnnsearch.space import Config
from cnnsearch.study import Study
from cnnsearch.study.best import MODEL, Kept, note_best, write_best
from cnnsearch.study.best_model import find_best, naming_of, read_note
from cnnsearch.study.clock import Clock
from cnnsearch.study.finalists import MODELS, Finalists, Run, as_recorded, model_of
from cnnsearch.study.predictions import TEST_PREDICTIONS, kept_at, left_at
from cnnsearch.study.record.lines import Ended, FinalistLine, Reading, ReadingLine, Report
from cnnsearch.study.record.record import FINALISTS, TEST_READS, Record, read_lines
from cnnsearch.study.store import Store

__all__ = ["FIRST_JOB", "STEP", "Finals"]

FIRST_JOB = 1_000_000_000
"""To Tune, finalists' runs are trials that are numbered from here, and no search gets so far."""

STEP = "finalists"
"""Who read the test split, where it was this step of the sweep."""


@dataclass
class _Job:
    """A run of a finalist, or the reading of the test split where ``run`` is ``None``, until it has ended.

    A run is trained ``again`` where its model is asked for and is not there any more. A reading knows the ``metrics``
    of the training whose model reads.
    """

    run: Run | None
    config: Config
    again: bool = False
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    curve: dict[int, float] = field(default_factory=dict)
    end: Ended | Reading | None = None
    deaths: list[str] = field(default_factory=list)
    lane: Lane | None = None


class Finals:
    """Gives out what remains of the finalists' runs, names the winner, has its model read the test split once.

    Begins where the record says that it is, so that a sweep that was cut short goes on from there. Nothing here is
    known to sampler or scheduler.

    Args:
        store: of the study, whose search is over.
        experiment: what is run.
        names: of the outputs of a model.
        lanes: where runs find room; or how many of them run at once, wherever that is.
        has_test: whether there is a test split.
        observe: called with the number of ended runs and of all runs, after each change.
        clock: of the sweep; left out, one starts now.
    """

    def __init__(
        self,
        store: Store,
        experiment: Experiment,
        names: list[str],
        lanes: Places | int,
        has_test: bool,
        observe: Callable[[int, int], None] = lambda _ended, _all: None,
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._experiment = experiment
        self._names = names
        self._has_test = has_test
        self._observe = observe
        self._clock = clock or Clock.started()
        self._record = Record(store)
        self._configs = {record.trial: record.config for record in Study.load(store).ranked}
        self._places = Places.counted(lanes) if isinstance(lanes, int) else lanes
        self._numbers = itertools.count(FIRST_JOB)
        self._jobs: dict[int, _Job] = {}
        self._given: dict[int, FinalistRun | SplitReading] = {}
        self._waiting = deque(self._job(_Job(run, self._configs[run.trial])) for run in self._finalists.remaining)
        self._is_decided = False
        if not self._waiting:
            self._decide()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        return self._is_decided and not self._jobs

    @property
    def is_late(self) -> bool:
        """Never: the budget's minutes are the search's."""
        return False

    def propose(self) -> FinalistRun | SplitReading | None:
        """The next job as a worker takes it; ``None``: there is no room for one, or there is none now."""
        demands = self._experiment.resources.demands
        for find in (self._places.take, self._places.make_room):
            for number in self._waiting:
                lane = find(demands(self._jobs[number].config))
                if lane is not None:
                    self._waiting.remove(number)
                    return self._give(number, lane)
        if not self._waiting and any(job.lane and job.end is None for job in self._jobs.values()):
            self._places.close_idle()  # a run that waits for its worker may find no room beside them
        return None

    def _give(self, number: int, lane: Lane) -> FinalistRun | SplitReading:
        job = self._jobs[number]
        job.lane = lane
        shared: dict[str, Any] = {"number": number, "lane": lane.number, "holds": lane.demand, "config": job.config}
        if job.run is None:
            reading = {**shared, "names": tuple(self._names), "metrics": job.metrics}
            given: FinalistRun | SplitReading = SplitReading(**reading, model=MODEL)
        else:
            given = FinalistRun(**shared, seed=job.run.seed)
        self._given[number] = given
        return given

    def report(self, number: int, report: Report, asked: bool = False) -> None:  # noqa: ARG002
        """A worker told of epochs, or what the test split gave."""
        job = self._jobs[number]
        job.curve.update(report.curve(self._experiment.objective.metric))
        job.end = report.end

    def log(self, number: int, text: str) -> None:
        """A run printed something in its worker: it stands with what its trial printed."""
        run = self._jobs[number].run
        if run is not None:
            self._record.log(run.trial, text)

    def end(self, number: int, finished: bool) -> None:
        """A job ended as its last report says. Nothing may stop one: ``finished`` is true."""
        if not finished:
            raise SweepError("a run of a finalist was stopped, which no scheduler may do")
        end = self._jobs[number].end
        if end is None:
            raise SweepError("a job of the finalists ended, and its worker never reported")
        self._close(number, end)

    def cut_short(self) -> None:
        """Nothing: see :attr:`is_late`."""

    def interrupt(self, number: int) -> None:
        """See :meth:`end`."""
        self.end(number, finished=False)

    def give_back(self, number: int) -> None:
        """A worker did not take the job, because it must be replaced."""
        self._leave_lane(number)
        self._waiting.appendleft(number)

    def lose(self, number: int, why: str = DIED) -> None:
        """The worker of a job died: another one gets it, or it fails where that happened too often, as of a trial."""
        job = self._jobs[number]
        job.deaths.append(why)
        self._leave_lane(number, lost=True)
        if may_go_on(job.deaths, self._experiment.resources.max_failures):
            self._waiting.appendleft(number)
            return
        reason, now = in_words(job.deaths), self._clock.now()
        if job.run is None:
            self._close(number, Reading(state="FAILED", reason=reason))
            return
        lost = Ended(
            trial=job.run.trial,
            state="FAILED",
            end_reason="error",
            reason=reason,
            value=None,
            seed=job.run.seed,
            ended=now,
        )
        self._close(number, lost)

    @property
    def _finalists(self) -> Finalists:
        lines = read_lines(self._store, FINALISTS)
        return Finalists.of(self._experiment, list(self._configs), lines, naming_of(self._store))

    def _job(self, job: _Job) -> int:
        number = next(self._numbers)
        self._jobs[number] = job
        return number

    def _leave_lane(self, number: int, lost: bool = False) -> None:
        job = self._jobs[number]
        if job.lane is not None:
            self._places.give_back(job.lane, lost)
            job.lane = None

    def _close(self, number: int, end: Ended | Reading) -> None:
        self._leave_lane(number)
        job = self._jobs.pop(number)
        left = self._given.pop(number).folder
        if isinstance(end, Reading):
            self._close_test(left, end)
        elif job.run is not None:
            self._close_run(left, end, job.run, job)

    def _close_run(self, left: str, end: Ended, run: Run, job: _Job) -> None:
        if end.state != "FAILED":
            self._store.move(left_at(left), kept_at(run.trial, run.run))
            self._store.move(f"{left}/model.keras", _model(run))  # until a winner is named
        self._store.delete(left)
        if (
            job.again and end.state == "FAILED"
        ):  # what is recorded of the run stays, and best/ is said to lack its model
            self._is_decided = True
            return
        curve = tuple(value for _, value in sorted(job.curve.items()))
        told = replace(end, trial=run.trial, seed=run.seed, ended=self._clock.now())
        self._record.end_finalist(FinalistLine.of(told, run.run, curve, job.again))
        finalists = self._finalists
        self._observe(len(finalists.ended), len(finalists.planned))
        if not finalists.remaining:
            self._decide()

    def _decide(self) -> None:
        """Every run has ended: ``best/`` becomes the winner's, and the test split is read with it, if it never was.

        Where another run than before is chosen whose model has not been kept, that run is trained again first.
        """
        finalists = self._finalists
        chosen, naming = finalists.chosen, finalists.naming
        if chosen is None or naming is None:
            self._is_decided = True
            return
        run = Run(chosen.trial, chosen.run, chosen.seed)
        config = self._configs[run.trial]
        model = _model(run)
        kept = Kept(chosen, config, as_recorded(naming))
        if self._store.exists(model):
            write_best(self._store, model, kept, self._names)
        elif (held := find_best(Study.load(self._store))) is None or held.problem is not None:
            self._waiting.append(self._job(_Job(run, config, again=True)))
            return
        else:  # it stays, and has proven itself against others too
            note_best(self._store, MODEL, kept)
        self._is_decided = True
        self._store.delete(MODELS)
        if self._has_test and not self._has_read(chosen):
            self._waiting.append(self._job(_Job(None, config, metrics=chosen.metrics)))

    def _has_read(self, chosen: FinalistLine) -> bool:
        """Whether this step has read the test split with the model in ``best/``; an attempt that failed did not."""
        note = read_note(self._store)
        digest = None if note is None else note.digest
        for line in read_lines(self._store, TEST_READS):
            is_his = line.by == STEP and (line.trial, line.run) == (chosen.trial, chosen.run)
            if line.gave_numbers and is_his and (line.model == digest or (line.model is None and not chosen.again)):
                return True
        return False

    def _close_test(self, left: str, end: Reading) -> None:
        chosen = self._finalists.chosen
        if chosen is None:
            return
        if self._store.exists(left_at(left)):
            self._store.move(left_at(left), TEST_PREDICTIONS)
        self._store.delete(left)
        note = read_note(self._store)
        model = None if note is None else note.digest
        told = {"seed": chosen.seed, "model": model, "by": STEP, "time": self._clock.now()}
        self._record.read_test(ReadingLine.of(end, chosen.trial, chosen.run, **told))


def _model(run: Run) -> str:
    return model_of(run.trial, run.run)
