"""Activations, which all families share."""

from __future__ import annotations

from cnnsearch.space.specs import ParameterSpec, choices

__all__ = ["activation"]

_ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "selu", "tanh")
"""As Keras names them."""


def activation(where: str) -> ParameterSpec:
    """The parameter ``activation`` of a family, which puts it ``where``."""
    return ParameterSpec(
        "activation", "choice", "relu", where, options=_ACTIVATIONS, sensible=choices("relu", "gelu", "silu")
    )
