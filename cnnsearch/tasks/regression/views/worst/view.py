"""The pictures of the largest errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.regression.views.worst.info import WorstInfo, worst_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: WorstInfo) -> str:
    question = "Could a person tell these numbers from these pictures, or are the true ones wrong?"
    if not info.pictures:
        return question
    several = len(info.pictures[0].numbers) > 1
    measure = " (the mean over the numbers, each in units of its spread)" if several else ""
    return (
        f"{question} These are the {len(info.pictures)} validation pictures on which trial {info.trial} was farthest "
        f"from the truth{measure}, the worst first, as they were before preprocessing (at most 128 pixels)."
    )


VIEW: View[Study, WorstInfo] = View(
    name="worst",
    title="Largest errors",
    lead=_lead,
    info=worst_info,
    template=Path(__file__).with_name("template.html.jinja"),
    missing=lambda info: info.missing,
    half=True,
)
