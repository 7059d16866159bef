"""Optuna from inside: whatever of it is not documented is touched here, and nowhere else.

``tests/search/samplers/test_optuna_private.py`` looks at every part in the installed version, and tells what of ours
needs it;
``pyproject.toml`` bounds the versions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution

__all__ = ["Categories", "forget_inactive", "lock_of", "put", "replace", "suggest"]

_DRAWN = "tpe:relative_params:0"
"""Where Optuna's TPE keeps what it drew for a trial."""


def suggest(trial: optuna.Trial, name: str, distribution: BaseDistribution) -> Any:
    """What a trial's sampler proposes for one parameter; the documented calls make a distribution anew each time."""
    return trial._suggest(name, distribution)


def put(trial: optuna.Trial, name: str, value: Any, distribution: BaseDistribution) -> None:
    """Give a running trial a value of a parameter that nobody asked its sampler for."""
    trial._fixed_params[name] = value
    trial._suggest(name, distribution)


def replace(trial: optuna.Trial, name: str, value: Any, distribution: BaseDistribution) -> None:
    """Give a running trial another value than its sampler proposed."""
    trial.storage.set_trial_param(trial._trial_id, name, distribution.to_internal_repr(value), distribution)


def forget_inactive(trial: optuna.Trial) -> None:
    """Let Optuna count of a running trial what it was asked for only.

    It would also count what it drew for inactive parameters, which no record tells.
    """
    trial.storage.set_trial_system_attr(trial._trial_id, _DRAWN, "")


def lock_of(journal: Path) -> Path:
    """The file that stands beside a journal while somebody appends to it; who is killed meanwhile leaves it."""
    return journal.with_name(f"{journal.name}.lock")


class Categories(CategoricalDistribution):
    """Optuna's, which is compared and copied some ten times a proposal: its own looks at every category each time."""

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, CategoricalDistribution):
            return NotImplemented
        return self.choices is other.choices or bool(self.choices == other.choices)

    __hash__ = CategoricalDistribution.__hash__

    def __deepcopy__(self, _: Any) -> Categories:
        return self  # nobody changes one


Categories.__name__ = CategoricalDistribution.__name__  # by which Optuna's journal finds the class
