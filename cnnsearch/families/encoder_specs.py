"""Parameters of blocks of attention, as every family of them has them; the layers are ``networks/encoder.py``."""

from __future__ import annotations

from cnnsearch.space.specs import ParameterSpec, choices

__all__ = ["BRANCHES"]

BRANCHES = (
    ParameterSpec(
        "heads",
        "int",
        4,
        "heads of each attention, of width / heads numbers each",
        low=1,
        high=64,
        sensible=choices(2, 4),
    ),
    ParameterSpec(
        "mlp_ratio",
        "float",
        2.0,
        "units of the hidden dense layer of a block over the width",
        low=0.1,
        high=16.0,
        sensible=choices(1.0, 2.0, 4.0),
    ),
)
"""Of the two branches of a block: its attention, and the dense layers behind it."""
