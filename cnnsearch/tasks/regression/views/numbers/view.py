"""Each of several numbers by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.regression.views.numbers.info import NumbersInfo, numbers_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: NumbersInfo) -> tuple[str, ...]:
    return (f"The least of the variance is explained of {info.weakest}.",) if info.weakest else ()


VIEW: View[Study, NumbersInfo] = View(
    name="numbers",
    title="Each number",
    lead=lambda _: (
        "Which of the numbers does the best trial tell well, and which not? On the validation pictures, each in its "
        "own unit. Whoever tells the mean of all pictures for each has the spread as RMSE, and an R2 of 0."
    ),
    info=numbers_info,
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    missing=lambda info: info.missing,
    absent=lambda info: len(info.rows) == 1,
)
