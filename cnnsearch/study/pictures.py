"""How many pictures the splits of a study have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["pictures_of"]


def pictures_of(study: Study, split: str) -> int:
    """Those of ``train``, ``validation`` or ``test``; 0 where there is no such split, or the record does not tell."""
    counts = study.environment.get("dataset", {}).get("counts", {}).get(split, {})
    return int(sum(counts.values()))
