"""Each class by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.segmentation.contours import TOLERANCE
from cnnsearch.tasks.segmentation.views.mask_classes.info import MaskClassesInfo, mask_classes_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: MaskClassesInfo) -> tuple[str, ...]:
    return (f"Found worst, by IoU: {info.weakest}.",) if info.weakest else ()


VIEW: View[Study, MaskClassesInfo] = View(
    name="mask_classes",
    title="Each class",
    lead=lambda _: (
        "Which classes does the best trial find, and which not? Over the pixels of all validation pictures together. "
        "IoU is the overlap of what is there and what was told, over both; Dice weighs the overlap twice. Low recall "
        "is too little, low precision too much. Boundary F1 is of the pixels along boundaries, right within "
        f"{TOLERANCE:.2%} of a picture's diagonal (at least one pixel); Hausdorff 95 is the distance in pixels within "
        "which 95% of a boundary lie from the other one. Both are means over pictures."
    ),
    info=mask_classes_info,
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: info.missing,
)
