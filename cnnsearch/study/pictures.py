"""How many pictures the splits of a study have, and which of these are tiles of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.errors import InputError, Problem

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study.study import Study

__all__ = ["pictures_of", "tile_of"]


def pictures_of(study: Study, split: str) -> int:
    """Those of ``train``, ``validation`` or ``test``; 0 where there is no such split, or the record does not tell."""
    counts = study.environment.get("dataset", {}).get("counts", {}).get(split, {})
    return int(sum(counts.values()))


def tile_of(study: Study, split: str, n: int) -> np.ndarray | None:
    """``(n,)`` the number of the picture that each of a split is a tile of; ``None`` where none is.

    Studies of an earlier version do not tell.

    Args:
        study: whose.
        split: ``validation`` or ``test``.
        n: of how many predictions are kept.

    Raises:
        InputError: the record tells of more or fewer tiles.
    """
    import numpy as np

    numbers = study.environment.get("dataset", {}).get("tile_of", {}).get(split)
    if numbers is None:
        return None
    if len(numbers) != n:
        rule = f"tells of {len(numbers):,} tiles, and the predictions are of {n:,}: one of the two files was damaged"
        raise InputError(Problem(f"environment.json: dataset.tile_of.{split}", rule), study.source)
    return np.array(numbers, np.int64)
