"""resume: go on with a study whose driver ended, died, or was killed with its machine."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnnsearch.data.sources.spec import ArraysSource
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.changes import change_problems, nested_problems
from cnnsearch.experiment.extent import most_trials
from cnnsearch.families import find_family
from cnnsearch.own_code.source import code_of
from cnnsearch.search.continuing import resolved_after, with_unsaid_of
from cnnsearch.search.rebuilding import Past, config_of
from cnnsearch.search.starts import studies_in
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.control.requests import unanswered
from cnnsearch.study.folder.completion import is_completed
from cnnsearch.study.folder.errands import errands_of
from cnnsearch.study.folder.trust import Ask, ensure_trusted
from cnnsearch.study.hold import hold_study
from cnnsearch.study.progress.adjustment import adjusted_as
from cnnsearch.study.progress.after_search import report_seconds
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.progress.search_limits import limit_reached
from cnnsearch.study.progress.shortening import asked_again, shortened_as
from cnnsearch.study.winner.compressed import ways_due
from cnnsearch.study.winner.replacement import refit_is_due
from cnnsearch.sweep.cluster.connection import connected
from cnnsearch.sweep.continuation import check_code, continue_study, last_time, spent_seconds
from cnnsearch.sweep.cut_short import end_again, left_to_do
from cnnsearch.sweep.data import Tell, pinned, placed, warn, with_absolute_paths, with_arrays
from cnnsearch.sweep.driver import driving, end
from cnnsearch.sweep.findings import look_around, read_material
from cnnsearch.sweep.nested import train_nested
from cnnsearch.sweep.session import Session
from cnnsearch.sweep.signals import deferred

__all__ = ["Resumption", "resume"]

_LOG = logging.getLogger("cnnsearch")


def resume(
    study: str | os.PathLike[str] | Study,
    *,
    experiment: Experiment | None = None,
    dataset: Any = None,
    trials: int | None = None,
    minutes: float | None = None,
    workers: int | None = None,
    address: str | None = None,
    observe: Callable[[Progress], None] = lambda _: None,
    trust: bool = False,
    keep: bool = True,
) -> Study:
    """Go on with a study to the end of its budget, and write its report.

    Nothing that ended is run again. Trials in flight go on from their last checkpoints, or from their start where they
    have none. Sampler and scheduler are rebuilt from the record: what they propose and decide next is what they would
    have without the interruption.

    Args:
        study: path or URI of the study, or the study itself.
        experiment: to go on with instead of the study's own: a wider space, another budget. What the trials that the
            study has depend on must stay as it was.
        dataset: arrays in memory, ``(x, y)``, where the study was of such; else the path of its data, where that was
            moved.
        trials: over ``budget.trials``: of the whole study, so that 200 extends one of 40 by 160.
        minutes: from now on; left out, what is left of ``budget.minutes``.
        workers: over ``resources.max_concurrent``.
        address, observe, keep: as of :func:`~cnnsearch.run`.
        trust: let a study that somebody else made run its command, tell whom it names, and import its model.

    Returns:
        The study; as it was, where nothing is left to do.

    Raises:
        InputError: the study cannot go on so, or is not trusted; nothing was started, and the study is as it was.
        SweepError: as of :func:`~cnnsearch.run`.
    """
    found = Resumption.of(study, experiment, dataset).within(trials, minutes, workers)
    if found.is_done:
        return found.study
    found.ensure_trusted(lambda _: trust)
    return found.carry_out(address, observe, keep=keep)


class Resumption:
    """A study that may go on, looked at and not yet touched.

    Args:
        study: as it is.
        past: its record.
        experiment: to go on with.
    """

    def __init__(self, study: Study, past: Past, experiment: Experiment) -> None:
        self.study = study
        self.experiment = experiment
        self._past = past
        self.spent = spent_seconds(study, past)
        self._last = last_time(study, past)

    @classmethod
    def of(
        cls, study: str | os.PathLike[str] | Study, experiment: Experiment | None = None, dataset: Any = None
    ) -> Resumption:
        """Look at a study; arguments as of :func:`resume`.

        Raises:
            InputError: nothing may be written to it, its trials are not valid in ``experiment``, or its arrays are not
                given.
        """
        known = study if isinstance(study, Study) else Study.load(study)
        known.store.check_writable()
        old = known.experiment
        new = old if experiment is None else _as_begun(_absolute(experiment, known), known)
        if isinstance(dataset, (str, os.PathLike)):
            new = placed(new, dataset)
        elif dataset is not None:
            new = with_arrays(new, dataset)
        if isinstance(new.dataset, ArraysSource) and new.dataset.x is None:
            rule = "of this study are arrays in memory: go on from Python, cnnsearch.resume(study, dataset=(x, y))"
            raise InputError(Problem("dataset", rule), known.store.location)
        past = Past.read(known.store)
        problems = change_problems(old, new, [(line.trial, config_of(line)) for line in past.proposals])
        problems += nested_problems(old, new)
        if problems:
            raise InputError(problems, known.store.location)
        return cls(known, past, new)

    def within(
        self, trials: int | None, minutes: float | None, workers: int | None, cache: str | None = None
    ) -> Resumption:
        """With another budget; arguments as of :func:`resume`, and a folder over ``resources.cache``.

        Raises:
            InputError: a value is not valid, or no minutes are left.
        """
        given: dict[str, Any] = {
            "budget.trials": trials,
            "budget.minutes": None if minutes is None else minutes + self.spent / 60,
            "resources.max_concurrent": workers,
            "resources.cache": None if cache is None else str(Path(cache).expanduser().absolute()),
        }
        given = {key: value for key, value in given.items() if value is not None}
        wanted = self.experiment
        if minutes is not None and not wanted.outer_searches:  # whose searches must all be alike
            wanted = asked_again(wanted, self.study.experiment, self.study.environment)
        found = Resumption(self.study, self._past, wanted.updated(given) if given else wanted)
        if problems := nested_problems(self.study.experiment, found.experiment):
            raise InputError(problems, self.study.store.location)
        is_due = found.trains or found._is_trained or not found._is_compressed or ways_due(self.study)
        if not is_due and not left_to_do(self.study, self._past):
            limit = found.experiment.budget.minutes
            rule = f"has used up the {limit:g} minutes of its budget; --minutes N gives it N more"
            raise InputError(Problem("STUDY", rule, found.study.store.location))
        return found

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do: nothing to train, and no step of the end.

        The driver must have said so, and each step must show in the study: it may have been changed since.
        """
        return (
            not self.trains
            and self._is_trained
            and self._is_compressed
            and is_completed(self.study)
            and not left_to_do(self.study, self._past)
        )

    @property
    def trains(self) -> bool:
        """Whether trials or runs of finalists are left, and minutes for them; else steps of the end are, at most.

        Each search of nested cross-validation has minutes of its own.
        """
        return not self._is_judged or not (self._is_trained or self._is_late)

    @property
    def _is_judged(self) -> bool:
        """Whether all outer folds are, which may have been deleted since."""
        return len(self.study.outer_folds) == self.experiment.outer_searches

    @property
    def _is_trained(self) -> bool:
        """Whether all trials of the budget, or of the space, have ended, and all that follows them."""
        most = most_trials(self.experiment, map(config_of, self._past.proposals))
        finalists = self.study.finals
        is_through = most is not None and len(self._past.ends) >= most
        return (
            (is_through or limit_reached(self.experiment, self._past.ends, self._past.pauses) is not None)
            and not self._past.in_flight
            and (
                self.experiment.finalists is None
                or not self.study.ranked
                or (finalists is not None and not finalists.remaining)
            )
            and self.experiment.finalists == self.study.experiment.finalists
            and not refit_is_due(self.study, self.experiment)
        )

    @property
    def _is_compressed(self) -> bool:
        """Whether the study asks for the same of its best model; what is due of that is a step of its end."""
        return self.experiment.compression == self.study.experiment.compression

    @property
    def _is_late(self) -> bool:
        """Whether no minutes are left to train in; finalists and the refit are trained all the same."""
        limit, report = self.experiment.budget.minutes, report_seconds(self.experiment, len(self._past.ends))
        return limit is not None and self.spent >= 60 * limit - report and not self.experiment.is_followed

    def ensure_trusted(self, ask: Ask) -> None:
        """Whether the user wants what the study's own record says that it would run, tell or import.

        What only the experiment says that it goes on with comes from the user.

        Raises:
            InputError: the user does not, or cannot be asked.
        """
        environment = self.study.environment
        recorded = {errand.digest for errand in errands_of(self.study.experiment, environment)}
        errands = [errand for errand in errands_of(self.experiment, environment) if errand.digest in recorded]
        ensure_trusted(errands, ask, self.study.store.location)

    def carry_out(
        self, address: str | None, observe: Callable[[Progress], None], tell: Tell = warn, keep: bool = False
    ) -> Study:
        """Go on; arguments as of :func:`resume` and :func:`~cnnsearch.run`.

        Raises:
            InputError: another driver runs it, or its data is not where it was. A lease that may be a dead driver's is
                waited for.
        """
        if self.trains:
            placed(self.experiment)
        store = self.study.store
        if (code := code_of(self.experiment.own_code)) is not None:  # before any of it runs
            check_code(self.study.environment, code.digests, store, self.experiment.own_code)
        with hold_study(store, _LOG.warning):
            earlier = unanswered(store)
            held = Resumption(Study.load(store), Past.read(store), self.experiment)  # nobody adds to it any more
            if not self.trains and (ended := end_again(store, self.experiment, held._past)) is not None:
                return ended
            return held._go_on(address, observe, tell, keep, earlier)

    def _go_on(
        self,
        address: str | None,
        observe: Callable[[Progress], None],
        tell: Tell,
        keep: bool,
        earlier: frozenset[str],
    ) -> Study:
        """Another session of the study, which this process holds; ``earlier`` as of a :class:`Session`."""
        store, experiment, past = self.study.store, self.experiment, self._past
        output = store.location.rpartition("/")[0]
        clock = Clock.started(after=self._last)
        with driving(experiment) as driver:
            material = read_material(experiment, output, address, clock)
            with connected(address, experiment.resources, keep, uses_folder=bool(experiment.own_code)):
                findings = look_around(material, output, clock)
                with deferred():
                    continue_study(self.study, findings, len(past.proposals), tell)
                    driver.begin(store)
                session = Session(findings, store, clock, past, self.spent, earlier=earlier)
                conclusion = train_nested(session, driver.stop, observe)
            return driver.told(end(session, conclusion))


def _absolute(experiment: Experiment, study: Study) -> Experiment:
    """With its paths as the study has them; a study's place is not looked for in the file."""
    output = study.store.location.rpartition("/")[0]
    asked = with_unsaid_of(experiment, study.experiment)
    found = find_family(asked.model).assets.absolute(with_absolute_paths(pinned(asked)), output)
    return found.updated({"storage": study.experiment.storage})


def _as_begun(experiment: Experiment, study: Study) -> Experiment:
    """With what its names stood for when the study began."""
    begun = shortened_as(adjusted_as(experiment, study.environment), study.experiment, study.environment)
    return resolved_after(begun, study.experiment, studies_in(study.store.location.rpartition("/")[0]))
