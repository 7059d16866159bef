"""The best trial as plain Keras code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.code.info import CodeInfo, code_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, CodeInfo] = View(
    name="code",
    title="As Keras code",
    lead=lambda _: (
        "How is the best trial built and trained without cnnsearch? This script needs Keras and NumPy only and reads "
        "arrays; what it cannot express stands in its head. Any other trial: cnnsearch show STUDY --code TRIAL, or "
        "study.code(trial)."
    ),
    info=code_info,
    template=Path(__file__).with_name("template.html.jinja"),
    missing=lambda info: None if info.text else "no trial has a value",
)
