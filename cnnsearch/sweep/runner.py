"""run: from an experiment to a study."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.errors import InputError, RayLostError, SweepError
from cnnsearch.escaping import shell_line
from cnnsearch.experiment import Experiment
from cnnsearch.families.own.source import OwnCode, code_of
from cnnsearch.keras_settings import tell_foreign_settings
from cnnsearch.search.deaths import DIED
from cnnsearch.search.ledger import Ledger
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.turns.finalists import Finals
from cnnsearch.search.turns.turns import Turns
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.environment import describe_environment
from cnnsearch.study.errands import errands_of
from cnnsearch.study.folder import Output, check_writable, output_of
from cnnsearch.study.progress import Progress
from cnnsearch.study.sessions import with_end
from cnnsearch.study.starting import start_study
from cnnsearch.study.store import Store, is_uri
from cnnsearch.study.trust import remember
from cnnsearch.sweep.cluster.connection import connected, find_dashboard
from cnnsearch.sweep.cluster.memory_check import check_limits, limits_in_words
from cnnsearch.sweep.cluster.outage import Outage, beside_ray
from cnnsearch.sweep.data import Tell, load_data, warn, with_absolute_paths, without_arrays
from cnnsearch.sweep.ending import end_study, spared
from cnnsearch.sweep.outlets.addresses import tell_secrets
from cnnsearch.sweep.outlets.notification import End, notifying
from cnnsearch.sweep.signals import Stop, deferred, heeded
from cnnsearch.sweep.tracking import check_tracking, start_tracking
from cnnsearch.sweep.weights import check_weights, find_weights, with_absolute_weights

if TYPE_CHECKING:
    from cnnsearch.search.places import Places

__all__ = ["Found", "carry_out", "remember_errands", "run"]


def run(
    experiment: Experiment,
    output: Output | None = None,
    address: str | None = None,
    observe: Callable[[Progress], None] = lambda _: None,
    tell: Tell = warn,
) -> Study:
    """Run a sweep to its end and write its report.

    The first Ctrl-C, SIGTERM or SIGHUP, or the end of the budget's minutes, ends it cleanly: trials in flight are
    interrupted, the study and its report are written. The second one ends the process at once.

    Args:
        experiment: what to run; relative paths in it are relative to the working directory.
        output: path or URI of a folder that holds studies; this one gets a new folder in it, nothing is overwritten.
            Left out, the experiment's ``storage``, or ``results`` in the working directory.
        address: of a running Ray cluster, ``auto`` or ``HOST:PORT``; left out, Ray is started on this machine, or
            the one that this process has already started is used.
        observe: called with the progress whenever something happened.
        tell: called once the data is read; left out, what is doubtful about it is logged.

    Returns:
        The study; ``study.interrupted`` tells whether somebody ended it early, ``study.unfinished`` what could not
        be done after its last trial.

    Raises:
        InputError: the data or the resources cannot be used; nothing was started.
        SweepError: no trial gave a value, or the study could not be written; what had ended is in the study.
        KeyboardInterrupt: a signal came before there was a study; nothing is left of it.
    """
    output = output_of(experiment, output)
    experiment = with_absolute_weights(with_absolute_paths(experiment), output)

    def begin(found: Found, held: contextlib.ExitStack) -> tuple[Store, None]:
        tell(experiment, found.environment["dataset"])
        store, hold = start_study(output, experiment.name)
        held.enter_context(hold)
        store.write("experiment.yaml", experiment.without_secrets().to_yaml())
        store.write_json("environment.json", found.environment)
        found.keep_code(store)
        remember_errands(store)
        return store, None

    return carry_out(experiment, output, address, observe, begin)


def remember_errands(store: Store) -> None:
    """Trust from now on what a study that this user has begun, or goes on with, would run, tell and import."""
    study = Study.load(store)  # as it was written: a secret may stand there otherwise than in the user's file
    remember(errands_of(study.experiment, study.environment))


@dataclass(frozen=True)
class Found:
    """What a driver found before the first trial.

    Attributes:
        dataset, split: the data.
        environment: as ``environment.json`` has it.
        code: of a model family of the user's own.
    """

    dataset: Dataset
    split: Split
    environment: dict[str, Any]
    code: OwnCode | None = None

    def keep_code(self, store: Store) -> None:
        """Copy the code of the user's own into the study: whoever edits it may want to go on with the study."""
        for module in self.code.modules if self.code else ():
            store.write(f"source/{module.file}", module.content)


Begin = Callable[[Found, contextlib.ExitStack], tuple[Store, Past | None]]
"""Given what was found, makes a study and holds it, or agrees to go on with one; gives its store, its record so far."""


def carry_out(
    experiment: Experiment,
    output: Output,
    address: str | None,
    observe: Callable[[Progress], None],
    begin: Begin,
    spent: float = 0.0,
    clock: Clock | None = None,
) -> Study:
    """Run a sweep, or what is left of one, to its end and write its report.

    Args:
        experiment: what is run; its paths are absolute.
        output: path or URI of the folder that its study is in.
        address, observe: as of :func:`run`.
        begin: the study; what must be released in the end goes into the stack that it is given.
        spent: seconds of the budget's minutes that are over.
        clock: of the sweep; left out, one starts now.

    Raises:
        InputError, SweepError: as :func:`run`.
    """
    with heeded() as stop, notifying(experiment.notify) as end, contextlib.ExitStack() as held:
        clock = clock or Clock.started()
        try:
            end.study = _carried_out(experiment, output, address, observe, begin, spent, clock, end, held, stop)
        except InputError as error:
            if end.location is None:
                raise
            raise SweepError(str(error)) from error  # what goes wrong from there on is no bad input
    return end.study


