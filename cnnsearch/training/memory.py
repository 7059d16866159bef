"""Whether the weights of a network, and what training adds to them, fit into memory: asked before any is taken."""

from __future__ import annotations

from cnnsearch.errors import TrialError
from cnnsearch.inputs.pictures.memory import free_bytes

__all__ = ["check_memory"]

_BYTES_A_PARAMETER = 20  # float32: the weight, its gradient, two optimizer slots, the copy of the best epoch


def check_memory(parameters: int) -> None:
    """Raises:
    TrialError: so many do not fit.
    """
    needed = parameters * _BYTES_A_PARAMETER
    free = free_bytes()
    if needed > free:
        raise TrialError(
            f"out of memory before training: {parameters:,} parameters need about {needed / 2**30:.1f} GB, "
            f"{free / 2**30:.1f} GB are free"
        )
