"""The worst mistakes as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.labelled.views.mistakes.info import MistakesInfo, mistakes_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: MistakesInfo) -> str:
    question = "Are the mistakes those that a person would make too, or are labels wrong?"
    if not info.mistakes:
        return question
    before = "" if info.mistakes[0].text else ", as they were before preprocessing (at most 128 pixels)"
    told = " Red is where the network looked: what in its last map spoke for the wrong answer (Grad-CAM)."
    where = told if any(mistake.looked for mistake in info.mistakes) else ""
    if len(info.mistakes) == info.wrong:
        which = f"all validation pictures that trial {info.trial} took for another class"
    else:
        which = f"the {len(info.mistakes)} of {info.wrong:,} wrong validation pictures of which trial "
        which += f"{info.trial} was surest"
    return f"{question} These are {which}, the surest first{before}.{where}{_words(info)}"


def _words(info: MistakesInfo) -> str:
    if not any(mistake.words for mistake in info.mistakes):
        return ""
    return (
        " Marked is what the answer rests on: orange words speak for it, as without one it is less sure, and blue ones "
        "against it."
    )


VIEW: View[Study, MistakesInfo] = View(
    name="mistakes",
    title="Worst mistakes",
    lead=_lead,
    info=mistakes_info,
    template=Path(__file__).with_name("template.html.jinja"),
    missing=lambda info: info.missing,
    half=True,
)
