"""Whether one trial ends within the minutes, measured before the first one where that is in doubt."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayError, RayTaskError

from cnnsearch.errors import InputError, first_line
from cnnsearch.experiment import Demand, Experiment
from cnnsearch.experiment.configs.recommended import nearest_config, recommends
from cnnsearch.experiment.pace import STARTUP, Pace
from cnnsearch.experiment.passes import passes_of
from cnnsearch.experiment.start import StartConfig
from cnnsearch.own_code.source import OwnCode
from cnnsearch.search.adjusting import adjusted
from cnnsearch.search.places import Nodes
from cnnsearch.study.clock import Clock
from cnnsearch.sweep.cluster import warm_workers
from cnnsearch.sweep.cluster.nodes import look_at_nodes
from cnnsearch.sweep.cluster.outage import Outage, beside_ray
from cnnsearch.sweep.cluster.waiting import check_ray
from cnnsearch.sweep.data import without_arrays
from cnnsearch.sweep.estimates.known_sizes import known_sizes
from cnnsearch.sweep.findings import Material
from cnnsearch.sweep.worker.hardware import pin_hardware
from cnnsearch.sweep.worker.preload import FOR_STAGES
from cnnsearch.training.pace import PaceSample, measured_pace

__all__ = ["is_measured", "is_surely_short", "with_time_for_one"]

_LOG = logging.getLogger("cnnsearch")

_SLOWEST = 2e9
"""Multiplications with additions that any processor of today does in a second on one thread: large convolutions have
ten times as many, and small networks wait for their steps besides."""

_STEP = 0.005
"""Seconds that a step takes at least."""

_WORK = 3
"""One picture through the network and back costs as much as three through it."""

_SURE = 0.2
"""A trial that takes no more of the minutes, by these, is not measured."""

_PATIENCE = 60.0, 300.0
"""Seconds in which a process must start and train some steps: those of the budget's minutes, within these bounds."""

_MOST_BESIDE = 8
"""Trials that are measured beside each other, as they would run: threads of one core share its arithmetic."""


class _UnknownPaceError(Exception):
    """Says why it could not be measured."""


def with_time_for_one(material: Material, clock: Clock) -> Material:
    """Of a new study: with trials of which one ends within the minutes. What was changed for that is a warning.

    Ray is joined.

    Args:
        material: of the sweep.
        clock: of the sweep.

    Raises:
        RayLostError: Ray has died meanwhile.
    """
    if not is_measured(material):
        return material
    config, began = _first(material.experiment), clock.now()
    if (warm := warm_workers.here()) is not None:
        warm.end()  # what is measured needs what the workers of the last run hold
    found = beside_ray(lambda: _measured(material, config, clock), lambda: None, Outage.of_this_process())
    return replace(found, pacing=clock.now() - began)


def _measured(material: Material, config: Mapping[str, Any], clock: Clock) -> Material:
    experiment = material.experiment
    try:
        paces, most = _Paces(material, config), _most_threads(experiment)
        found, adjustment = adjusted(experiment, paces, most, lambda: clock.seconds)
    except _UnknownPaceError as error:
        _LOG.warning("budget.minutes: how long one trial takes could not be measured: %s", error)
        return material
    except InputError as error:
        rule = "one trial is longer than the minutes, and is cut in the midst of its schedule, which cannot be shorter"
        _LOG.warning("budget.minutes: %s: %s", rule, first_line(error))
        return material
    if adjustment is None:
        return material
    _LOG.warning("budget.minutes: %s", adjustment.text)
    return replace(material, experiment=found, adjustment=adjustment)


def is_measured(material: Material) -> bool:
    """Whether steps are trained before the search to see how long a trial takes, which may change what is done."""
    experiment = material.experiment
    # What a frozen backbone gives is computed once, and its trials are short.
    return experiment.budget.all and not experiment.freezes and not is_surely_short(material, _first(experiment))


