"""What filters of a network of texts look for, as n-grams."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.labelled.views.ngrams.info import NgramsInfo, ngrams_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: NgramsInfo) -> str:
    return (
        f"What do its filters look for? These are the {len(info.filters)} filters of trial {info.trial} that have most "
        "to do with its answers (gradient by activation), each with the n-grams of validation texts at which it is "
        "strongest (Jacovi et al. 2018). Names, numbers or leftovers among them are what it should not rest on."
    )


VIEW: View[Study, NgramsInfo] = View(
    name="ngrams",
    title="N-grams of filters",
    lead=_lead,
    info=ngrams_info,
    template=Path(__file__).with_name("template.html.jinja"),
    absent=lambda info: not info.filters,
)
