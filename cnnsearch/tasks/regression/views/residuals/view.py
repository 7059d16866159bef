"""Errors of the best trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.regression.views.kept import left_out
from cnnsearch.tasks.regression.views.residuals.figure import distribution_figure, panels_width, residuals_figure
from cnnsearch.tasks.regression.views.residuals.info import ResidualsInfo, residuals_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


VIEW: View[Study, ResidualsInfo] = View(
    name="residuals",
    title="Errors",
    lead=lambda _: (
        "Is anything left in the errors of the best trial that a model could learn? Above: each validation picture's "
        "error (predicted minus true) over what was predicted; a slope, a bend or a funnel is something left. Below: "
        "how many pictures have which error; the thick line is their mean, and 0 would be without bias."
    ),
    info=residuals_info,
    drawings=(
        Drawing("residuals", "errors by prediction", residuals_figure, panels_width),
        Drawing("residual_distribution", "distribution of errors", distribution_figure, panels_width),
    ),
    notes=lambda info: left_out(info.total, info.outputs),
    missing=lambda info: info.missing,
    template=Path(__file__).with_name("template.html.jinja"),
)
