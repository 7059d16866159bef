"""Nested cross-validation: a whole search without each outer fold, one after another, then the one on all pictures.

Each is a study of its own in the folder of the whole, so whatever ends this process, each goes on where it was. They
share Ray, the data, which is read once, and the machine's cache.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

from cnnsearch.errors import CnnsearchError, RayLostError, SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.nested import outer_experiments, outer_in_words
from cnnsearch.search.before_search import BeforeSearch
from cnnsearch.search.rebuilding import Past
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.control.requests import unanswered, waiting
from cnnsearch.study.folder.completion import is_over, missing_steps
from cnnsearch.study.hold import hold_study
from cnnsearch.study.outer import OuterFold, judged, opened_outer
from cnnsearch.study.progress.adjustment import KEY as ADJUSTED
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.record.sessions import with_begin
from cnnsearch.study.store import Store
from cnnsearch.sweep.cluster.outage import Outage, beside_ray
from cnnsearch.sweep.continuation import begin_study, continue_study, last_time, spent_seconds
from cnnsearch.sweep.cut_short import end_again, needs_worker
from cnnsearch.sweep.data import divided_for
from cnnsearch.sweep.driver import end, make_whole, train
from cnnsearch.sweep.findings import Findings
from cnnsearch.sweep.inbox import Inbox
from cnnsearch.sweep.session import Conclusion, Session
from cnnsearch.sweep.signals import Stop

__all__ = ["train_nested"]

_LOG = logging.getLogger("cnnsearch")

Observe = Callable[[Progress], None]


def train_nested(session: Session, stop: Stop, observe: Observe) -> Conclusion:
    """Let the workers do all that is left of the searches on outer folds, then of the search itself.

    Arguments and errors as of :func:`~cnnsearch.sweep.driver.train`, which is all there is to do where there are none.
    """
    experiments = outer_experiments(session.experiment)
    if not experiments:
        return train(session, stop, observe)
    control, before = BeforeSearch(session.store, session.clock, session.earlier), session.clock.seconds
    control.begin()
    with _whole_without_ray(session), contextlib.closing(Inbox(session.store)) as inbox:

        def is_unwanted() -> bool:
            control.answer(inbox.fetched())
            return control.is_stop_asked

        for experiment in experiments:
            found = _held(session, experiment, stop, observe, is_unwanted)
            if found is None:
                return _interrupted()
    control.answer(waiting(session.store))  # what was asked while the last of them came to its end
    if control.is_stop_asked:
        return _interrupted()
    study = Study.load(session.store)
    if is_over(study) and not needs_worker(study, session.experiment):
        return Conclusion(None, True, {}, None, [])  # an outer fold was missing alone
    environment = session.store.read_json("environment.json")
    session.store.write_json("environment.json", with_begin(environment, session.clock.now()))
    return train(replace(session, elsewhere=session.clock.seconds - before), stop, observe)


def _interrupted() -> Conclusion:
    """Of the whole, before its own search."""
    return Conclusion("interrupted", False, {}, None, [])


def _held(
    session: Session, experiment: Experiment, stop: Stop, observe: Observe, is_unwanted: Callable[[], bool]
) -> OuterFold | None:
    """What one search came to, which goes on where it was; ``None``: it was interrupted.

    Raises:
        SweepError: it came to no model, or that could not be judged.
    """
    store = opened_outer(session.store, experiment)
    with contextlib.ExitStack() as held:
        held.callback(hold_study(store, _LOG.warning).release)
        earlier = unanswered(store)
        if (found := _judged_before(experiment, store)) is not None:
            return found
        if stop.asked or is_unwanted():
            return None
        held.callback(store.close)
        try:
            inner = _session(session, experiment, store, earlier)
            study = end(inner, train(inner, stop, _told_apart(observe, experiment), is_unwanted))
        except RayLostError:
            raise
        except CnnsearchError as error:
            raise SweepError(f"{outer_in_words(experiment)}: {error}") from error
        if (found := judged(study)) is None and not study.interrupted:
            raise SweepError(f"{outer_in_words(experiment)}: {_why_unjudged(study)} ({store.location})")
        return found


def _judged_before(experiment: Experiment, store: Store) -> OuterFold | None:
    """What a search came to that an earlier driver has brought to its end, or nearly so."""
    if not store.is_study:
        return None
    study = Study.load(store)
    found = judged(study)
    if found is not None and missing_steps(study):
        end_again(store, _as_cut(experiment, study), Past.read(store))
    return found


def _session(whole: Session, experiment: Experiment, store: Store, earlier: frozenset[str]) -> Session:
    """The search without one outer fold, begun, or gone on with; this process holds its study."""
    if not store.is_study:
        clock = Clock.started()
        findings = _findings(whole, experiment, clock)
        begin_study(findings, store)
        return Session(findings, store, clock, whole=whole.store)
    study, past = Study.load(store), Past.read(store)
    clock = Clock.started(after=last_time(study, past))
    findings = _findings(whole, _as_cut(experiment, study), clock)
    continue_study(study, findings, len(past.proposals), lambda *_: None)
    return Session(findings, store, clock, past, spent_seconds(study, past), whole.store, earlier=earlier)


def _as_cut(experiment: Experiment, study: Study) -> Experiment:
    """With what the study's own says that follows the search, as that was cut where there was too little time."""
    own = study.experiment
    return experiment.model_copy(update={"finalists": own.finalists, "final": own.final, "ensemble": own.ensemble})


def _findings(whole: Session, experiment: Experiment, clock: Clock) -> Findings:
    """Those of the whole, with the split of the outer fold, and with places that no other search has taken.

    Raises:
        RayLostError: Ray has died meanwhile.
    """
    from cnnsearch.sweep.cluster.nodes import find_places

    dataset = whole.material.dataset
    material = replace(whole.material, experiment=experiment, split=divided_for(experiment, dataset))
    known = Study.load(whole.store).environment  # the first driver found what a later one does not look for
    environment = {
        **whole.findings.environment,
        **({ADJUSTED: known[ADJUSTED]} if ADJUSTED in known else {}),
        "startup": {"began": clock.now(), "data_seconds": 0.0, "ray_seconds": 0.0},
        "dataset": dataset.describe(material.split),
    }
    places = beside_ray(lambda: find_places(experiment.resources), lambda: None, Outage.of_this_process())
    return Findings(material, places, environment)


def _told_apart(observe: Observe, experiment: Experiment) -> Observe:
    """Whoever looks on is told which search it is."""
    return lambda progress: observe(replace(progress, search=outer_in_words(experiment)))


def _why_unjudged(study: Study) -> str:
    """Of a search that is over."""
    if study.best is None:
        return "its minutes were over before a trial gave a value; each search has the whole of budget.minutes"
    failed = study.failed_test_read
    why = "" if failed is None else f": {failed.reason}"
    return f"its winner could not be judged{why}"


@contextlib.contextmanager
def _whole_without_ray(session: Session) -> Iterator[None]:
    """Where Ray dies in the block, which tells how to go on, write what the whole has come to."""
    try:
        yield
    except RayLostError:
        with contextlib.suppress(SweepError):
            make_whole(session)
        raise
