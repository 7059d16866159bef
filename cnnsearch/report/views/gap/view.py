"""Training against validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
            f"The best trial's training accuracy is {100 * info.best.gap:+.1f} points from its validation accuracy; "
            f"the median over {info.total:,} trials is {100 * info.median:+.1f}."
        )
    weakened = ", and with dropout or augmentation it is that of a weakened network or of harder pictures"
    notes.append(
        "Training accuracy is a mean over the epoch, while the weights still changed"
        + (weakened if info.regularised else "")
        + ": a gap somewhat below 0 is no mistake."
    )
    if len(info.points) < info.total:
        notes.append(f"Drawn are {len(info.points):,} of {info.total:,} trials: the best, and an even sample.")
    return tuple(notes)


VIEW: View[Study, GapInfo] = View(
    name="gap",
    title="Training against validation",
    lead=lambda _: (
        "Do the models overfit? A point below the dotted line knows its training pictures better than new ones; a "
        "validation loss that rises while the training loss falls says the same of the best trial, epoch by epoch."
    ),
    info=gap_info,
    drawings=(
        Drawing("training_gap", "validation accuracy against training accuracy", gap_figure),
        Drawing("training_and_validation_loss", "losses of the best trial", both_curves_figure),
    ),
    notes=_notes,
    missing=lambda info: None if info.points else "no trial has both accuracies",
)
