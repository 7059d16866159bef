"""What compressing the best model for a device costs and gains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.compressed.figure import compressed_by_bytes, compressed_by_latency
from cnnsearch.report.views.compressed.info import CompressedInfo, compressed_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: CompressedInfo) -> tuple[str, ...]:
    return (*(f"{sentence}." for sentence in (*info.sentences, *info.failures)), *info.cautions)


def _lead(info: CompressedInfo) -> str:
    if not info.rows:
        return (
            "What does the model lose when it is made smaller or faster for a device? It could not be made so in any "
            "of the ways that were asked for."
        )
    runtimes = " or ".join(dict.fromkeys(row.runtime for row in info.rows))
    return (
        "What does the model lose when it is made smaller or faster for a device? Each file was run by "
        f"{runtimes} on all {info.pictures} validation pictures, one at a time, on {info.machine}. The lines join "
        "those that no other one beats in both; bars are 95% intervals, which are wider than what two models differ "
        "by, as they see the same pictures: the sentences go by that. "
        "Points that stand close together tell their names where they are pointed at."
        f"{' A star is what was chosen.' if info.chosen_names else ''}"
    )


VIEW: View[Study, CompressedInfo] = View(
    name="compressed",
    title="Compressed",
    lead=_lead,
    info=compressed_info,
    drawings=(
        Drawing("compressed_by_bytes", "metric of the compressed models by bytes", compressed_by_bytes),
        Drawing("compressed_by_latency", "metric of the compressed models by latency", compressed_by_latency),
    ),
    template=Path(__file__).with_name("template.html.jinja"),
    notes=_notes,
    absent=lambda info: not info.rows and not info.failures,
)
