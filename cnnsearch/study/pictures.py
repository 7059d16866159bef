"""How many pictures the splits of a study have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study.study import Study

__all__ = ["pictures_of", "tile_of"]


def pictures_of(study: Study, split: str) -> int:
    """Those of ``train``, ``validation`` or ``test``; 0 where there is no such split, or the record does not tell."""
    counts = study.environment.get("dataset", {}).get("counts", {}).get(split, {})
    return int(sum(counts.values()))


def tile_of(study: Study, split: str) -> np.ndarray | None:
    """``(n,)`` the number of the picture that each of a split is a tile of; ``None`` where none is.

    Studies of an earlier version do not tell.
    """
    import numpy as np

    numbers = study.environment.get("dataset", {}).get("tile_of", {}).get(split)
    return None if numbers is None else np.array(numbers, np.int64)
