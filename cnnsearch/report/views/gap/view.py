"""Training against validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.numbers import significant
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.gap.figure import both_curves_figure, gap_figure
from cnnsearch.report.views.gap.info import GapInfo, gap_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: GapInfo) -> tuple[str, ...]:
    notes = []
    if info.best is not None and info.median is not None:
        notes.append(
            f"The best trial's training {info.metric} is {_gap(info, info.best.gap)} its validation {info.metric}; "
            f"in the median over {info.total:,} trials it is {_gap(info, info.median)}."
        )
    weakened = ", and with dropout or augmentation it is that of a weakened network or of harder pictures"
    notes.append(
        f"Training {info.metric} is a mean over the epoch, while the weights still changed"
        + (weakened if info.regularised else "")
        + (", and with ema_momentum not yet averaged" if info.averaged else "")
        + f": a gap somewhat {'below' if info.is_share else 'above'} 0 is no mistake."
    )
    if info.unlike:
        notes.append(
            f"In training alone {', '.join(info.unlike)} may change what a picture counts in the loss: compare how the "
            "two losses change, not one with the other."
        )
    if info.is_share and "oversampling" in info.unlike:
        notes.append(f"With oversampling the training {info.metric} is of what was drawn, rare classes more often.")
    if len(info.points) < info.total:
        notes.append(f"Drawn are {len(info.points):,} of {info.total:,} trials: the best, and an even sample.")
    return tuple(notes)


def _gap(info: GapInfo, gap: float) -> str:
    """By how much training is above validation, or below."""
    size = f"{100 * abs(gap):.1f} points" if info.is_share else significant(abs(gap), 2)
    return f"{size} {'above' if gap >= 0 else 'below'}"


VIEW: View[Study, GapInfo] = View(
    name="gap",
    title="Training against validation",
    lead=lambda info: (
        f"Do the models overfit? A point {'below' if info.is_share else 'above'} the dotted line knows its training "
        "pictures better than new ones; a "
        "validation loss that rises while the training loss falls says the same of the best trial, epoch by epoch."
    ),
    info=gap_info,
    drawings=(
        Drawing("training_gap", lambda info: f"validation {info.metric} against training {info.metric}", gap_figure),
        Drawing("training_and_validation_loss", "losses of the best trial", both_curves_figure),
    ),
    notes=_notes,
    missing=lambda info: None if info.points else f"no trial has its {info.metric} both in training and in validation",
)
