"""Pairs of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.pairs.figure import pairs_figure, pairs_width
from cnnsearch.report.views.pairs.info import PairsInfo, pairs_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: PairsInfo) -> tuple[str, ...]:
    if not info.pairs:
        return ()
    which = "those of which one at least matters beyond chance" if info.beyond_chance else "all"
    return (
        f"Pairs of the most important parameters, {', '.join(info.parameters)}: {which}. Only recorded trials count, "
        "the stopped ones with the value that they had reached; a cell of few trials says little, and its number is in "
        "its tooltip. A few cells far from all others have the colour of the next one.",
    )


VIEW: View[Study, PairsInfo] = View(
    name="pairs",
    title="Pairs of parameters",
    lead=lambda info: (
        "Which combinations of two parameters do well? Each cell is the median "
        f"{info.metric} of the trials with these values: the stronger its colour, the better; where no trial was, it "
        "stays empty."
    ),
    info=pairs_info,
    drawings=(Drawing("pairs", "pairs of parameters", pairs_figure, pairs_width),),
    notes=_notes,
    missing=lambda info: info.missing,
    quiet=lambda info: None if info.beyond_chance else "No parameter matters beyond chance, and so no pair of them.",
)
