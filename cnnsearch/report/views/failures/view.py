"""Failed trials by cause."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.failures.info import FailuresInfo, failures_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, FailuresInfo] = View(
    name="failures",
    title="Failures",
    lead=lambda info: (
        f"Why did {info.failed:,} of {info.ended:,} ended trials fail, and what do they have in common? Failures whose "
        "reasons differ in numbers and names only are one row; settings in common are those that all of at least "
        "three failures have and at most half of the other trials."
    ),
    info=failures_info,
    template=Path(__file__).with_name("template.html.jinja"),
    absent=lambda info: not info.groups,
)
