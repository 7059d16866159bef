"""A family of the user's own, tried in a process of Ray's before the sweep has a study."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cnnsearch.data.dataset import Dataset
from cnnsearch.errors import InputError, Problem, first_line
from cnnsearch.experiment import Demand, Experiment
from cnnsearch.own_code.source import OwnCode
from cnnsearch.sweep.cluster.waiting import check_ray, result_of
from cnnsearch.sweep.data import without_arrays
from cnnsearch.sweep.worker.hardware import pin_hardware
from cnnsearch.sweep.worker.preload import FOR_STAGES
from cnnsearch.training.family_check import Sample, check_family

__all__ = ["check_own_family"]


def check_own_family(experiment: Experiment, dataset: Dataset, code: OwnCode) -> None:
    """Let the family build models, write and read them, on this node; what the user should be told is a warning.

    Args:
        experiment: whose model is a family of the user's own.
        dataset: its pictures.
        code: of the family.

    Raises:
        InputError: it fails for every config that was tried.
    """
    options: dict[str, Any] = {"num_cpus": 0, "max_retries": 0}
    # Where trials hold one CPU, an idle process that has TensorFlow already does as well as one of theirs.
    if experiment.resources.kinds != ((Demand(),),):
        options["runtime_env"] = {"env_vars": FOR_STAGES}
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    task: Any = ray.remote(**options, scheduling_strategy=here)(_check)
    try:
        notes = result_of(task.remote(without_arrays(experiment), Sample.of(dataset), code), check_ray)
    except RayTaskError as error:
        raise error.cause from None
    except RayError as error:
        rule = f"the process that tried to build it died: {first_line(error)}"
        raise InputError(Problem("model", rule, experiment.model)) from None
    for note in notes:
        logging.getLogger(__name__).warning("%s", note)


def _check(experiment: Experiment, sample: Sample, code: OwnCode) -> tuple[str, ...]:
    pin_hardware(cpus=1, gpus=0)
    code.provide()
    from cnnsearch.training.devices import configure_devices

    configure_devices(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a process shows each once: the trials' logs are to have them
        return check_family(experiment, sample)
