"""What a user's function finds in its config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.errors import TrialError, nearest
from cnnsearch.families.spec import SHARED

__all__ = ["OwnConfig"]

_OF_TRAINING = frozenset(
    (
        *("learning_rate", "learning_rate_schedule", "warmup_epochs", "decay_epochs", "decay_factor", "decay_power"),
        "momentum",
    )
)
"""Shared parameters that no network is built from: one program serves trials that differ in them."""


class _MissingError(TrialError, KeyError):
    __str__ = Exception.__str__  # not the quotes of a KeyError


class OwnConfig(dict[str, Any]):
    """The family's own parameters, and those that all families share, but for the ones that only training reads.

    Asked for any other name it says what is wrong, also where :meth:`get` would give a default in silence.

    Args:
        family: for errors.
        config: of the trial.
    """

    def __init__(self, family: str, config: Mapping[str, Any]) -> None:
        super().__init__({name: value for name, value in config.items() if name not in _OF_TRAINING})
        self._family = family

    def __missing__(self, name: str) -> Any:
        if name in SHARED:
            raise _MissingError(
                f"{self._family} reads '{name}', which belongs to the training and not to the network: cnnsearch sets "
                "it in each trial. Do not compile the model, and let the space alone say what it is"
            )
        raise _MissingError(f"{self._family} reads '{name}', which the space does not name; {nearest(name, self)}")

    def get(self, name: str, default: Any = None) -> Any:
        """As of a dict, but for what training reads, which is no matter of a default."""
        return self[name] if name in self or name in SHARED else default
