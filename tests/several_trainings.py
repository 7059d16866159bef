"""What is asked of a trial of several trainings, whatever is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.lockstep.lockstep import Lockstep
from cnnsearch.training.result import EpochResult

__all__ = ["check_that_it_goes_on", "finished"]


def finished(made: Any) -> Any:
    """The same, trained to its end."""
    while made.end_reason is None:
        made.run_epoch()
    return made


def check_that_it_goes_on(whole: Lockstep, begun: Callable[[Checkpoint | None], Lockstep], after: int) -> None:
    """From its checkpoint to the same bits.

    Args:
        whole: a trial that has come to its end.
        begun: the same one, from its beginning or from a checkpoint.
        after: epochs, of which the checkpoint is.
    """
    first = begun(None)
    for _ in range(after):
        first.run_epoch()
    content = first.checkpoint().to_bytes()
    first.run_epoch()
    again = begun(Checkpoint.from_bytes(content))
    assert len(again.epochs) == after
    finished(again)
    assert _told(again.epochs) == _told(whole.epochs)
    left, right = again.result(), whole.result()
    for name in ("value", "runs", "folds", "model_seed", "metrics"):
        assert getattr(left, name) == getattr(right, name), name
    np.testing.assert_array_equal(left.predictions.probabilities, right.predictions.probabilities)


def _told(epochs: Sequence[EpochResult]) -> list[tuple[dict[str, float], tuple[float, ...], tuple[float, ...]]]:
    return [(dict(epoch.values), epoch.runs, epoch.folds) for epoch in epochs]
