"""Configs that several studies have tried."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.numbers import significant
from cnnsearch.report.view import View
from cnnsearch.report.views.matched.info import MatchedInfo, matched_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _missing(info: MatchedInfo) -> str | None:
    if info.metric is None:
        return "the studies have different objectives"
    return None if info.total else "no config was tried by two studies"


def _notes(info: MatchedInfo) -> tuple[str, ...]:
    if _missing(info):
        return ()
    notes = [
        f"{name}: {_more(difference)} on average against {info.names[0]} over the configs that both tried."
        for name, difference in zip(info.names[1:], info.differences, strict=True)
        if difference is not None
    ]
    if len(info.rows) < info.total:
        notes.append(f"Shown are the best {len(info.rows)} of {info.total:,} configs.")
    return tuple(notes)


def _more(difference: float) -> str:
    return f"{'+' if difference > 0 else ''}{significant(difference, 2)}"


VIEW: View[Sequence[Study], MatchedInfo] = View(
    name="matched",
    title="Matched configs",
    lead=lambda _: (
        "Do the studies agree where they tried the same? Each row is a config, every default filled in, that at least "
        "two studies have tried, with its value in each; what differs there comes from data, seeds, epochs or hardware "
        "and not from the search."
    ),
    info=matched_info,
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=_missing,
)
