"""A metric of the user's own, tried before the sweep has a study: what fails always shall not cost every trial."""

from __future__ import annotations

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.errors import InputError, Problem, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.own_code.source import OwnCode
from cnnsearch.sweep.worker.hardware import pin_hardware
from cnnsearch.tasks import TASKS, custom
from cnnsearch.tasks.contract.targets import Targets
from cnnsearch.tasks.guesses import guesses

__all__ = ["check_metric", "check_own_metric"]


def check_own_metric(experiment: Experiment, dataset: Dataset, split: Split, code: OwnCode) -> None:
    """Let the metric judge random predictions of the validation split, in a process on this node.

    Args:
        experiment: whose objective is a function of the user's own.
        dataset, split: its data.
        code: of the function.

    Raises:
        InputError: the metric cannot be imported, fails, or gives no finite number.
    """
    from cnnsearch.sweep.checks.idle_process import in_idle_process

    given = (experiment.task, experiment.objective.metric, dataset.targets.take(split.validation), code)
    in_idle_process(experiment, _check, given, "objective.metric", "compute it")


def _check(task: str, metric: str, targets: Targets, code: OwnCode) -> None:
    pin_hardware(cpus=1, gpus=0)
    code.provide()
    check_metric(task, metric, targets)


def check_metric(task: str, metric: str, targets: Targets) -> None:
    """The same in this process.

    Raises:
        InputError: as above.
    """
    try:
        custom.check(metric, *guesses(TASKS[task], targets).pair)
    except TrialError as error:
        raise InputError(Problem("objective.metric", str(error), metric)) from None
