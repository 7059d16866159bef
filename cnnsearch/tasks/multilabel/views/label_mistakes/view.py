"""The worst mistakes as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.multilabel.views.label_mistakes.info import LabelMistakesInfo, label_mistakes_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: LabelMistakesInfo) -> str:
    question = "Are the mistakes those that a person would make too, or are labels wrong?"
    if not info.mistakes:
        return question
    return (
        f"{question} These are {len(info.mistakes)} of the {info.wrong:,} validation pictures of which trial "
        f"{info.trial} told a wrong label or missed one, as they were before preprocessing (at most 128 pixels). First "
        "stands the one whose label is furthest from the truth by its probability."
    )


VIEW: View[Study, LabelMistakesInfo] = View(
    name="label_mistakes",
    title="Worst mistakes",
    lead=_lead,
    info=label_mistakes_info,
    template=Path(__file__).with_name("template.html.jinja"),
    missing=lambda info: info.missing,
    half=True,
)
