"""run: from an experiment to a study."""

from __future__ import annotations

import logging
from collections.abc import Callable

from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.search.starts import resolved, studies_in
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.folder.folder import Output, output_of
from cnnsearch.study.folder.starting import start_study
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.store import Store
from cnnsearch.sweep.cluster.connection import connected
from cnnsearch.sweep.cluster.keeper.loan import NOTES
from cnnsearch.sweep.continuation import begin_study
from cnnsearch.sweep.data import Tell, pinned, warn, with_absolute_paths
from cnnsearch.sweep.driver import Driver, driving, end
from cnnsearch.sweep.estimates.pacing import is_measured, with_time_for_one
from cnnsearch.sweep.findings import Findings, Material, look_around, read_material, with_told_grace
from cnnsearch.sweep.nested import train_nested
from cnnsearch.sweep.session import Session
from cnnsearch.sweep.signals import deferred

__all__ = ["run"]


def run(
    experiment: Experiment,
    output: Output | None = None,
    address: str | None = None,
    observe: Callable[[Progress], None] = lambda _: None,
    tell: Tell = warn,
    keep: bool = True,
) -> Study:
    """Run a sweep to its end and write its report.

    The first Ctrl-C, SIGTERM or SIGHUP, or the end of the budget's minutes, ends it cleanly: trials in flight are
    interrupted, the study and its report are written. The second one ends the process at once.

    Args:
        experiment: what to run; relative paths in it are relative to the working directory.
        output: path or URI of a folder that holds studies; this one gets a new folder in it, nothing is overwritten.
            Left out, the experiment's ``storage``, or ``results`` in the working directory.
        address: of a running Ray cluster, ``auto`` or ``HOST:PORT``; ``local``: a Ray of this run's own. Left
            out, the one that this process has already started is used, or that of ``cnnsearch up``, else one is started
            on this machine.
        observe: called with the progress whenever something happened.
        tell: called once the data is read, before Ray is started where nothing that is measured there may change what
            is done; left out, what is doubtful about it is logged.
        keep: a Ray that is started on this machine stays, with its workers, for the next run of this process, until the
            process ends, or :func:`cnnsearch.shutdown`.

    Returns:
        The study; ``study.best`` is ``None`` where the budget's minutes were over before a trial gave a value, which is
        logged. ``study.interrupted`` tells whether somebody ended it early, ``study.unfinished`` what could not
        be done after its last trial.

    Raises:
        InputError: the data or the resources cannot be used; nothing was started.
        SweepError: no trial gave a value, or the study could not be written; what had ended is in the study.
        KeyboardInterrupt: a signal came before there was a study; nothing is left of it.
    """
    folder = output_of(experiment, output)
    experiment = find_family(experiment.model).assets.absolute(with_absolute_paths(pinned(experiment)), folder)
    experiment = resolved(experiment, studies_in(folder))
    with driving(experiment) as driver:
        clock = Clock.started()
        material = read_material(experiment, folder, address, clock)
        waits = is_measured(material)
        if waits:
            logging.getLogger(NOTES).info("trying some steps first, to see how long a trial takes ...")
        else:
            material = _told(material, tell)
        with connected(address, experiment.resources, keep, uses_folder=bool(experiment.own_code)):
            material = _told(with_time_for_one(material, clock), tell) if waits else material
            findings = look_around(material, folder, clock)
            with deferred():
                store = _begin(findings, folder, driver)
            session = Session(findings, store, clock)
            conclusion = train_nested(session, driver.stop, observe)
        return driver.told(end(session, conclusion))


def _told(material: Material, tell: Tell) -> Material:
    """What was read, and will be done, is told as soon as it is known: Ray takes seconds to start."""
    material = with_told_grace(material)
    tell(material.experiment, material.dataset.describe(material.split))
    return material


def _begin(findings: Findings, output: str, driver: Driver) -> Store:
    """A new study, held by this process, with all that is known before its first trial."""
    store, hold = start_study(output, findings.material.experiment.name)
    driver.hold(hold)
    begin_study(findings, store)
    driver.begin(store)
    return store
