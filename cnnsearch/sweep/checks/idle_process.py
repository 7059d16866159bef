"""A process of Ray's in which code of the user's own is tried: what it does there happens to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import ray
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from cnnsearch.errors import InputError, Problem, first_line
from cnnsearch.experiment import Demand, Experiment
from cnnsearch.sweep.cluster.waiting import check_ray, result_of
from cnnsearch.sweep.worker.preload import FOR_STAGES

__all__ = ["in_idle_process"]

_T = TypeVar("_T")


def in_idle_process(experiment: Experiment, call: Callable[..., _T], given: tuple[Any, ...], key: str, does: str) -> _T:
    """What a function gives in a process on this node.

    Args:
        experiment: of the sweep.
        call: a function of this package.
        given: its arguments.
        key: of the experiment, which names the user's code.
        does: in words, what is tried.

    Raises:
        InputError: the process died; or what the function raises.
    """
    options: dict[str, Any] = {"num_cpus": 0, "max_retries": 0, "max_calls": 1}
    # Where trials hold one CPU, an idle process that has TensorFlow already does as well as one of theirs.
    if experiment.resources.kinds != ((Demand(),),):
        options["runtime_env"] = {"env_vars": FOR_STAGES}
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    task: Any = ray.remote(**options, scheduling_strategy=here)(call)
    try:
        found: _T = result_of(task.remote(*given), check_ray)
    except RayTaskError as error:
        raise error.cause from None
    except RayError as error:
        rule = f"the process that tried to {does} died: {first_line(error)}"
        raise InputError(Problem(key, rule, experiment.own_code[key])) from None
    return found
