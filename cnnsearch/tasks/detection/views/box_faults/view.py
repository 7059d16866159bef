"""What is wrong, by kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.detection.views.box_faults.info import BoxFaultsInfo, box_faults_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: BoxFaultsInfo) -> str:
    question = "Are boxes missed, badly placed, or of the wrong class?"
    if info.missing is not None:
        return question
    return (
        f"{question} Of {info.there:,} boxes {info.right:,} are found, with an overlap of at least 0.5, at a score of "
        f"{info.score:.2f} or more, where the F1 score is best. The kinds are those of TIDE (Bolya et al. 2020): badly "
        "placed is an overlap from 0.1 to 0.5. A box that is told wrongly is not counted as missed too."
    )


VIEW: View[Study, BoxFaultsInfo] = View(
    name="box_faults",
    title="What is wrong with boxes",
    lead=_lead,
    info=box_faults_info,
    template=Path(__file__).with_name("template.html.jinja"),
    missing=lambda info: info.missing,
)
