"""What must be known of the boxes of a study before its verdict is trusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["FEW", "doubts"]

FEW = 20
"""Validation boxes of a class, below which its average precision tells little."""

_SHOWN = 10


def doubts(study: Study) -> Iterator[str]:
    boxes = study.environment.get("dataset", {}).get("boxes", {}).get("validation", {})
    few = {name: number for name, number in boxes.items() if 0 < number < FEW}
    if few:
        shown = sorted(few.items(), key=lambda pair: pair[1])[:_SHOWN]
        told = ", ".join(f"'{name}' ({number})" for name, number in shown)
        more = f" and {len(few) - _SHOWN} more" if len(few) > _SHOWN else ""
        yield (
            f"Fewer than {FEW} validation boxes are of the class{'es' if len(few) > 1 else ''} {told}{more}: their "
            "precision tells little, and in map they count as much as any other."
        )
