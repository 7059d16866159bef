"""Refit: the winner trained again on training and validation pictures together, and what the record tells of it.

A refit, and an ensemble (``study/winner/ensemble.py``), take the place of the winner's model in ``best/``.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.study.record.lines import Ended, RefitLine
from cnnsearch.study.winner.ensemble import Ensemble, ensemble_in_words, model_of_ensemble, planned_ensemble
from cnnsearch.study.winner.finalists import MODELS
from cnnsearch.study.winner.lasting import lasting_epoch, standard_error

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.study.study import Study

__all__ = [
    "Refit",
    "is_settled",
    "model_of_line",
    "model_of_refit",
    "planned",
    "planned_refit",
    "refit_in_force",
    "refit_in_words",
    "refit_is_due",
]


@dataclass(frozen=True)
class Refit:
    """What is trained again, and for how long.

    Attributes:
        trial: the winner.
        run: of it as a finalist, in the place of whose model the new one goes; ``None``: the trial's own.
        seed: of that training.
        epochs: as many as lasted, see :func:`~cnnsearch.study.winner.lasting.lasting_epoch`: each picture is seen as
            often, at the same learning rates. With more pictures an epoch has more steps; cut to the same number of
            steps it would end in the midst of a schedule. Of a trial that the minutes ended, all of its schedule: where
            it stood is no place to stop.
        best_epochs: of the trainings by which that was chosen.
    """

    trial: int
    run: int | None
    seed: int
    epochs: int
    best_epochs: tuple[int, ...]

    def is_of(self, line: RefitLine) -> bool:
        """Whether a line of the record is of this very refit."""
        return (line.trial, line.run, line.best_epochs) == (self.trial, self.run, self.best_epochs)


def planned_refit(study: Study, experiment: Experiment) -> Refit | None:
    """The refit of the winner as it stands; ``None`` where none is asked for, or there is no winner.

    Args:
        study: whose search, and whose finalists where there are any, are over.
        experiment: to go on with.
    """
    best, finalists = study.best, study.finals
    if experiment.final != "refit" or best is None or (experiment.finalists is not None and best.run is None):
        return None
    if best.run is None or finalists is None or (chosen := finalists.chosen) is None:
        line = next(each for each in study.records if each.trial == best.trial)
        metric = experiment.objective.metric
        curve = tuple(each.values.get(metric) for each in study.epochs if each.trial == best.trial)
        seed = line.seed
        told: list[tuple[Ended, tuple[float | None, ...]]] = [(line, curve)]
    else:
        runs = [finalists.decided.ended[best.trial, run] for run in finalists.decided.compared]
        seed, told = chosen.seed, [(run, run.curve) for run in runs]
    counting = [(line, curve) for line, curve in told if line.best_epoch is not None]
    if not counting:
        return None
    epochs = _middle(_lasting(study, line, curve) for line, curve in counting)
    return Refit(best.trial, best.run, seed, epochs, tuple(line.best_epoch for line, _ in counting if line.best_epoch))


def _lasting(study: Study, line: Ended, curve: Sequence[float | None]) -> int:
    """Epochs of a training that lasted; those to its best one where its curve is not known."""
    if _was_cut(line):
        return study.experiment.epochs
    if line.best_epoch is None or line.value is None or len(curve) < line.best_epoch:
        return line.best_epoch or 1
    sign = study.experiment.objective.sign
    gains = [None if value is None else sign * value for value in curve]
    return lasting_epoch(gains, standard_error(study, line.value))


def _was_cut(line: Ended) -> bool:
    """Whether the minutes of the budget ended a training before its schedule."""
    return line.end_reason == "budget"


def refit_in_force(lines: Iterable[RefitLine], trial: int, run: int | None) -> RefitLine | None:
    """The line of the refit whose model takes the place of a training's; ``None`` where there is none.

    One that failed keeps the model of before; one that was to bring a lost model back, and failed, does not.
    """
    found = None
    for line in lines:
        if (line.trial, line.run) == (trial, run):
            if line.state != "FAILED":
                found = line
            elif line.again:
                found = None
    return found


def refit_is_due(study: Study, experiment: Experiment) -> bool:
    """Whether the model of the winner, of a study whose search and finalists are over, is still to be replaced."""
    plan = planned(study, experiment)
    return plan is not None and not is_settled(study, plan)


def is_settled(study: Study, plan: Refit | Ensemble) -> bool:
    """Whether a plan was tried and that still counts: it failed, or nothing else has taken the place of its model."""
    tried = next((line for line in reversed(study.refits) if plan.is_of(line)), None)
    if tried is None or tried.state == "FAILED":
        return tried is not None
    in_force = refit_in_force(study.refits, plan.trial, plan.run)
    return in_force is not None and plan.is_of(in_force)


def planned(study: Study, experiment: Experiment) -> Refit | Ensemble | None:
    """What is to take the place of the winner's model; ``None``: nothing is, or there is no winner."""
    return planned_refit(study, experiment) or planned_ensemble(study, experiment)


def refit_in_words(study: Study) -> str | None:
    """What must be known of a model that was refitted or is an ensemble, or was to; ``None``: that was not asked for.

    Without it, what stands in ``best/`` of a study whose trials are judged by folds.
    """
    best = study.best
    if best is None:
        return None
    plan = planned_refit(study, study.experiment)
    failed = next((each for each in reversed(study.refits) if plan is not None and plan.is_of(each)), None)
    failed = None if failed is None or failed.state != "FAILED" else failed
    if study.experiment.final == "ensemble" or (best.refit is not None and best.refit.members):
        told = ensemble_in_words(study)
        return told if failed is None else f"The refit failed ({failed.reason}). {told}"
    line = best.refit
    if line is not None:
        return (
            f"The model in best/ was refitted: trained again on all {line.pictures:,} training and validation pictures "
            f"for {_epochs(line.epochs)}{_why_so_many(study, line)}. These pictures cannot judge it any more."
        )
    if failed is not None:
        return (
            f"The refit on training and validation pictures together failed ({failed.reason}): "
            f"best/ keeps the model of before, {_of_before(study)}."
        )
    return None if study.experiment.cross_validation is None else f"The model in best/ is {_of_before(study)}."


def _of_before(study: Study) -> str:
    """What the model is that a refit was to replace."""
    if study.experiment.cross_validation is None:
        return "which saw the training pictures only"
    return "that of the fold with the median value, which saw the pictures of all others"


def _why_so_many(study: Study, line: RefitLine) -> str:
    """Where they are not those up to the best epoch."""
    if line.run is None and any(each.trial == line.trial and _was_cut(each) for each in study.records):
        return " (all that there are, as the minutes ended its trial before)"
    if not line.best_epochs or line.planned == _middle(line.best_epochs):
        return ""
    return f" (as good as the best one, epoch {_middle(line.best_epochs)}, within one standard error)"


def _middle(epochs: Iterable[int]) -> int:
    """The median, rounded up."""
    return math.ceil(statistics.median(epochs))


def model_of_line(line: RefitLine) -> str:
    """Where the model of a refit, or an ensemble, lies until it is in ``best/``."""
    return (model_of_ensemble if line.members else model_of_refit)(line.trial, line.run)


def model_of_refit(trial: int, run: int | None) -> str:
    """Where the model of a refit lies until it is in ``best/``."""
    return f"{MODELS}/{trial:06d}{'' if run is None else f'-{run}'}-refit.keras"


def _epochs(count: int) -> str:
    return f"{count} epoch{'' if count == 1 else 's'}"
