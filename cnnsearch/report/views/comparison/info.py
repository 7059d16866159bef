"""Several studies side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.summary import SummaryInfo, summary_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["ComparisonInfo", "comparison_info"]


@dataclass(frozen=True)
class ComparisonInfo:
    """The table on top of a report on several studies.

    Attributes:
        studies: their summaries, in the order given.
        doubts: why the values may not be comparable.
    """

    studies: tuple[SummaryInfo, ...]
    doubts: tuple[str, ...]


def comparison_info(studies: Sequence[Study]) -> ComparisonInfo:
    doubts = []
    if len({study.experiment.objective.names for study in studies}) > 1:
        doubts.append("The studies have different objectives.")
    prints = {study.environment.get("dataset", {}).get("fingerprint") for study in studies}
    if len(prints) > 1 or None in prints:
        doubts.append("The studies did not all run on the same data (their fingerprints differ or are missing).")
    if len({study.headline.kind for study in studies if study.headline}) > 1:
        doubts.append(
            "Some values are means over fresh seeds, others are the best of a search: those of a search are too good."
        )
    return ComparisonInfo(tuple(summary_info(study) for study in studies), tuple(doubts))
