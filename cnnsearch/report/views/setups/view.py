"""In what several experiments differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.setups.info import SetupsInfo, setups_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Sequence[Study], SetupsInfo] = View(
    name="setups",
    title="Spaces and settings that differ",
    lead=lambda _: (
        "What was set up differently, and may explain the difference? Each row is a key of the experiment files whose "
        "values differ; all other keys are the same in all studies. – is not set."
    ),
    info=setups_info,
    template=Path(__file__).with_name("template.html.jinja"),
    missing=lambda info: None if info.rows else "the experiments are the same but for their names",
)
