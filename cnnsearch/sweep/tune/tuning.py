"""Tune runs the trials: what it is given, and what is left of it when it is through."""

from __future__ import annotations

import shutil

from ray import tune

from cnnsearch.errors import SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.places import Places
from cnnsearch.search.rebuilding import Past, rebuild_decisions
from cnnsearch.search.turns.turns import Turns
from cnnsearch.study.store.temporary import new_folder
from cnnsearch.sweep.audit import Audit
from cnnsearch.sweep.cluster.outage import Outage, beside_ray
from cnnsearch.sweep.decisions import Decisions
from cnnsearch.sweep.ray_private.tune_controller import fit_for_short_trials
from cnnsearch.sweep.signals import Stop
from cnnsearch.sweep.tune.adapters import Ending, Gate, LedgerCallback, LedgerSearcher
from cnnsearch.sweep.tune.lanes import LaneRequest
from cnnsearch.sweep.tune.scheduler_factories import OBJECTIVE, make_scheduler
from cnnsearch.sweep.worker.trainable import SweepContext, TrialWorker

__all__ = ["tune_trials"]

_MOST_AT_ONCE = 10_000
"""Trials at once for Tune: more than any cluster runs, as the ledger knows for how many there is room."""


def tune_trials(
    experiment: Experiment,
    turns: Turns,
    context: SweepContext,
    places: Places,
    stop: Stop,
    past: Past | None = None,
) -> str | None:
    """Let Tune run the trials.

    Args:
        experiment: what is run.
        turns: what proposes the trials and hears of their ends.
        context: what every worker is given.
        places: where trials find room.
        stop: somebody's wish that the sweep end.
        past: the record of the sweep that goes on; left out, one begins.

    Returns:
        Why the sweep ended before its trials were over: ``interrupted``, ``minutes``; ``None``: they are over.

    Raises:
        SweepError: the sweep broke; what had ended is in the study. Where Ray has died, this process has left it.
    """
    ending = Ending(turns)
    failures: list[Exception] = []
    gate, outage = Gate(), Outage.of_this_process()

    def fail(error: Exception) -> None:
        failures.append(error)
        ending.ask("failed")

    def abandon() -> None:
        gate.close()
        ending.ask("failed")

    # No checkpoint goes through Tune and nothing is restored from its files, so only the driver need see them.
    own_files = new_folder("tune")
    worker = tune.with_parameters(TrialWorker, sweep=context)
    tuner = tune.Tuner(
        tune.with_resources(worker, lambda config: LaneRequest(config["lane"], config["holds"])),
        tune_config=tune.TuneConfig(
            metric=OBJECTIVE,
            mode=experiment.objective.mode,
            search_alg=LedgerSearcher(turns, fail, gate),
            scheduler=_decisions(experiment, turns, past),
            num_samples=-1,
            max_concurrent_trials=_MOST_AT_ONCE,
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            name=own_files.name,
            storage_path=str(own_files.parent),
            stop=ending,
            callbacks=[LedgerCallback(turns, fail, gate, outage)],
            # Tune gives up a trial whose warm worker dies while it is handed over: the ledger proposes it again.
            failure_config=tune.FailureConfig(max_failures=0),
            checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False, num_to_keep=1),
            verbose=0,
        ),
    )
    try:
        with (
            stop.calling(lambda: ending.ask("interrupted")),
            fit_for_short_trials(places.closed),
        ):
            if ending.why is None:
                beside_ray(tuner.fit, abandon, outage)
    finally:
        shutil.rmtree(own_files, ignore_errors=True)
    if failures:
        error = failures[0]
        raise error if isinstance(error, SweepError) else SweepError(f"{type(error).__name__}: {error}") from error
    return ending.why


def _decisions(experiment: Experiment, turns: Turns, past: Past | None) -> Decisions:
    """What stops trials: the scheduler, audited, where its record ends."""
    scheduler = make_scheduler(experiment.scheduler, experiment.epochs)
    audit = Audit(scheduler, experiment.scheduler.get("audit"), experiment.seed, turns.audit)
    decisions = Decisions(audit, experiment.objective.mode or "max")
    if past is not None:
        rebuild_decisions(past, decisions, experiment.objective.metric)
    return decisions
