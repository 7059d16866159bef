"""The best trial against others on the same pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.labelled.views.paired.figure import difference_figure, difference_width
from cnnsearch.tasks.labelled.views.paired.info import PairedInfo, paired_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

CHANCE = 0.05
"""A larger p-value is taken for chance."""


def _notes(info: PairedInfo) -> tuple[str, ...]:
    if not info.rivals:
        return ()
    below = (
        f"Below the table: the confusion matrix of trial {info.first} minus that of trial {info.rivals[0].trial}, the "
        f"next one ({info.rivals[0].basis}). On the diagonal more is better, elsewhere less; the "
        "colour says which it is."
    )
    left_out = len(info.names) - len(info.rivals[0].members)
    many = f"It shows the classes in which the two differ most, and leaves out {left_out:,} of {len(info.names):,}."
    return (below, many) if left_out else (below,)


def _by(info: PairedInfo) -> str:
    return f" by the {info.groups:,} groups that they are of" if info.groups else ""


VIEW: View[Study, PairedInfo] = View(
    name="paired",
    title="Two trials compared",
    lead=lambda info: (
        "Where does the best trial differ from other good ones, and by more than chance? Each row is another trial on "
        f"the same {info.pictures:,} validation pictures, like with like: finalists on the same fresh seed, others as "
        f"they were trained in the search; p is McNemar's exact test{_by(info)}, and a large one says that these "
        "pictures cannot tell the two apart."
    ),
    info=paired_info,
    drawings=(
        Drawing("confusion_difference", "difference of two confusion matrices", difference_figure, difference_width),
    ),
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: info.missing,
    quiet=lambda info: (
        "No other trial differs by more than chance on these pictures."
        if all(rival.p_value > CHANCE for rival in info.rivals)
        else None
    ),
)
