"""Who searches: ours by the sampler and scheduler of an experiment file, and peers by their own code."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.search import ours
from benchmarks.search.peers.keras_tuner_oracle import KERAS_TUNER
from benchmarks.search.peers.optuna_study import OPTUNA
from benchmarks.search.peers.ray_tune import RAY_TUNE
from benchmarks.search.peers.syne_tune_scheduler import SYNE_TUNE
from benchmarks.search.work import Work

__all__ = ["BASELINE", "CONTESTANTS", "DEFAULT", "FORMER", "MAIN", "OTHERS", "PEERS", "TPE", "Contestant", "missing"]

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


_SLOW = {
    "Optuna TPE, SuccessiveHalvingPruner",
    "Optuna TPE, HyperbandPruner",
    "Ray Tune ASHA, OptunaSearch",
    "Ray Tune HyperBand, OptunaSearch",
    "Syne Tune BOHB",
}
_SLOWEST = {"Syne Tune CQR"}


@dataclass(frozen=True)
class Contestant:
    """A way to search.

    Attributes:
        run: lets it search a work with a seed.
        needs: module that it imports, and does not come with this project; imported before its time is taken.
        package: of that module, as pip knows it.
        slowness: 1: its own work takes seconds a search, 2: a minute; so it comes later, and on fewer seeds.
    """

    run: Callable[[Work, int], None]
    needs: str | None = None
    package: str | None = None
    slowness: int = 0

    @property
    def is_installed(self) -> bool:
        return self.needs is None or importlib.util.find_spec(self.needs) is not None

    def prepare(self) -> None:
        """Import what it needs."""
        if self.needs is not None:
            importlib.import_module(self.needs)


def _ours(sampler: dict[str, object], scheduler: dict[str, object], slowness: int = 0) -> Contestant:
    return Contestant(functools.partial(ours.run, sampler=sampler, scheduler=scheduler), slowness=slowness)


def _theirs(
    runs: Mapping[str, Callable[[Work, int], None]], needs: str, package: str
) -> Iterator[tuple[str, Contestant]]:
    return (
        (name, Contestant(run, needs, package, (name in _SLOW) + 2 * (name in _SLOWEST))) for name, run in runs.items()
    )


_MAIN: dict[str, Contestant] = {
    "random": _ours({"name": "random"}, {"name": "none"}),
    BASELINE: _ours({"name": "random"}, _TODAY),
    FORMER: _ours(_FORMER, _EARLY, slowness=1),
    DEFAULT: _ours({"name": "auto"}, _TODAY),
}
_OTHERS: dict[str, Contestant] = {
    TPE: _ours({"name": "tpe"}, _TODAY, slowness=1),
    "qmc + asha": _ours({"name": "qmc"}, _TODAY),
    "auto + hyperband": _ours({"name": "auto"}, {"name": "hyperband"}),
    "auto + pasha": _ours({"name": "auto"}, {"name": "pasha"}),
}
_PEERS: dict[str, Contestant] = dict(
    [
        *_theirs(OPTUNA, "optuna", "optuna"),
        *_theirs(RAY_TUNE, "ray.tune", "ray[tune]"),
        *_theirs(SYNE_TUNE, "syne_tune", "syne-tune"),
        *_theirs(KERAS_TUNER, "keras_tuner", "keras-tuner"),
    ]
)

CONTESTANTS = {**_MAIN, **_OTHERS, **_PEERS}
MAIN, OTHERS, PEERS = tuple(_MAIN), tuple(_OTHERS), tuple(_PEERS)
"""Ours by default and what it is measured by, our other samplers and schedulers, and the code of others."""


def missing() -> dict[str, str]:
    """Peers that cannot run here, each with the package that it needs."""
    return {name: one.package or "" for name, one in CONTESTANTS.items() if not one.is_installed}
