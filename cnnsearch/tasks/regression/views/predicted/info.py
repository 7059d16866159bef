"""What the best model told of the validation pictures, against what is true of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.tasks.regression.views.kept import MOST_OUTPUTS, drawn, kept_of_best

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

__all__ = ["PredictedInfo", "PredictedNumber", "predicted_info"]


@dataclass(frozen=True)
class PredictedNumber:
    """One number of each picture.

    Attributes:
        pictures: which ones are shown, by their places in the validation split.
        true, predicted: of each of them.
        r2, mae: of all pictures.
        floor: mean of the training pictures, where nothing below it was told though there are such pictures; a network
            whose last layer lets one side through only gives that. Else ``None``.
    """

    name: str
    pictures: tuple[int, ...]
    true: tuple[float, ...]
    predicted: tuple[float, ...]
    r2: float
    mae: float
    floor: float | None = None


@dataclass(frozen=True)
class PredictedInfo:
    """Predicted against true numbers.

    Attributes:
        trial: the best one; ``None`` where there is none.
        numbers: in the order of the outputs.
        total, outputs: all validation pictures, and all numbers of one.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    numbers: tuple[PredictedNumber, ...] = ()
    total: int = 0
    outputs: int = 0
    missing: str | None = None


def predicted_info(study: Study) -> PredictedInfo:
    trial = study.best.trial if study.best else None
    kept = kept_of_best(study)
    if isinstance(kept, str):
        return PredictedInfo(trial, missing=kept)
    numbers = []
    for index, name in enumerate(kept.names[:MOST_OUTPUTS]):
        shown = drawn(kept.targets[:, index])
        r2, mae = kept.scores((f"r2[{name}]", f"mae[{name}]")).values()
        true, told = (tuple(column[shown, index].tolist()) for column in (kept.targets, kept.values))
        floor = _floor(study, name, kept.targets[:, index], kept.values[:, index])
        numbers.append(PredictedNumber(name, tuple(shown.tolist()), true, told, r2, mae, floor))
    return PredictedInfo(trial, tuple(numbers), len(kept), len(kept.names))


def _floor(study: Study, name: str, true: np.ndarray, told: np.ndarray) -> float | None:
    mean = study.environment.get("dataset", {}).get("numbers", {}).get(name, {}).get("mean")
    return float(mean) if mean is not None and told.min() >= mean > true.min() else None
