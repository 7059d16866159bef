"""How many pictures the splits of a study have, and which of these belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.errors import InputError, Problem

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study.study import Study

__all__ = ["group_of", "pictures_of"]


def pictures_of(study: Study, split: str) -> int:
    """Those of ``train``, ``validation`` or ``test``; 0 where there is no such split, or the record does not tell."""
    counts = study.environment.get("dataset", {}).get("counts", {}).get(split, {})
    return int(sum(counts.values()))


def group_of(study: Study, split: str, n: int) -> np.ndarray | None:
    """``(n,)`` the number of the group of each picture of a split; ``None`` where each is by itself.

    Studies of an earlier version do not tell, or of tiles alone.

    Args:
        study: whose.
        split: ``validation`` or ``test``.
        n: of how many predictions are kept.

    Raises:
        InputError: the record tells of more or fewer pictures.
    """
    import numpy as np

    recorded = study.environment.get("dataset", {})
    key = "group_of" if "group_of" in recorded else "tile_of"
    numbers = recorded.get(key, {}).get(split)
    if numbers is None:
        return None
    if len(numbers) != n:
        rule = f"tells of {len(numbers):,} pictures, and the predictions are of {n:,}: one of the two files was damaged"
        raise InputError(Problem(f"environment.json: dataset.{key}.{split}", rule), study.source)
    return np.array(numbers, np.int64)
