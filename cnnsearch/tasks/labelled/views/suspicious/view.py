"""Suspicious labels as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.tasks.labelled.views.suspicious.info import SuspiciousInfo, suspicious_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _lead(info: SuspiciousInfo) -> str:
    return (
        f"Which labels should be looked at? {info.count:,} validation pictures look like another class by confident "
        f"learning (Northcutt et al. 2021) on what trial {info.trial} says of them; {len(info.pictures)} are "
        "shown, the surest first. A model that errs often finds many good labels suspicious. None was left out."
    )


VIEW: View[Study, SuspiciousInfo] = View(
    name="suspicious",
    title="Suspicious labels",
    lead=_lead,
    info=suspicious_info,
    template=Path(__file__).with_name("template.html.jinja"),
    absent=lambda info: not info.pictures,
)
