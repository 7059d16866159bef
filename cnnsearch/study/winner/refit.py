"""Refit: a training done again on training and validation pictures together, and for how long."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.study.progress.shortening import refits_what_lasted
from cnnsearch.study.record.lines import Ended, RefitLine
from cnnsearch.study.winner.finalists import MODELS
from cnnsearch.study.winner.lasting import epochs_after_patience, kept_its_level, lasting_epoch, standard_error

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.study.study import Study

__all__ = [
    "Refit",
    "has_learnt",
    "middle",
    "miss_of_refit",
    "model_of_refit",
    "other_seed",
    "planned_refit",
    "refit_of",
    "was_cut",
]

_NEAR = 0.25
"""Of the trial's training loss, by which that of a refit may be above it."""

_OTHER = 0x07E4
"""Part of the seed of a second attempt."""


@dataclass(frozen=True)
class Refit:
    """What is trained again, and for how long.

    Attributes:
        trial: whose config it has; the winner, or another member of an ensemble.
        run: of it as a finalist, in the place of whose model the new one goes; ``None``: the trial's own.
        seed: of that training.
        epochs: as many as lasted, see :func:`~cnnsearch.study.winner.lasting.lasting_epoch`: each picture is seen as
            often, at the same learning rates until the last quarter. With more pictures an epoch has more steps; cut to
            the same number of steps it would end in the midst of a schedule. Of a trial that the minutes ended all of
            its schedule: where it stood is no place to stop; of one that patience ended while it kept its level see
            :func:`~cnnsearch.study.winner.lasting.epochs_after_patience`.
        best_epochs: of the trainings by which that was chosen.
        times: as long as those of the trial is each of these epochs. More than once where it is asked for, and most of
            the trainings kept their level to their ends: whoever learns by heart does so the sooner.
    """

    trial: int
    run: int | None
    seed: int
    epochs: int
    best_epochs: tuple[int, ...]
    times: int = 1

    def is_of(self, line: RefitLine) -> bool:
        """Whether a line of the record is of this very refit."""
        told = line.trial, line.run, line.best_epochs, line.times
        return told == (self.trial, self.run, self.best_epochs, self.times)


def planned_refit(study: Study, experiment: Experiment) -> Refit | None:
    """The refit of the winner as it stands; ``None`` where none is asked for, or there is no winner.

    Args:
        study: whose search, and whose finalists where there are any, are over.
        experiment: to go on with.
    """
    best = study.best
    if experiment.final != "refit" or best is None or (experiment.finalists is not None and best.run is None):
        return None
    return refit_of(study, experiment, best.trial)


def refit_of(study: Study, experiment: Experiment, trial: int) -> Refit | None:
    """The refit of one of the best trials, or of its run as a finalist; ``None`` where none of these has a best epoch.

    Args:
        study: as of :func:`planned_refit`.
        experiment: to go on with.
        trial: with a value; a compared finalist where finalists name a winner.
    """
    finalists = study.finals
    told: list[tuple[Ended, Sequence[float | None]]]
    if finalists is None or finalists.winner is None:
        line, run = next(each for each in study.records if each.trial == trial), None
        metric = experiment.objective.metric
        told = [(line, tuple(each.values.get(metric) for each in study.epochs if each.trial == trial))]
        seed = line.seed
    else:
        median = finalists.decided.median_of(trial)
        runs = [finalists.decided.ended[trial, number] for number in finalists.decided.compared]
        run, seed, told = median.run, median.seed, [(each, each.curve) for each in runs]
    counting = [(line, curve) for line, curve in told if line.best_epoch is not None]
    if not counting:
        return None
    epochs = middle(_lasting(study, line, curve) for line, curve in counting)
    level = [_is_level(study, line, curve) for line, curve in counting]
    may_be_longer = 2 * sum(level) > len(level) and _goes_on(study, experiment, trial)
    times = experiment.refit_times if may_be_longer else 1
    best_epochs = tuple(line.best_epoch for line, _ in counting if line.best_epoch)
    return Refit(trial, run, seed, epochs, best_epochs, times)


def _lasting(study: Study, line: Ended, curve: Sequence[float | None]) -> int:
    """Epochs of a training that lasted; those to its best one where its curve is not known."""
    if was_cut(line):
        return study.experiment.epochs
    known = _gains(study, line, curve)
    if known is None:
        return line.best_epoch or 1
    gains, error = known
    may_go_on = line.end_reason == "patience" and not refits_what_lasted(study.environment)
    if may_go_on and kept_its_level(gains, error):
        return epochs_after_patience(study.experiment, line.epochs)
    return lasting_epoch(gains, error)


def _is_level(study: Study, line: Ended, curve: Sequence[float | None]) -> bool:
    """Whether a training was no worse at its end than at its best, by as much as the pictures tell."""
    known = None if was_cut(line) else _gains(study, line, curve)
    return known is not None and (line.best_epoch == len(known[0]) or kept_its_level(*known))


def _goes_on(study: Study, experiment: Experiment, trial: int) -> bool:
    """Whether more passes train a config for longer: another library's classifier is fitted once, whatever they are."""
    config = next(line.config for line in study.records if line.trial == trial)
    return experiment.family.reads("learning_rate", experiment.filled(config))


def _gains(study: Study, line: Ended, curve: Sequence[float | None]) -> tuple[list[float | None], float] | None:
    """The objective after each epoch, larger being better, and its standard error; ``None``: not all is known."""
    if line.best_epoch is None or line.value is None or len(curve) < line.best_epoch:
        return None
    sign = study.experiment.objective.sign
    return [None if value is None else sign * value for value in curve], standard_error(study, line.value)


def has_learnt(study: Study, plan: Refit, loss: float | None) -> bool:
    """Whether a refit learnt what its trial had learnt, as far as the training loss tells: no picture is left to ask.

    A config may learn on one seed and not on another, as where its learning rate is high; no validation picture would
    show it. The loss must have come half of the way that it came in the trial, or be within a quarter of the trial's.

    Args:
        study: with the epochs of the trial.
        plan: the refit.
        loss: of its last epoch; ``None``: it is not known.
    """
    told = [each.values.get("loss") for each in study.epochs if each.trial == plan.trial][: plan.epochs]
    known = [each for each in told if each is not None]
    if loss is None or not known:
        return True
    first, last = known[0], known[-1]
    return loss <= max((first + last) / 2, last + _NEAR * abs(last))


def other_seed(seed: int) -> int:
    """On which a refit is tried once more that had not learnt on ``seed``."""
    import numpy as np

    return int(np.random.SeedSequence((seed, _OTHER)).generate_state(1)[0])


def was_cut(line: Ended) -> bool:
    """Whether the minutes of the budget ended a training before its schedule."""
    return line.end_reason == "budget"


def middle(epochs: Iterable[int]) -> int:
    """The median, rounded up."""
    return math.ceil(statistics.median(epochs))


def model_of_refit(trial: int, run: int | None) -> str:
    """Where the model of a refit lies until it is in ``best/``."""
    return f"{MODELS}/{trial:06d}{'' if run is None else f'-{run}'}-refit.keras"


def miss_of_refit(refit: Refit) -> str:
    """The file that is there, until a model is in ``best/``, where this refit did not learn on its own seed."""
    return f"{model_of_refit(refit.trial, refit.run)}.missed-{refit.seed}-{refit.epochs}"
