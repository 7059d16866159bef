"""How well the best trial knows each label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.tasks.multilabel.views.kept import best_labels

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.report.statistics.clusters import Clusters
    from cnnsearch.study import Study
    from cnnsearch.tasks.multilabel.predictions import LabelPredictions

__all__ = ["SHOWN", "LabelRow", "LabelsInfo", "Within", "labels_info"]

SHOWN = 100
"""With more labels the page shows those of the lowest F1, and says how many it leaves out."""

_DRAWS, _DRAWN = 1000, 20_000_000


@dataclass(frozen=True)
class Within:
    """A metric with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class LabelRow:
    """One label on the validation split; ``None`` where a metric is not defined, as no picture has the label.

    Attributes:
        pictures: that have it.
        threshold: from which it is told.
        precision: of what was told to have it; ``None`` also where nothing was.
    """

    name: str
    pictures: int
    threshold: float
    precision: Within | None
    recall: Within | None
    f1: Within | None
    average_precision: Within | None


@dataclass(frozen=True)
class LabelsInfo:
    """The labels in their order.

    Attributes:
        trial: the best one.
        rows: of all labels, or of very many those of the lowest F1, lowest first.
        labels: number of all.
        pictures: of the validation split.
        macro_f1: mean over the labels that a picture has.
        weakest: name of the label of the lowest F1; ``None`` where all are 1.
        undefined: names of those that no picture has.
        searched: whether the thresholds were searched on these pictures.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    rows: tuple[LabelRow, ...] = ()
    labels: int = 0
    pictures: int = 0
    macro_f1: float | None = None
    weakest: str | None = None
    undefined: tuple[str, ...] = ()
    searched: bool = False
    missing: str | None = None


def labels_info(study: Study) -> LabelsInfo:
    trial, kept = best_labels(study)
    if isinstance(kept, str):
        return LabelsInfo(trial, missing=kept)
    rows = _rows(kept, clusters_of(study, "validation", len(kept)))
    known = [(row.f1.value, row.name) for row in rows if row.f1 is not None]
    lowest, weakest = min(known, key=lambda pair: pair[0], default=(1.0, ""))
    config = study.best.config if study.best else {}
    return LabelsInfo(
        trial=trial,
        rows=_shown(rows),
        labels=len(rows),
        pictures=len(kept),
        macro_f1=sum(value for value, _ in known) / len(known) if known else None,
        weakest=weakest if lowest < 1 else None,
        undefined=tuple(row.name for row in rows if row.f1 is None),
        searched=study.experiment.filled(config)["threshold"] is None,
    )


def _shown(rows: list[LabelRow]) -> tuple[LabelRow, ...]:
    if len(rows) <= SHOWN:
        return tuple(rows)
    return tuple(sorted(rows, key=lambda row: 2.0 if row.f1 is None else row.f1.value)[:SHOWN])


def _rows(kept: LabelPredictions, clusters: Clusters) -> list[LabelRow]:
    there = kept.true.sum(axis=0)
    both = kept.true & kept.decided
    shares = [
        [_share(both[:, label], of[:, label], known, clusters) for label, known in enumerate(there.tolist())]
        for of in (kept.decided, kept.true)
    ]
    drawn = [_bootstrapped(kept.by_label(name), values) for name, values in _redrawn(kept, clusters).items()]
    columns = zip(kept.names, there.tolist(), kept.thresholds.tolist(), *shares, *drawn, strict=True)
    return [LabelRow(*column) for column in columns]


def _share(both: np.ndarray, of: np.ndarray, known: int, clusters: Clusters) -> Within | None:
    """Of the pictures ``of``, ``(n,)`` booleans, those that are ``both``; ``known``: how many have the label."""
    whole = int(of.sum())
    if not whole or not known:
        return None
    share = int(both.sum()) / whole
    interval = wilson(share, clusters.worth(both, of))
    return Within(share, interval.low, interval.high)


def _redrawn(kept: LabelPredictions, clusters: Clusters) -> dict[str, np.ndarray]:
    """F1 and average precision of pictures that are drawn anew, ``(draws, labels)`` each; NaN: not defined of them."""
    import numpy as np

    from cnnsearch.tasks.multilabel.metrics import Counts

    rng, n = np.random.default_rng(0), len(kept)
    draws = max(100, min(_DRAWS, _DRAWN // kept.targets.size))
    told = [which.astype(np.int64) for which in Counts.cells(kept.true, kept.decided)]
    f1, precision = [], []
    for _ in range(draws):
        times = np.bincount(clusters.drawn(rng), minlength=n)
        f1.append(Counts(*(times @ each for each in told)).f1)
        precision.append(kept.descending.drawn(times).average_precision)
    return {"f1": np.stack(f1), "average_precision": np.stack(precision)}


def _bootstrapped(values: np.ndarray, drawn: np.ndarray) -> list[Within | None]:
    """Each label's value with its percentiles among the draws that have one."""
    import numpy as np

    found: list[Within | None] = []
    for value, of in zip(values.tolist(), drawn.T, strict=True):
        known = of[~np.isnan(of)]
        found.append(None if np.isnan(value) else Within(value, *np.quantile(known, (0.025, 0.975)).tolist()))
    return found
