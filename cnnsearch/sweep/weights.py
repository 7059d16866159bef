"""The weights that an experiment's family needs, found before the sweep starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnsearch.errors import InputError, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family

__all__ = ["find_weights"]


def find_weights(experiment: Experiment, download: Callable[..., None] | None = None) -> dict[str, str]:
    """Make sure that the weights are there; what can be downloaded is where it is not.

    Args:
        experiment: with absolute paths.
        download: of what the family's assets name; left out, in a process of Ray's, as it takes TensorFlow.

    Returns:
        File -> its sha256.

    Raises:
        InputError: one is missing: says which, and where it may be put.
    """

    def beside(*key: Any) -> None:
        _download(experiment.model, key)

    return find_family(experiment.model).assets.digests(experiment, download or beside)


def _download(model: str, key: tuple[Any, ...]) -> None:
    """Let Keras get the weights in a process of its own."""
    import ray
    from ray.exceptions import RayTaskError

    from cnnsearch.sweep.cluster.waiting import check_ray, result_of
    from cnnsearch.sweep.worker.preload import FOR_STAGES

    task: Any = ray.remote(num_cpus=0, max_retries=0, runtime_env={"env_vars": FOR_STAGES})(_downloaded)
    try:
        result_of(task.remote(model, key), check_ray)
    except RayTaskError as error:
        if not isinstance(error.cause, TrialError):
            raise
        raise InputError(find_family(model).assets.fetch_problem(error.cause)) from None


def _downloaded(model: str, key: tuple[Any, ...]) -> None:
    from cnnsearch.training.devices import import_quietly

    import_quietly()
    find_family(model).assets.fetch(*key)
