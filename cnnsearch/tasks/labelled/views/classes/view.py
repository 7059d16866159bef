"""How well the best trial knows each class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.numbers import significant
from cnnsearch.report.view import View
from cnnsearch.tasks.labelled.views.classes.info import ClassesInfo, classes_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: ClassesInfo) -> tuple[str, ...]:
    if info.missing or info.macro_f1 is None:
        return ()
    weakest = f"; the weakest class is {info.weakest}" if info.weakest else ""
    notes = [f"The mean F1 of the classes that have pictures is {significant(info.macro_f1)}{weakest}."]
    if info.imbalance is not None and info.imbalance >= 3:
        notes.append(
            f"The largest class has {info.imbalance:.3g} times as many validation pictures as the smallest: accuracy "
            "says little about small classes, F1 more."
        )
    left_out, last = len(info.rows) - len(info.shown), info.shown[-1].f1
    if left_out and last is not None:
        notes.append(
            f"Of {len(info.rows):,} classes the {len(info.shown)} of the lowest F1 are shown. The other "
            f"{left_out:,} reach at least {significant(last, 3)}, or have no pictures."
        )
    return tuple(notes)


VIEW: View[Study, ClassesInfo] = View(
    name="classes",
    title="Classes",
    lead=lambda _: (
        "Which classes does the best trial know well? Recall is the share of a class's validation pictures that "
        "it recognised, precision the share of what it took for the class that is of it, each with its 95% interval "
        "(Wilson): of few pictures it is wide."
    ),
    info=classes_info,
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: info.missing,
)
