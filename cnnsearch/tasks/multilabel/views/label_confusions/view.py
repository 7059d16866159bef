"""Labels that are missed, and those that are told of in their place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.multilabel.views.label_confusions.figure import label_confusions_figure, label_confusions_width
from cnnsearch.tasks.multilabel.views.label_confusions.info import ConfusionsInfo, confusions_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: ConfusionsInfo) -> tuple[str, ...]:
    if not info.left_out:
        return ()
    return (
        f"Of {info.left_out + len(info.labels):,} labels the {len(info.labels)} of the most mistakes are shown; "
        f"{info.left_out:,} are left out.",
    )


VIEW: View[Study, ConfusionsInfo] = View(
    name="label_confusions",
    title="Labels mistaken for each other",
    lead=lambda _: (
        "Does the best trial miss a label, tell of one that is not there, or both at once? A row is a label that is "
        "there and was missed, a column one that was told of and is not there, on the validation pictures. A picture "
        "with several mistakes counts in several cells."
    ),
    info=confusions_info,
    drawings=(
        Drawing(
            "label_confusions",
            "missed labels and those told of instead",
            label_confusions_figure,
            label_confusions_width,
        ),
    ),
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: info.missing,
    half=True,
)