def is_surely_short(material: Material, config: Mapping[str, Any]) -> bool:
    """Whether a trial takes a small part of the minutes on any processor, by the multiplications of its network."""
    experiment, pictures = material.experiment, material.split.trained
    macs = known_sizes(experiment, material.dataset)(dict(config)).get("macs")
    minutes = experiment.budget.minutes
    if macs is None or minutes is None:
        return False
    passes = experiment.epochs * passes_of(experiment, pictures)
    trainings = experiment.repeats if experiment.cross_validation is None else experiment.cross_validation.trainings
    steps = -(-pictures // experiment.filled(config)["batch_size"])
    once = _WORK * macs * pictures / _SLOWEST + steps * _STEP
    return bool(STARTUP + trainings * passes * once <= _SURE * 60 * minutes)


def _first(experiment: Experiment) -> Mapping[str, Any]:
    """The config that a search begins with."""
    for start in experiment.start:
        if isinstance(start, StartConfig):
            return start.config
    if recommends(experiment):
        return nearest_config(experiment, {})
    return experiment.space.sample(np.random.default_rng(experiment.seed))


def _most_threads(experiment: Experiment) -> int:
    """That a trial may have: all CPUs of a node, unless what trials hold is more than CPUs."""
    resources = experiment.resources
    if not resources.is_plain or resources.held != Demand(resources.cpus):
        return resources.cpus
    most = max((int(node.get("CPU", 0)) for node in look_at_nodes().present), default=resources.cpus)
    if resources.max_concurrent is not None:  # nor more than all trials together
        most = min(most, resources.cpus * resources.max_concurrent)
    return max(most, resources.cpus)


class _Paces:
    """Measures the pace of a config, each time in new processes of Ray's."""

    def __init__(self, material: Material, config: Mapping[str, Any]) -> None:
        batch_size = material.experiment.filled(config)["batch_size"]
        sample = PaceSample.of(material.dataset, material.split, batch_size)
        self._given = without_arrays(material.experiment.without_secrets()), dict(config), sample, material.code
        self._resources = material.experiment.resources
        least, most = _PATIENCE
        self._patience = min(max(least, 60 * (material.experiment.budget.minutes or 0)), most)

    def __call__(self, threads: int) -> Pace:
        """The mean over as many as would train at once.

        Raises:
            _UnknownPaceError: there is none.
        """
        resources = self._resources.on(threads)
        held = resources.demands(self._given[1])[0]
        present = look_at_nodes().present
        if not Nodes(present).may_hold(held):
            raise _UnknownPaceError("no node that is there can run it")
        beside = max(_holds(node, held) for node in present)
        count = max(1, min(beside, resources.max_concurrent or beside, _MOST_BESIDE))
        others = {name: amount for name, amount in held.resources.items() if name not in ("CPU", "GPU")}
        # A process keeps the threads of its first computation: none of these may serve trials. Those that have
        # TensorFlow already are left to them, and would not tell how long its import takes.
        options = {"num_cpus": held.cpus, "num_gpus": held.gpus, "resources": others, "max_retries": 0, "max_calls": 1}
        task: Any = ray.remote(**options, runtime_env={"env_vars": FOR_STAGES})(_measure)
        paces = [
            _result(each) for each in _ended([task.remote(*self._given, held) for _ in range(count)], self._patience)
        ]
        startup, epoch = (sum(values) / count for values in zip(*((p.startup, p.epoch) for p in paces), strict=True))
        return Pace(threads, startup, epoch)


def _holds(node: Mapping[str, float], held: Demand) -> int:
    """Trials that a node has room for at once."""
    return min(int(node.get(name, 0.0) / amount) for name, amount in held.resources.items())


def _ended(tasks: list[Any], patience: float) -> list[Any]:
    """The tasks, where all of them end in time; they are ended where they do not."""
    ended: list[Any]
    ended, late = ray.wait(tasks, num_returns=len(tasks), timeout=patience)
    for task in late:
        ray.cancel(task, force=True)
    check_ray()
    if late:
        raise _UnknownPaceError(f"some of its steps took more than {patience:.0f} s")
    return ended


def _result(task: Any) -> Pace:
    try:
        found: Pace | None = ray.get(task)
    except RayTaskError as error:
        raise _UnknownPaceError(first_line(error.cause)) from None
    except RayError as error:
        check_ray()
        raise _UnknownPaceError(f"its process died: {first_line(error)}") from None
    if found is None:
        raise _UnknownPaceError("its pictures have no size")
    return found


def _measure(
    experiment: Experiment, config: Mapping[str, Any], sample: PaceSample, code: OwnCode | None, held: Demand
) -> Pace | None:
    pin_hardware(held.cpus, held.gpus)
    if code is not None:
        code.provide()
    from cnnsearch.training.devices import configure_devices

    began = time.perf_counter()
    configure_devices(held.cpus, held.gpu_memory_gb)
    imported = time.perf_counter() - began  # as the worker of the first trial does
    found = measured_pace(experiment, config, sample, held.cpus)
    return None if found is None else replace(found, startup=found.startup + imported)
