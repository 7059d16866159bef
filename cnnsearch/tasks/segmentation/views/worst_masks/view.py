"""The masks that were told worst."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.segmentation.views.worst_masks.info import WorstMasksInfo, worst_masks_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: WorstMasksInfo) -> str:
    question = "Would a person draw these masks as they are, or is the model right?"
    if not info.pictures:
        return question
    return (
        f"{question} These are the {len(info.pictures)} validation pictures of the lowest mean IoU of trial "
        f"{info.trial}, the worst first: with the true mask, the one that was predicted, and in red the pixels in "
        "which the two differ. The first class is left clear; grey is void."
    )


VIEW: View[Study, WorstMasksInfo] = View(
    name="worst_masks",
    title="Worst masks",
    lead=_lead,
    info=worst_masks_info,
    template=Path(__file__).with_name("template.html.jinja"),
    missing=lambda info: info.missing,
)
