"""The table of trials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.trials.info import TrialsInfo, trials_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, TrialsInfo] = View(
    name="trials",
    title="Trials",
    lead=lambda _: (
        "What did each trial do? One row each, sorted by the heading that is clicked; a dash stands for a parameter "
        "that is not active or a number that is not there. A setting that is the best trial's too is faint: what "
        "stands out was done differently. Rows that are ticked are selected in every figure, and what is clicked in a "
        "figure is ticked here."
    ),
    info=trials_info,
    template=Path(__file__).with_name("template.html.jinja"),
)
