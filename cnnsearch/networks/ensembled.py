"""What tells an ensemble, one model that is the mean of several, from a network."""

from __future__ import annotations

from typing import Any

__all__ = ["ENSEMBLE", "MEMBER", "is_ensemble"]

ENSEMBLE, MEMBER = "ensemble", "member_{}"
"""Names of the layer with which such a model ends, and of the networks before it, counted from 0."""


def is_ensemble(model: Any) -> bool:
    """Whether a Keras model is one that this project made."""
    names = [layer.name for layer in model.layers]
    return names[-1:] == [ENSEMBLE] and MEMBER.format(0) in names