def _carried_out(
    experiment: Experiment,
    output: Output,
    address: str | None,
    observe: Callable[[Progress], None],
    begin: Begin,
    spent: float,
    clock: Clock,
    end: End,
    held: contextlib.ExitStack,
    stop: Stop,
) -> Study:
    tell_foreign_settings()
    check_tracking(experiment.tracking)
    tell_secrets(experiment)
    check_writable(str(output))
    if address is None:
        check_limits(experiment.resources)
    code = code_of(experiment.model)
    check_weights(experiment)
    began = clock.now()
    dataset, split = load_data(experiment)
    loaded = clock.now()
    with connected(address, experiment.resources):
        look = functools.partial(_look_around, experiment, output, dataset, code)
        places, weights = beside_ray(look, lambda: None, Outage.of_this_process())
        startup = {"began": began, "data_seconds": loaded - began, "ray_seconds": clock.now() - loaded}
        described = describe_environment(dataset.describe(split), startup, weights, code.digests if code else None)
        found = Found(dataset, split, described, code)
        with deferred():
            store, past = begin(found, held)
            held.callback(_close, store)
            end.location = store.location
            stop.begin(store.location)
        from cnnsearch.sweep.stages.stages import started_stages
        from cnnsearch.sweep.tune.tuning import tune_trials
        from cnnsearch.sweep.worker.trainable import SweepContext

        ledger = Ledger(store, experiment, list(dataset.classes), places, observe, past, spent, clock)
        ledger.dashboard = find_dashboard()
        turns = _turns(experiment, store, ledger, dataset, split, places, clock)
        with (
            _whole_without_ray(store, dataset, split, clock),
            started_stages(dataset, split, experiment.features.budget_gb, experiment.resources.pixels_gb) as stages,
            contextlib.closing(start_tracking(experiment, store.name, store.location)) as followers,
        ):
            ledger.follow(followers)
            context = SweepContext(without_arrays(experiment.without_secrets()), stages, store, code, clock)
            why = tune_trials(experiment, turns, context, places, stop, past)
            unfinished: list[str] = []
            with spared(unfinished, "what was computed once, and when it ended, could not be recorded"):
                store.write_json("environment.json", with_end(store.read_json("environment.json"), clock.now()))
                store.remake_json("stages.json", stages.uses())
    store.close()
    study = Study.load(store)
    study.interrupted = why == "interrupted" and not turns.is_over
    study.unfinished = unfinished
    end_study(study, dataset, split)
    if study.best is None and not study.interrupted and ledger.ended and not study.in_flight:
        raise SweepError(_all_failed(ledger, store))
    return study


def _close(store: Store) -> None:
    """Keep what was told, also where the sweep broke; where that is why it broke, it has been said."""
    with contextlib.suppress(SweepError):
        store.close()


def _look_around(
    experiment: Experiment, output: Output, dataset: Dataset, code: OwnCode | None
) -> tuple[Places, dict[str, str]]:
    """Where trials find room, and the digests of the weights; what cannot be run here is an :class:`InputError`."""
    from cnnsearch.sweep.cluster.node_check import check_nodes
    from cnnsearch.sweep.cluster.nodes import find_places

    places = find_places(experiment.resources)
    check_nodes(None if is_uri(output) else Path(output))
    weights = find_weights(experiment)
    if code is not None:
        from cnnsearch.sweep.family_check import check_own_family

        check_own_family(experiment, dataset, code)
    return places, weights


def _all_failed(ledger: Ledger, store: Store) -> str:
    failed, reason = ledger.ended["FAILED"], ledger.last_reason
    limit = limits_in_words() if (reason or "").startswith(DIED) else None
    return f"all {failed} trials failed; the last one: {reason}{f'; {limit}' if limit else ''} ({store.location})"


@contextlib.contextmanager
def _whole_without_ray(store: Store, dataset: Dataset, split: Split, clock: Clock) -> Iterator[None]:
    """Where Ray dies in the block, make the study whole, write the report of what has ended, and tell how to go on."""
    try:
        yield
    except RayLostError as error:
        with contextlib.suppress(SweepError):
            store.write_json("environment.json", with_end(store.read_json("environment.json"), clock.now()))
            store.close()
            end_study(Study.load(store), dataset, split)
        go_on = shell_line(["cnnsearch", "resume", store.location])
        rule = "what had ended is kept, and trials in flight are interrupted; to go on"
        raise RayLostError(f"{error}; {rule}: {go_on}") from None


def _turns(
    experiment: Experiment,
    store: Store,
    ledger: Ledger,
    dataset: Dataset,
    split: Split,
    places: Places,
    clock: Clock,
) -> Turns:
    """The search, and what follows it."""
    if experiment.finalists is None:
        return Turns(ledger, None)
    classes, has_test = list(dataset.classes), len(split.test) > 0
    return Turns(ledger, lambda: Finals(store, experiment, classes, places, has_test, ledger.tell_finalists, clock))
