"""What must be known of the labels of a study before its verdict is trusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["FEW", "doubts"]

FEW = 10
"""Validation pictures of a label below which its numbers tell little."""

_SHOWN = 10


def doubts(study: Study) -> Iterator[str]:
    """Labels of few validation pictures."""
    pictures = study.environment.get("dataset", {}).get("labels", {}).get("validation", {})
    few = {name: number for name, number in pictures.items() if 0 < number < FEW}
    if few:
        shown = sorted(few.items(), key=lambda pair: pair[1])[:_SHOWN]
        told = ", ".join(f"'{name}' ({number})" for name, number in shown)
        more = f" and {len(few) - _SHOWN} more" if len(few) > _SHOWN else ""
        yield (
            f"Fewer than {FEW} validation pictures have the label{'s' if len(few) > 1 else ''} {told}{more}: their "
            "metrics tell little, and in the macro averages they count as much as any other."
        )
