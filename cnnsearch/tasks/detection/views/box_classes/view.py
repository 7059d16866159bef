"""Each class by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.detection.views.box_classes.info import BoxClassesInfo, box_classes_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: BoxClassesInfo) -> tuple[str, ...]:
    return (f"Found worst, by map: {info.weakest}.",) if info.weakest else ()


VIEW: View[Study, BoxClassesInfo] = View(
    name="box_classes",
    title="Each class",
    lead=lambda _: (
        "Which classes does the best trial find, and which not? By COCO's definitions, over all validation pictures "
        "together: map is the average precision over overlaps from 0.5 to 0.95, map50 that at an overlap of 0.5, and "
        "recall the share of the boxes that are found at all, over the same overlaps."
    ),
    info=box_classes_info,
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: info.missing,
)
