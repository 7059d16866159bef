"""A family of the user's own, tried in a process of Ray's before the sweep has a study."""

from __future__ import annotations

import logging
import warnings

from cnnsearch.data.dataset import Dataset
from cnnsearch.experiment import Experiment
from cnnsearch.own_code.source import OwnCode
from cnnsearch.sweep.checks.idle_process import in_idle_process
from cnnsearch.sweep.data import without_arrays
from cnnsearch.sweep.worker.hardware import pin_hardware
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
    given = (without_arrays(experiment), Sample.of(dataset), code)
    for note in in_idle_process(experiment, _check, given, "model", "build it"):
        logging.getLogger(__name__).warning("%s", note)


def _check(experiment: Experiment, sample: Sample, code: OwnCode) -> tuple[str, ...]:
    pin_hardware(cpus=1, gpus=0)
    code.provide()
    from cnnsearch.training.devices import configure_devices

    configure_devices(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a process shows each once: the trials' logs are to have them
        return check_family(experiment, sample)
