"""Several studies side by side."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.summary import SummaryInfo, summary_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["ComparisonInfo", "comparison_info"]

_KINDS = {
    "nested": "means over outer folds",
    "finalists": "means over fresh seeds",
    "search": "the best of a search",
}
"""What the headline of a study is."""


@dataclass(frozen=True)
class ComparisonInfo:
    """The table on top of a report on several studies.

    Attributes:
        studies: their summaries, in the order given.
        doubts: why the values may not be comparable.
        answer: which has the best value, and whose intervals overlap with its own; empty where that cannot be told.
    """

    studies: tuple[SummaryInfo, ...]
    doubts: tuple[str, ...]
    answer: str = ""


def comparison_info(studies: Sequence[Study]) -> ComparisonInfo:
    doubts = []
    if len({study.experiment.objective.names for study in studies}) > 1:
        doubts.append("The studies have different objectives.")
    prints = {study.environment.get("dataset", {}).get("fingerprint") for study in studies}
    if len(prints) > 1 or None in prints:
        doubts.append("The studies did not all run on the same data (their fingerprints differ or are missing).")
    kinds = {study.headline.kind for study in studies if study.headline}
    if len(kinds) > 1:
        told = [words for kind, words in _KINDS.items() if kind in kinds]
        doubts.append(f"Some values are {', others are '.join(told)}: {_too_good(kinds)}.")
    summaries = tuple(summary_info(study) for study in studies)
    return ComparisonInfo(summaries, tuple(doubts), _answer(studies, summaries))


def _answer(studies: Sequence[Study], summaries: Sequence[SummaryInfo]) -> str:
    """Of studies with one and the same objective."""
    told = [(one.name, one.headline) for one in summaries if one.headline is not None]
    first_aim, *other_aims = [study.experiment.objective for study in studies]
    if len(told) < 2 or first_aim.beside or any(aim.names != first_aim.names for aim in other_aims):
        return ""
    sign = first_aim.sign
    (name, best), *others = sorted(told, key=lambda pair: -sign * pair[1].headline.value)
    first = f"{name} has the best value: {best.headline.said}{best.interval}."
    known = [(other, each.low, each.high) for other, each in others if each.low is not None and each.high is not None]
    if best.low is None or best.high is None or len(known) < len(others):
        return first
    alike = [other for other, low, high in known if low <= best.high and high >= best.low]
    if not alike:
        return f"{first} No other interval reaches into its own."
    return f"{first} Its interval overlaps with that of {', '.join(alike)}."


def _too_good(kinds: Set[str]) -> str:
    """Which of these differ from what is to be expected on new pictures."""
    if "search" in kinds:
        return "those of a search are too good"
    return "those over fresh seeds are of the pictures that chose the winner, and a little too good"
