"""Imported by Ray's idle worker processes when they start: TensorFlow comes in while the driver prepares the data.

Ray imports the modules that ``RAY_preload_python_modules`` names before a worker takes work. TensorFlow takes seconds,
and comes in by a thread. What is ours comes in beside it, before there is any work: two threads that import parts of
one package can wait for each other, and Python then ends one of them. A process for stages, which never trains, is told
so by its environment, and does without TensorFlow.
"""

from __future__ import annotations

import importlib
import os
import threading

from cnnsearch.experiment import Demand, Resources
from cnnsearch.keras_settings import choose_backend
from cnnsearch.sweep.worker.hardware import pin_hardware

__all__ = ["FOR_STAGES", "preload_settings"]

FOR_STAGES = {"CNNSEARCH_PRELOAD": "no"}
"""Environment of the processes that compute stages. A process with an environment of its own is a new one, too, so
that it does not take one of those that have TensorFlow already."""

_SLOW = ("keras", "tensorflow")
"""Imports nothing of ours."""

_FOR_STAGES, _FOR_TRIALS = "cnnsearch.sweep.stages.stages", "cnnsearch.sweep.worker.trainable"
"""Import all of ours that the first work does."""


def preload_settings(resources: Resources) -> dict[str, str]:
    """Environment for a Ray that is about to be started on this machine; empty where preloading would not help.

    Ray starts an idle process for each CPU: they are all used only where a trial takes one CPU, and no GPU.
    """
    cpus = os.cpu_count() or 1
    if resources.kinds != ((Demand(),),) or (resources.max_concurrent or cpus) < cpus:
        return {}
    return {"RAY_preload_python_modules": __name__, "CNNSEARCH_PRELOAD": "yes"}


def _import_slow(ours: threading.Event) -> None:
    for name in _SLOW:
        importlib.import_module(name)
    ours.wait()
    importlib.import_module("cnnsearch.training.programs.initial_state")


if os.environ.get("CNNSEARCH_PRELOAD") == "yes":
    pin_hardware(cpus=1, gpus=0)
    choose_backend()
    are_there = threading.Event()
    threading.Thread(target=_import_slow, args=(are_there,), name="preload", daemon=True).start()
    importlib.import_module(_FOR_STAGES)
    importlib.import_module(_FOR_TRIALS)
    are_there.set()
elif os.environ.get("CNNSEARCH_PRELOAD") == "no":
    importlib.import_module(_FOR_STAGES)
