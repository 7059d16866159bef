"""What the study ran on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import View
from cnnsearch.report.views.provenance.info import ProvenanceInfo, provenance_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

VIEW: View[Study, ProvenanceInfo] = View(
    name="provenance",
    title="Provenance",
    lead=lambda _: "On what did this run, and how can it be run again? Equal fingerprints mean equal data and splits.",
    info=provenance_info,
    template=Path(__file__).with_name("template.html.jinja"),
)
