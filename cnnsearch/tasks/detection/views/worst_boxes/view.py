"""The pictures with the most wrong boxes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.detection.views.worst_boxes.info import WorstBoxesInfo, worst_boxes_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: WorstBoxesInfo) -> str:
    question = "Would a person draw these boxes as they are, or is the model right?"
    if not info.pictures:
        return question
    return (
        f"{question} These are the {len(info.pictures)} validation pictures with the most wrong boxes of trial "
        f"{info.trial}, the worst first. What is there and was missed is dashed; colours tell what is wrong with the "
        "others. Boxes of low scores are left out: at the score from which the most is right."
    )


VIEW: View[Study, WorstBoxesInfo] = View(
    name="worst_boxes",
    title="Worst boxes",
    lead=_lead,
    info=worst_boxes_info,
    template=Path(__file__).with_name("template.html.jinja"),
    missing=lambda info: info.missing,
)
