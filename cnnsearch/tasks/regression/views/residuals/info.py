"""Errors of the best model on the validation pictures, by what it told, and how they are distributed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.regression.views.kept import MOST_OUTPUTS, drawn, kept_of_best

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

__all__ = ["Residuals", "ResidualsInfo", "residuals_info"]

_MOST_BINS = 40


@dataclass(frozen=True)
class Residuals:
    """Of one number of each picture; an error is above 0 where too much was told.

    Attributes:
        pictures: which ones are shown, by their places in the validation split.
        predicted, errors: of each of them.
        bias: mean error of all pictures.
        quarter, median, three_quarters: quantiles of all errors.
        edges: of the bins of all errors, one more than there are bins.
        counts: pictures in each.
    """

    name: str
    pictures: tuple[int, ...]
    predicted: tuple[float, ...]
    errors: tuple[float, ...]
    bias: float
    quarter: float
    median: float
    three_quarters: float
    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ResidualsInfo:
    """Errors by number.

    Attributes:
        trial: the best one; ``None`` where there is none.
        numbers: in the order of the outputs.
        total, outputs: all validation pictures, and all numbers of one.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    numbers: tuple[Residuals, ...] = ()
    total: int = 0
    outputs: int = 0
    missing: str | None = None


def residuals_info(study: Study) -> ResidualsInfo:
    trial = study.best.trial if study.best else None
    kept = kept_of_best(study)
    if isinstance(kept, str):
        return ResidualsInfo(trial, missing=kept)
    shown = kept.names[:MOST_OUTPUTS]
    columns = [(kept.values[:, index], kept.errors[:, index]) for index in range(len(shown))]
    numbers = tuple(_residuals(name, *pair) for name, pair in zip(shown, columns, strict=True))
    return ResidualsInfo(trial, numbers, len(kept), len(kept.names))


def _residuals(name: str, predicted: np.ndarray, errors: np.ndarray) -> Residuals:
    import numpy as np

    shown = drawn(predicted)
    counts, edges = np.histogram(errors, _bins(errors))
    quarter, median, three_quarters = np.quantile(errors, (0.25, 0.5, 0.75)).tolist()
    return Residuals(
        name=name,
        pictures=tuple(shown.tolist()),
        predicted=tuple(predicted[shown].tolist()),
        errors=tuple(errors[shown].tolist()),
        bias=float(errors.mean()),
        quarter=quarter,
        median=median,
        three_quarters=three_quarters,
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
    )


def _bins(errors: np.ndarray) -> int:
    """Number of bins, by the rule of Freedman and Diaconis (1981)."""
    import numpy as np

    low, high = np.quantile(errors, (0.25, 0.75))
    width = 2 * (high - low) / len(errors) ** (1 / 3)
    return int(np.clip(np.ceil(np.ptp(errors) / width), 1, _MOST_BINS)) if width > 0 else 1
