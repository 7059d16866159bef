"""cnnsearch: hyperparameter search for convolutional networks and transfer learning, distributed by Ray.

>>> import cnnsearch
>>> experiment = cnnsearch.Experiment.from_yaml("search_spaces/digits_cnn.yaml")
>>> study = cnnsearch.run(experiment)  # doctest: +SKIP
>>> study.best.config  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnsearch.errors import CnnsearchError, InputError, SweepError, TrialError
    from cnnsearch.experiment import Experiment
    from cnnsearch.previews import preview
    from cnnsearch.report.comparing import Comparison, compare
    from cnnsearch.search.replay import replay
    from cnnsearch.space import Choice, Constant, Float, Int, Space
    from cnnsearch.study import Study
    from cnnsearch.study.control.asking import extend, queue, stop, stop_trial
    from cnnsearch.sweep.cluster.kept import shutdown
    from cnnsearch.sweep.compress import compress
    from cnnsearch.sweep.resumption import resume
    from cnnsearch.sweep.run import run
    from cnnsearch.sweep.split_file import split

__all__ = [
    "Choice",
    "CnnsearchError",
    "Comparison",
    "Constant",
    "Experiment",
    "Float",
    "InputError",
    "Int",
    "Space",
    "Study",
    "SweepError",
    "TrialError",
    "compare",
    "compress",
    "extend",
    "preview",
    "queue",
    "replay",
    "resume",
    "run",
    "shutdown",
    "split",
    "stop",
    "stop_trial",
]

__version__ = "0.1.0"

_HOMES = {
    "Choice": "cnnsearch.space",
    "CnnsearchError": "cnnsearch.errors",
    "Comparison": "cnnsearch.report.comparing",
    "Constant": "cnnsearch.space",
    "Experiment": "cnnsearch.experiment",
    "Float": "cnnsearch.space",
    "InputError": "cnnsearch.errors",
    "Int": "cnnsearch.space",
    "Space": "cnnsearch.space",
    "Study": "cnnsearch.study",
    "SweepError": "cnnsearch.errors",
    "TrialError": "cnnsearch.errors",
    "compare": "cnnsearch.report.comparing",
    "compress": "cnnsearch.sweep.compress",
    "extend": "cnnsearch.study.control.asking",
    "preview": "cnnsearch.previews",
    "queue": "cnnsearch.study.control.asking",
    "replay": "cnnsearch.search.replay",
    "resume": "cnnsearch.sweep.resumption",
    "run": "cnnsearch.sweep.run",
    "shutdown": "cnnsearch.sweep.cluster.kept",
    "split": "cnnsearch.sweep.split_file",
    "stop": "cnnsearch.study.control.asking",
    "stop_trial": "cnnsearch.study.control.asking",
}


def __getattr__(name: str) -> Any:
    # PEP 562: `cnnsearch --help` must not pay for Ray, and a space must not pay for pandas.
    if name not in _HOMES:
        raise AttributeError(f"module 'cnnsearch' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
