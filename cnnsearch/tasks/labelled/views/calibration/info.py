"""Whether the best trial's probabilities mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.uncertainty import Interval, wilson
from cnnsearch.tasks.imbalance import shifting
from cnnsearch.tasks.labelled.views.kept import class_names, kept_of_best

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.report.statistics.clusters import Clusters
    from cnnsearch.study import Study
    from cnnsearch.tasks.labelled.predictions import Claims

__all__ = ["BINS", "Bin", "CalibrationInfo", "calibration_error", "calibration_info"]

BINS = 10
"""Bins of equal width between 0 and 1."""

_DRAWS, _DRAWN = 1000, 2_000_000


def _draws(pictures: int) -> int:
    """A thousand, and of many pictures, whose errors vary little, at least 200."""
    return max(200, min(_DRAWS, _DRAWN // pictures))


@dataclass(frozen=True)
class Bin:
    """Pictures whose class was given with a probability within one tenth.

    Attributes:
        low, high: of the bin; its pictures are above ``low`` and at most at ``high``.
        pictures: their number, at least 1.
        confidence: mean probability of the class that was given, or that all are about.
        accuracy: share in which it was right.
        interval: 95%, of the accuracy.
    """

    low: float
    high: float
    pictures: int
    confidence: float
    accuracy: float
    interval: Interval


@dataclass(frozen=True)
class CalibrationInfo:
    """Calibration of the best trial on the validation split (Guo et al. 2017).

    Attributes:
        bins: those that have pictures, ascending.
        error: expected calibration error: mean distance of accuracy and confidence over the bins, weighted by pictures.
        chance: error that a perfectly calibrated model would exceed once in twenty on so many pictures, or groups of
            them; the error is never below 0, so that its size alone says little where there are few.
        low, high: 95% interval of the error, by drawing the pictures anew (bootstrap).
        confidence, accuracy: means over all pictures; a larger confidence means that the model is too sure of itself.
        brier: mean squared distance of probabilities and truth, 0 being best (Brier 1950).
        pictures: number of validation pictures.
        groups: that these are of; 0 where each is by itself.
        about: name of the class that all probabilities are of, and that ``accuracy`` is the share of; ``None``: they
            are of the class that was given.
        shifting: what of the trial's config moves its probabilities away from the shares in the data, with its value.
        missing: why there is none; ``None`` where there is.
    """

    trial: int | None
    bins: tuple[Bin, ...] = ()
    error: float | None = None
    chance: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    accuracy: float | None = None
    brier: float | None = None
    pictures: int = 0
    groups: int = 0
    about: str | None = None
    shifting: tuple[str, ...] = ()
    missing: str | None = None


def calibration_info(study: Study) -> CalibrationInfo:
    import numpy as np

    if study.best is None:
        return CalibrationInfo(None, missing="no trial has a value")
    trial = study.best.trial
    kept = kept_of_best(study, trial)
    if isinstance(kept, str):
        return CalibrationInfo(trial, missing=kept)
    claims = kept.claims
    confidence, right = claims.probabilities, claims.true
    places = _places(confidence)
    clusters = clusters_of(study, "validation", len(kept))
    low, high = _bootstrap(confidence, right, places, clusters)
    return CalibrationInfo(
        trial=trial,
        bins=tuple(_bin(place, confidence, right, places, clusters) for place in np.unique(places).tolist()),
        error=_error(confidence, right, places),
        chance=_chance(confidence, right, places, clusters),
        low=low,
        high=high,
        confidence=float(confidence.mean()),
        accuracy=float(right.mean()),
        brier=claims.brier,
        pictures=len(kept),
        groups=clusters.told,
        shifting=_shifting(study, trial),
        about=None if claims.about is None else class_names(study, kept.confusions.size)[claims.about],
    )


def calibration_error(claims: Claims) -> float:
    """Expected calibration error, as of :class:`CalibrationInfo`."""
    return _error(claims.probabilities, claims.true, _places(claims.probabilities))


def _places(confidence: np.ndarray) -> np.ndarray:
    """Number of the bin of each picture."""
    import numpy as np

    # The smallest margin: 0.7 as float16 belongs to the bin that ends there, as it would before it was rounded.
    return np.asarray(np.clip(np.ceil(np.round(confidence, 3) * BINS).astype(int) - 1, 0, BINS - 1))


def _shifting(study: Study, trial: int) -> tuple[str, ...]:
    config = next(record.config for record in study.records if record.trial == trial)
    return shifting(study.experiment.filled(config))


def _bin(place: int, confidence: np.ndarray, right: np.ndarray, places: np.ndarray, clusters: Clusters) -> Bin:
    inside = places == place
    accuracy, pictures = float(right[inside].mean()), int(inside.sum())
    return Bin(
        low=place / BINS,
        high=(place + 1) / BINS,
        pictures=pictures,
        confidence=float(confidence[inside].mean()),
        accuracy=accuracy,
        interval=wilson(accuracy, clusters.worth(right > 0, inside)),
    )


def _error(confidence: np.ndarray, right: np.ndarray, places: np.ndarray) -> float:
    import numpy as np

    return float(np.abs(np.bincount(places, right - confidence, BINS)).sum() / len(right))


def _chance(confidence: np.ndarray, right: np.ndarray, places: np.ndarray, clusters: Clusters) -> float:
    """95% point of the error where each picture is right with just the probability that was given.

    Pictures of a group are right or wrong together: there the sign of all that a group is off may as well be the other
    (a wild bootstrap of clusters; Cameron, Gelbach and Miller 2008, Review of Economics and Statistics 90, 414-427).
    """
    import numpy as np

    rng = np.random.default_rng(0)
    if not clusters.are_single:
        off = np.stack([clusters.sums(np.where(places == place, right - confidence, 0.0)) for place in range(BINS)])
        signs = rng.choice([-1.0, 1.0], (_draws(len(confidence)), len(clusters)))
        return float(np.quantile(np.abs(signs @ off.T).sum(axis=1) / len(confidence), 0.95))
    drawn = [
        _error(confidence, rng.random(len(confidence)) < confidence, places) for _ in range(_draws(len(confidence)))
    ]
    return float(np.quantile(drawn, 0.95))


def _bootstrap(
    confidence: np.ndarray, right: np.ndarray, places: np.ndarray, clusters: Clusters
) -> tuple[float, float]:
    import numpy as np

    rng = np.random.default_rng(0)
    draws = (clusters.drawn(rng) for _ in range(_draws(len(confidence))))
    errors = [_error(confidence[drawn], right[drawn], places[drawn]) for drawn in draws]
    low, high = np.quantile(errors, (0.025, 0.975))
    return float(low), float(high)
