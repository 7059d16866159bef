"""What is wrong with the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.checks.info import ChecksInfo, checks_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, ChecksInfo] = View(
    name="checks",
    title="Checks of the data",
    lead=lambda _: (
        "Is there something wrong with the pictures? This is what was found before the first trial; at most eight "
        "examples each. What is done about it is said under checks in the experiment file."
    ),
    info=checks_info,
    template=Path(__file__).with_name("template.html.jinja"),
    absent=lambda info: not info.found,
)
