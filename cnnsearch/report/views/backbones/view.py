"""Backbones of a transfer sweep side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.backbones.info import BackbonesInfo, backbones_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, BackbonesInfo] = View(
    name="backbones",
    title="Backbones",
    lead=lambda _: (
        "Which backbone is worth its size? Each row is the best trial of one backbone, the best first; two whose "
        "intervals overlap widely may well be equally good, and then the smaller or faster one is the better choice. "
        "Training time is that of the one trial, with one pass of all pictures through the frozen layers."
    ),
    info=backbones_info,
    template=Path(__file__).with_name("template.html.jinja"),
    absent=lambda info: not info.rows,
)
