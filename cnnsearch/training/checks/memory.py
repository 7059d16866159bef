"""Whether the weights of a network, and what training adds to them, fit into memory: asked before any is taken."""

from __future__ import annotations

from cnnsearch.errors import TrialError
from cnnsearch.inputs.pictures.memory import free_bytes

__all__ = ["check_memory", "check_set_aside"]


_FROZEN = 4
"""Bytes of a weight that is not trained."""


def check_memory(parameters: int, bytes_each: int, frozen: int = 0) -> None:
    """Whether a training fits.

    Args:
        parameters: weights of the network.
        bytes_each: of one that is trained, as :func:`~cnnsearch.networks.sizes.bytes_a_parameter` counts them.
        frozen: of the weights, those that are not.

    Raises:
        TrialError: it does not.
    """
    needed = (parameters - frozen) * bytes_each + frozen * _FROZEN
    free = free_bytes()
    if needed > free:
        raise TrialError(
            f"out of memory before training: {parameters:,} parameters{_of_which(frozen)} need about "
            f"{needed / 2**30:.1f} GB, "
            f"{free / 2**30:.1f} GB are free"
        )


def _of_which(frozen: int) -> str:
    return f", of which {frozen:,} are frozen," if frozen else ""


def check_set_aside(needed: int, what: str) -> None:
    """Whether the variables of several trainings fit, of which one is at work.

    Args:
        needed: bytes.
        what: whose these are.

    Raises:
        TrialError: they do not.
    """
    free = free_bytes()
    if needed > free:
        raise TrialError(
            f"out of memory before training: weights and optimizer of {what} need {needed / 2**30:.1f} GB beside those "
            f"at work, {free / 2**30:.1f} GB are free"
        )
