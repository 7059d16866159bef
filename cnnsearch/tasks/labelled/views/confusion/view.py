"""Confusion matrix of the best trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.labelled.views.confusion.figure import confusion_figure, confusion_width
from cnnsearch.tasks.labelled.views.confusion.info import ConfusionInfo, confusion_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: ConfusionInfo) -> tuple[str, ...]:
    notes = []
    if info.threshold is not None:
        notes.append(f"A picture is taken for {info.classes[1]} from a probability of {info.threshold:.4g} on.")
    if info.left_out:
        notes.append(_left_out(info))
    return tuple(notes)


def _left_out(info: ConfusionInfo) -> str:
    return (
        f"Of {info.left_out + len(info.classes):,} classes the {len(info.classes)} of the largest mistakes are shown; "
        f"{info.left_out:,} are left out. A row is a share of all pictures of its class: what is missing to 100% was "
        "taken for classes that are left out."
    )


VIEW: View[Study, ConfusionInfo] = View(
    name="confusion",
    title="Confusion matrix",
    lead=lambda _: (
        "Which classes does the best trial take for which? A row is a true class, a column what it was taken for, on "
        "the validation pictures; colours are shares of the row, so that the diagonal is each class's recall."
    ),
    info=confusion_info,
    drawings=(Drawing("confusion_matrix", "confusion matrix", confusion_figure, confusion_width),),
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: info.missing,
    half=True,
)
