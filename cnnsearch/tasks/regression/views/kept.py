"""Predictions of a study's best trial that were kept, and some of their pictures to be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.task import best_kept
from cnnsearch.tasks.regression.predictions import NumberPredictions

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

__all__ = ["MOST_OUTPUTS", "MOST_POINTS", "drawn", "kept_of_best", "left_out"]

MOST_POINTS = 1000
"""Pictures that a figure shows."""

MOST_OUTPUTS = 12
"""Numbers of a picture that a figure shows, a panel each."""


def kept_of_best(study: Study) -> NumberPredictions | str:
    """Those of the model in ``best/`` on the validation split, or why there are none."""
    return best_kept(study, NumberPredictions)


def drawn(numbers: np.ndarray) -> np.ndarray:
    """Indices of at most :data:`MOST_POINTS` pictures, evenly over the order of their numbers ``(n,)``."""
    import numpy as np

    order = np.argsort(numbers, kind="stable")
    if len(order) <= MOST_POINTS:
        return order
    return np.asarray(order[np.linspace(0, len(order) - 1, MOST_POINTS).round().astype(int)])


def left_out(pictures: int, outputs: int) -> tuple[str, ...]:
    """What a figure of so many does not show, a sentence each."""
    notes = []
    if pictures > MOST_POINTS:
        notes.append(f"Of {pictures:,} pictures {MOST_POINTS:,} are drawn, evenly over their order.")
    if outputs > MOST_OUTPUTS:
        notes.append(f"Of {outputs:,} numbers a picture the first {MOST_OUTPUTS} are drawn.")
    return tuple(notes)
