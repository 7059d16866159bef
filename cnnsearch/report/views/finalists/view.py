"""The finalists on fresh seeds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.finalists import LEVEL, FinalistsInfo, finalists_info
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.finalists.figure import finalists_figure

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: FinalistsInfo) -> tuple[str, ...]:
    if info.missing or info.winner is None:
        return ()
    if info.several:
        return (
            f"The winner is chosen by the means of all objectives, see the front. Here are those of {info.metric} "
            "alone, in which others may be better: nobody is called tied or worse by one of several objectives.",
        )
    if info.folds:
        method = (
            f"Paired by fold, all {info.compared} times {info.folds}: the corrected resampled t test of Nadeau and "
            "Bengio (2003), as the trainings of folds share most of their pictures. What folds cannot say: how much a "
            "value would vary from one data set to another, as no estimate of it is without bias (Bengio and "
            "Grandvalet 2004)."
        )
    elif info.pictures:
        method = (
            f"Paired by seed and by {_by(info)}: the test of Dorfman, Berbaum and Metz (1992) with the degrees of "
            f"freedom of Hillis (2007) tells whether a gap would hold for other seeds and {_units(info)}."
        )
        share = info.from_pictures
        if share is not None:
            more = "more seeds" if share < 0.5 else f"more validation {_units(info)}"
            method += f" Of the uncertainty of the smallest gap {share:.0%} is the {_units(info)}': {more} would help."
    else:
        method = (
            "Paired by seed alone, by the t test, so other pictures are left out: predictions of all runs are not "
            "there, or all pictures are of one group."
        )
    return (
        *_alike(info),
        f"{method} The truly best of these trials is among the winner and its ties in {1 - LEVEL:.0%} of such studies, "
        "although the winner was chosen by the same numbers (one-sided tests, Bonferroni's correction; Gupta 1965).",
    )


def _alike(info: FinalistsInfo) -> tuple[str, ...]:
    """Which differences have no spread."""
    rows = [row for row in info.rows if row.gap and row.gap_low is None]
    if not rows:
        return ()
    of = f"trial{'s' if len(rows) > 1 else ''} {', '.join(str(row.trial) for row in rows)}"
    each = "fold" if info.folds else "seed"
    return (
        f"The difference to {of} is the same on each {each}. That tells no spread, so there is no interval, and "
        f"{each}s that are alike count for less than so many.",
    )


def _by(info: FinalistsInfo) -> str:
    if info.groups:
        return f"group of pictures ({info.groups:,} groups of {info.pictures:,})"
    return f"picture ({info.pictures:,} of them)"


def _units(info: FinalistsInfo) -> str:
    return "groups" if info.groups else "pictures"


def _what(info: FinalistsInfo) -> str:
    return f"partitions of {info.folds}, each on fresh seeds" if info.folds else "seeds"


VIEW: View[Study, FinalistsInfo] = View(
    name="finalists",
    title="Finalists",
    lead=lambda info: (
        "Does the best trial stay the best when it is trained again? Each row is one of the best trials on the same "
        f"{info.seeds} fresh {_what(info)}; a diamond far to the good side of the bar is a value that it owed to "
        "chance."
    ),
    info=finalists_info,
    drawings=(Drawing("finalists", "finalists on fresh seeds", finalists_figure),),
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    absent=lambda info: info.missing is not None,
)
