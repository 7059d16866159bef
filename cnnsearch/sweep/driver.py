"""The driver: this process from the signals that it heeds to the report that it writes.

``run`` and ``resume`` take the same steps in it: read the data, join Ray, look around, begin or go on with the study,
train, end. Each is a function here or in :mod:`cnnsearch.sweep.findings`.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator

from cnnsearch.cache.cache import Cache
from cnnsearch.cache.told import tell_anew
from cnnsearch.errors import InputError, RayLostError, StorageError, SweepError
from cnnsearch.escaping import shell_line
from cnnsearch.experiment import Experiment
from cnnsearch.search.control import Control
from cnnsearch.search.deaths import DIED
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.turns.finalists import Finals
from cnnsearch.search.turns.reading import LastReading
from cnnsearch.search.turns.replacement import replacing_turn
from cnnsearch.search.turns.turns import Turn, Turns
from cnnsearch.study import Study
from cnnsearch.study.hold import Hold
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.progress.so_far import without_best_in_words
from cnnsearch.study.record.sessions import with_end
from cnnsearch.study.store import Store
from cnnsearch.sweep.cluster.connection import find_dashboard
from cnnsearch.sweep.cluster.memory_check import limits_in_words
from cnnsearch.sweep.compress import compress_spared
from cnnsearch.sweep.data import without_arrays
from cnnsearch.sweep.ending import end_study, spared
from cnnsearch.sweep.estimates.known_sizes import known_sizes
from cnnsearch.sweep.estimates.remaining_time import RemainingTime
from cnnsearch.sweep.inbox import Inbox
from cnnsearch.sweep.outlets.notification import End, notifying
from cnnsearch.sweep.session import Conclusion, Session
from cnnsearch.sweep.signals import Stop, heeded
from cnnsearch.sweep.tracking import start_tracking

__all__ = ["Driver", "driving", "end", "make_whole", "train"]

_LOG = logging.getLogger("cnnsearch")


class Driver:
    """This process while it drives a sweep.

    Args:
        stop: somebody's wish that it end.
        end: what is told of the sweep when it does.
        held: released in the end, after Ray.

    Attributes:
        stop: as given.
    """

    def __init__(self, stop: Stop, end: End, held: contextlib.ExitStack) -> None:
        self.stop = stop
        self._end = end
        self._held = held

    def hold(self, hold: Hold) -> None:
        """Release it in the end."""
        self._held.enter_context(hold)

    def begin(self, store: Store) -> None:
        """There is a study from now on: a signal does not raise any more, and what goes wrong is no bad input."""
        self._held.callback(_close, store)
        self._end.location = store.location
        self.stop.begin(store.location)

    def told(self, study: Study) -> Study:
        """The sweep has come to its end: somebody may want to be told of this study."""
        self._end.study = study
        return study


@contextlib.contextmanager
def driving(experiment: Experiment) -> Iterator[Driver]:
    """For the time of the block signals are heeded; at its end the study is let go, then somebody told of the end.

    Raises:
        SweepError: in place of an :class:`InputError` that comes once there is a study.
        StorageError: the study cannot be written any more; it says how to go on.
    """
    tell_anew()
    with heeded() as stop, notifying(experiment.notify) as end, contextlib.ExitStack() as held:
        try:
            yield Driver(stop, end, held)
        except InputError as error:
            if end.location is None:
                raise
            raise SweepError(str(error)) from error  # what goes wrong from there on is no bad input
        except StorageError as error:
            if end.location is None:
                raise
            go_on = shell_line(["cnnsearch", "resume", end.location])
            rule = "what had ended is kept; when it can be written again, to go on"
            raise StorageError(f"{error}; {rule}: {go_on}") from error


def train(
    session: Session,
    stop: Stop,
    observe: Callable[[Progress], None],
    is_unwanted: Callable[[], bool] = lambda: False,
) -> Conclusion:
    """Let the workers do all that is left of the search, and of what follows it. Ray is joined.

    Args:
        session: what is run.
        stop: somebody's wish that it end.
        observe: as of :func:`~cnnsearch.run`.
        is_unwanted: whether somebody who asked another study wants this one to end.

    Raises:
        SweepError: the sweep broke; what had ended is in the study.
    """
    from cnnsearch.sweep.stages.stages import started_stages
    from cnnsearch.sweep.tune.tuning import tune_trials
    from cnnsearch.sweep.worker.context import SweepContext

    experiment, store, material = session.experiment, session.store, session.material
    ledger = _ledger(session, observe)
    turns = _turns(session, ledger)
    control = Control(ledger, store, session.clock, session.earlier)
    resources = experiment.resources
    cache = Cache.of(resources.cache, resources.cache_gb)
    kept = experiment.features.budget_gb, resources.pixels_gb, cache
    with (
        _whole_without_ray(session),
        started_stages(material.dataset, material.split, *kept) as stages,
        contextlib.closing(start_tracking(experiment, store.name, store.location)) as followers,
        _heeding(control, store) as listen,
    ):
        ledger.follow(followers)
        sent = without_arrays(experiment.without_secrets())
        context = SweepContext(sent, stages, store, material.code, session.clock, material.split.folds)
        why = tune_trials(session, turns, ledger, context, stop, lambda: is_unwanted() or listen())
        if why == "minutes":
            ledger.stop_waiting()
        unfinished: list[str] = []
        with spared(unfinished, "what was computed once, and when it ended, could not be recorded"):
            _write_end(session, ledger.exhausted)
            store.remake_json("stages.json", stages.uses())
            stages.tell()
    return Conclusion(why, turns.is_over, ledger.ended, ledger.last_reason, unfinished)


def end(session: Session, conclusion: Conclusion) -> Study:
    """Make the study whole and write its report. Ray is left. That no trial gave a value is logged, or raised.

    Raises:
        SweepError: no trial gave a value, or the study could not be written.
    """
    session.store.close()
    is_interrupted = conclusion.why == "interrupted" and not conclusion.is_over
    if session.experiment.compression and not is_interrupted:
        compress_spared(session.store, session.material.dataset, session.material.split, conclusion.unfinished)
    study = Study.load(session.store)
    study.interrupted = is_interrupted
    study.unfinished = conclusion.unfinished
    end_study(study, session.material.dataset, session.material.split)
    if study.best is None and not study.interrupted and conclusion.ended and not study.in_flight:
        raise SweepError(_all_failed(conclusion, study))
    if text := without_best_in_words(study, conclusion.why == "minutes"):
        _LOG.warning("%s", text)
    return study


def _ledger(session: Session, observe: Callable[[Progress], None]) -> Ledger:
    names, places = list(session.material.dataset.targets.names), session.findings.places
    given = (
        session.past,
        session.spent_before_trials,
        session.clock,
        known_sizes(session.experiment, session.material.dataset),
    )
    ledger = Ledger(session.store, session.experiment, names, places, observe, *given)
    ledger.tell_dashboard(find_dashboard())
    return ledger


def _turns(session: Session, search: Ledger) -> Turns:
    """The search, and what follows it."""
    experiment, split = session.experiment, session.material.split
    store, names = session.store, list(session.material.dataset.targets.names)
    clock, places, time = session.clock, session.findings.places, RemainingTime(session, search)

    def finals() -> Turn | None:
        as_it_is = time.experiment
        if as_it_is.finalists is None:
            return None
        return Finals(store, as_it_is, names, places, search.tell_finalists, clock)

    def refit() -> Turn | None:
        as_it_is = time.experiment
        if as_it_is.final == "keep":
            return None
        pictures = len(split.train) if as_it_is.final == "ensemble" else split.together  # of folds that is the same
        given = store, as_it_is, names, places, pictures, search.tell_refit, clock
        return replacing_turn(Study.load(store), as_it_is)(*given)

    def reading() -> Turn | None:
        if not time.experiment.is_followed:
            return None  # there was no time to name a winner
        return LastReading(store, time.experiment, names, places, len(split.test) > 0, clock)

    later: list[Callable[[], Turn | None]] = []
    later += [finals] if experiment.finalists is not None else []
    later += [refit] if experiment.final != "keep" else []
    # Where the minutes are those of all, trials that they end count, so the search ends as if something followed.
    later += [reading] if experiment.is_followed or experiment.budget.all else []
    return Turns(search, *later)


@contextlib.contextmanager
def _heeding(control: Control, store: Store) -> Iterator[Callable[[], bool]]:
    """For the time of the block users are listened to: whoever calls what this gives answers them."""
    control.begin()

    def listen() -> bool:
        control.answer(inbox.fetched())
        return control.is_stop_asked

    with contextlib.closing(Inbox(store)) as inbox:
        yield listen
    control.end()


@contextlib.contextmanager
def _whole_without_ray(session: Session) -> Iterator[None]:
    """Where Ray dies in the block, make the study whole, write the report of what has ended, and tell how to go on."""
    try:
        yield
    except RayLostError as error:
        with contextlib.suppress(SweepError):
            make_whole(session)
        go_on = shell_line(["cnnsearch", "resume", session.resumed.location])
        rule = "what had ended is kept, and trials in flight are interrupted; to go on"
        raise RayLostError(f"{error}; {rule}: {go_on}") from None


def make_whole(session: Session) -> None:
    """A study whose trials do not go on for now: say when that was, and write the report of what has ended.

    Raises:
        SweepError: it could not be written.
    """
    _write_end(session)
    session.store.close()
    end_study(Study.load(session.store), session.material.dataset, session.material.split)


def _write_end(session: Session, exhausted: int | None = None) -> None:
    environment = session.store.read_json("environment.json")
    session.store.write_json("environment.json", with_end(environment, session.clock.now(), exhausted))


def _close(store: Store) -> None:
    """Keep what was told, also where the sweep broke; where that is why it broke, it has been said."""
    with contextlib.suppress(SweepError):
        store.close()


def _all_failed(conclusion: Conclusion, study: Study) -> str:
    """Why no trial gave a value, or none of those that did keeps the limits."""
    store = study.store
    if study.broken_limits:
        trial, broken = next(reversed(study.broken_limits.items()))
        number = len(study.broken_limits)
        rule = f"no model keeps the limits: those of {number} trials break them, as trial {trial} does"
        return f"{rule}: {' and '.join(broken)} ({store.location})"
    failed, reason = conclusion.ended["FAILED"], conclusion.last_reason
    limit = limits_in_words() if (reason or "").startswith(DIED) else None
    return f"all {failed} trials failed; the last one: {reason}{f'; {limit}' if limit else ''} ({store.location})"
