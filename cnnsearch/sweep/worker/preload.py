"""Imported by Ray's idle worker processes when they start: TensorFlow comes in while the driver prepares the data.

Ray imports the modules that ``RAY_preload_python_modules`` names before a worker takes work; this one only starts a
thread. A process for stages, which never trains, is told so by its environment, and imports what these need.
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

_NEEDED = ("keras", "tensorflow", "ray.tune", "cnnsearch.training.programs.initial_state", "cnnsearch.training.trial")


_NEEDED_FOR_STAGES = ("cnnsearch.sweep.stages.stages",)


def preload_settings(resources: Resources) -> dict[str, str]:
    """Environment for a Ray that is about to be started on this machine; empty where preloading would not help.

    Ray starts an idle process for each CPU: they are all used only where a trial takes one CPU, and no GPU.
    """
    cpus = os.cpu_count() or 1
    if resources.kinds != ((Demand(),),) or (resources.max_concurrent or cpus) < cpus:
        return {}
    return {"RAY_preload_python_modules": __name__, "CNNSEARCH_PRELOAD": "yes"}


def _import_all(names: tuple[str, ...]) -> None:
    for name in names:
        importlib.import_module(name)


if os.environ.get("CNNSEARCH_PRELOAD") == "yes":
    pin_hardware(cpus=1, gpus=0)
    choose_backend()
    threading.Thread(target=_import_all, args=(_NEEDED,), name="preload", daemon=True).start()
elif os.environ.get("CNNSEARCH_PRELOAD") == "no":
    threading.Thread(target=_import_all, args=(_NEEDED_FOR_STAGES,), name="preload", daemon=True).start()
