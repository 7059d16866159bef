"""Which labels the best trial misses, and which it tells of in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.multilabel.views.kept import best_labels

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

__all__ = ["SHOWN", "ConfusionsInfo", "Confused", "confusions_info"]

SHOWN = 30
"""Labels in the matrix: so many that its cells have room for numbers."""

_MOST = 5


@dataclass(frozen=True)
class Confused:
    """So many pictures in which one label was missed and another was told of.

    Attributes:
        missed: a label that is there; ``None``: none was missed.
        told: one that is not there; ``None``: none was told of.
        pictures: their number.
    """

    missed: str | None
    told: str | None
    pictures: int


@dataclass(frozen=True)
class ConfusionsInfo:
    """Mistakes of the best trial on the validation split, by label.

    Attributes:
        labels: names, in the order of rows and columns; of more than 30 those of the most mistakes.
        matrix: pictures in which the label of the row was missed and that of the column told of though it is not there;
            one more row for pictures in which no label was missed, one more column for those in which none was told of
            that is not there.
        pictures: how many have each label.
        left_out: number of labels that are not shown.
        frequent: the largest cells, largest first, at most five.
        total: number of validation pictures.
        missing: why there is no matrix; ``None`` where there is one.
    """

    trial: int | None
    labels: tuple[str, ...] = ()
    matrix: tuple[tuple[int, ...], ...] = ()
    pictures: tuple[int, ...] = ()
    left_out: int = 0
    frequent: tuple[Confused, ...] = ()
    total: int = 0
    missing: str | None = None


def confusions_info(study: Study) -> ConfusionsInfo:
    trial, kept = best_labels(study)
    if isinstance(kept, str):
        return ConfusionsInfo(trial, missing=kept)
    missed, extra = kept.true & ~kept.decided, ~kept.true & kept.decided
    matrix = _matrix(missed, extra)
    members = _members((missed | extra).sum(axis=0))
    shown = [*members, len(kept.names)]
    return ConfusionsInfo(
        trial=trial,
        labels=tuple(kept.names[member] for member in members),
        matrix=tuple(tuple(matrix[row, shown].tolist()) for row in shown),
        pictures=tuple(kept.true.sum(axis=0)[members].tolist()),
        left_out=len(kept.names) - len(members),
        frequent=_frequent(matrix, kept.names),
        total=len(kept),
    )


def _matrix(missed: np.ndarray, extra: np.ndarray) -> np.ndarray:
    """``(labels + 1, labels + 1)``, as of :attr:`ConfusionsInfo.matrix`, of all labels."""
    import numpy as np

    rows, columns = (np.column_stack([of, of.any(axis=1) == 0]).astype(np.int64) for of in (missed, extra))
    made = rows.T @ columns
    made[-1, -1] = 0  # pictures that are right
    return np.asarray(made)


def _members(mistakes: np.ndarray) -> list[int]:
    """All labels, or of many those of the most mistakes, in their order."""
    import numpy as np

    return sorted(np.argsort(-mistakes, kind="stable")[:SHOWN].tolist())


def _frequent(matrix: np.ndarray, names: tuple[str, ...]) -> tuple[Confused, ...]:
    import numpy as np

    known = (*names, None)
    order = np.argsort(-matrix, axis=None, kind="stable")[:_MOST]
    rows, columns = np.unravel_index(order, matrix.shape)
    cells = zip(rows.tolist(), columns.tolist(), strict=True)
    return tuple(
        Confused(known[row], known[column], int(matrix[row, column])) for row, column in cells if matrix[row, column]
    )
