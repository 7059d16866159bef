"""How well the best model tells each of several numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.regression.metrics import SCORES
from cnnsearch.tasks.regression.views.kept import kept_of_best

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

__all__ = ["NumberRow", "NumbersInfo", "numbers_info"]


@dataclass(frozen=True)
class NumberRow:
    """One number of each picture, on the validation split, in its unit.

    Attributes:
        low, high: of the true ones.
        spread: their standard deviation, which is the root of the mean squared error of telling their mean.
        bias: mean error, above 0 where too much is told.
    """

    name: str
    low: float
    high: float
    spread: float
    mae: float
    rmse: float
    r2: float
    median_error: float
    bias: float


@dataclass(frozen=True)
class NumbersInfo:
    """All numbers of a picture.

    Attributes:
        trial: the best one; ``None`` where there is none.
        rows: in the order of the outputs.
        weakest: the one of the lowest R2.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    rows: tuple[NumberRow, ...] = ()
    weakest: str | None = None
    missing: str | None = None


def numbers_info(study: Study) -> NumbersInfo:
    trial = study.best.trial if study.best else None
    kept = kept_of_best(study)
    if isinstance(kept, str):
        return NumbersInfo(trial, missing=kept)
    rows = tuple(_row(name, kept.targets[:, index], kept.values[:, index]) for index, name in enumerate(kept.names))
    return NumbersInfo(trial, rows, min(rows, key=lambda row: row.r2).name)


def _row(name: str, true: np.ndarray, told: np.ndarray) -> NumberRow:
    scores = {metric: float(score(true[:, None], told[:, None])[0]) for metric, score in SCORES.items()}
    span = {"low": float(true.min()), "high": float(true.max()), "spread": float(true.std())}
    return NumberRow(name=name, **span, **scores, bias=float((told - true).mean()))
