"""run_trial: the whole pipeline of one trial in one call, without Ray."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.data.stages import pixels, scaling, scaling_of, size_of
from cnnsearch.errors import InputError, Problem, TrialError, first_line
from cnnsearch.experiment import Experiment
from cnnsearch.numbers import plural
from cnnsearch.training.checks.size_limits import OverLimitError
from cnnsearch.training.devices import import_quietly
from cnnsearch.training.lockstep.running import Running, begun
from cnnsearch.training.result import EpochResult, TrialResult

if TYPE_CHECKING:
    import keras

__all__ = ["TrialData", "failure", "reason_of", "run_trial", "size_of"]

_SILENT = "no message"


@dataclass(frozen=True)
class TrialData:
    """What a trial starts from: the labelled pictures and their split."""

    dataset: Dataset
    split: Split


def run_trial(
    experiment: Experiment,
    config: Mapping[str, Any],
    data: TrialData,
    report: Callable[[EpochResult], bool | None] = lambda _: None,
    seed: int | None = None,
    keep: Callable[[keras.Model], None] | None = None,
) -> TrialResult:
    """Preprocess, train and evaluate one config.

    Args:
        experiment: what is searched; its dataset is not read, ``data`` is.
        config: a point of the space; what it leaves out has its default.
        data: pictures and split.
        report: called after each epoch; a true answer stops the trial, as a scheduler does.
        seed: of weights, order and dropout; left out, the experiment's.
        keep: called at the end with the model of the best epoch, from pictures at rest to what the task tells.

    Returns:
        The result; an error is one of state FAILED with its reason, never raised.

    Raises:
        InputError: the experiment asks for folds and the split has none, or the other way round.
    """
    if (experiment.cross_validation is None) != (data.split.folds is None):
        lacking = "experiment" if experiment.cross_validation is None else "split"
        rule = f"must be of experiment and split alike, and the {lacking} has no folds: cnnsearch.data.split.folded"
        raise InputError(Problem("evaluation", f"{rule} divides a split"))
    trainer: Running | None = None
    try:
        import_quietly()
        filled = experiment.filled(config)
        shared = pixels(data.dataset, data.split, size_of(filled))
        used = experiment.seed if seed is None else seed
        folds = () if data.split.folds is None else data.split.folds.of_trials
        trainer = begun(experiment, config, shared, scaling(shared, scaling_of(filled)), used, folds=folds)
        stopped = False
        while trainer.end_reason is None and not stopped:
            epoch = trainer.run_epoch()
            stopped = epoch is not None and bool(report(epoch))
        if keep is not None:
            keep(trainer.export())
        return trainer.result(stopped=trainer.end_reason is None)
    except Exception as error:  # noqa: BLE001 - whatever a trial raises is that trial's end, not the sweep's
        return failure(error, trainer)


def failure(error: Exception, trainer: Running | None) -> TrialResult:
    """The FAILED result of a trial that ended in ``error``, with the epochs it had run."""
    unexpected = not isinstance(error, TrialError)
    return TrialResult(
        state="FAILED",
        end_reason="error",
        reason=reason_of(error) + _lost(trainer),
        traceback="".join(traceback.format_exception(error))[-4000:] if unexpected else None,
        epochs=tuple(trainer.epochs) if trainer else (),
        cost=error.cost if isinstance(error, OverLimitError) else None,
    )


def _lost(trainer: Running | None) -> str:
    """What a trial had reached before the error. It is told and does not count: nothing says it would come again."""
    if trainer is None or not trainer.has_value:
        return ""
    number, metric = len(trainer.epochs), trainer.experiment.objective.metric
    return f" (after {plural(number, 'epoch')}, the best with {metric} {trainer.value():.4f})"


def reason_of(error: Exception) -> str:
    """Why a trial failed, in one line."""
    if isinstance(error, TrialError):
        return str(error)
    # TensorFlow's own class is told by its name: a trial that fails before TensorFlow is imported needs no import.
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return f"out of memory: {first_line(error, _SILENT)}"
    return f"{type(error).__name__}: {first_line(error, _SILENT)}"
