"""Who searches: ours by the sampler and scheduler of an experiment file, and peers by their own code."""

from __future__ import annotations

import functools
from collections.abc import Callable

from benchmarks.search import optuna_study, ours
from benchmarks.search.work import Work

__all__ = ["BASELINE", "CONTESTANTS", "DEFAULT", "FORMER", "MAIN", "MODELS", "PEERS", "TPE"]

Contestant = Callable[[Work, int], None]

_EARLY = {"name": "asha", "grace_epochs": 2, "reduction": 3}
_TODAY = {"name": "asha", "reduction": 3}
_FORMER = {"name": "tpe", "multivariate": True}

DEFAULT = "auto + asha"
"""What an experiment does that names neither."""
BASELINE = "random + asha"
FORMER = "former default"
"""Optuna 5's multivariate TPE, and ASHA from two epochs."""


TPE = "tpe + asha"
"""Optuna's TPE without ``multivariate``."""


def _ours(sampler: dict[str, object], scheduler: dict[str, object]) -> Contestant:
    return functools.partial(ours.run, sampler=sampler, scheduler=scheduler)


CONTESTANTS: dict[str, Contestant] = {
    "random": _ours({"name": "random"}, {"name": "none"}),
    BASELINE: _ours({"name": "random"}, _TODAY),
    FORMER: _ours(_FORMER, _EARLY),
    DEFAULT: _ours({"name": "auto"}, _TODAY),
    TPE: _ours({"name": "tpe"}, _TODAY),
    **{f"Optuna TPE, {name}": functools.partial(optuna_study.run, pruner=name) for name in optuna_study.PRUNERS},
}

MAIN = ("random", BASELINE, FORMER, DEFAULT)
"""With every number of workers, on all data sets."""
MODELS = (DEFAULT, TPE, BASELINE)
"""Between which :data:`DEFAULT` chooses: compared on the data sets on which defaults are chosen."""
PEERS = tuple(name for name in CONTESTANTS if name not in MAIN)
"""With four workers, on the data sets that were held out: they cost several times as much."""
