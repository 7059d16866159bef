"""How well the best trial knows each label."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.numbers import score
from cnnsearch.report.view import View
from cnnsearch.tasks.multilabel.views.labels.info import LabelsInfo, labels_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

_SEARCHED = (
    "Each threshold is the one by which the label's F1 is highest on these same pictures: on other pictures precision, "
    "recall and F1 are likely lower, most of all of labels that few pictures have. Average precision needs none."
)


def _notes(info: LabelsInfo) -> tuple[str, ...]:
    if info.missing or info.macro_f1 is None:
        return ()
    weakest = f"; the weakest label is {info.weakest}" if info.weakest else ""
    notes = [f"The mean F1 of the labels is {score(info.macro_f1, info.pictures)}{weakest}."]
    if info.searched:
        notes.append(_SEARCHED)
    if info.undefined:
        notes.append(
            f"No validation picture has {', '.join(info.undefined)}: what is not defined is left blank, and no mean "
            "counts it."
        )
    left_out = info.labels - len(info.rows)
    if left_out:
        notes.append(f"Of {info.labels:,} labels the {len(info.rows)} of the lowest F1 are shown.")
    return tuple(notes)


VIEW: View[Study, LabelsInfo] = View(
    name="labels",
    title="Labels",
    lead=lambda _: (
        "Which labels does the best trial know well? A label is told from its threshold on. Recall is the share of the "
        "validation pictures with a label that were told to have it, precision the share of those told to have it that "
        "do, each with its 95% interval (Wilson); those of F1 and of average precision are of the bootstrap."
    ),
    info=labels_info,
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: info.missing,
)
