"""How well the best trial knows each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.numbers import score
from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.uncertainty import Interval, wilson
from cnnsearch.tasks.labelled.confusions import MOST_CLASSES
from cnnsearch.tasks.labelled.views.kept import class_names, kept_of_best

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.tasks.labelled.predictions import Labelled

__all__ = ["ClassRow", "ClassesInfo", "classes_info"]


@dataclass(frozen=True)
class ClassRow:
    """One class on the validation split.

    Attributes:
        support: pictures of this class.
        predicted: pictures that were taken for it.
        precision: share of the latter that are of the class; ``None`` where there are none.
        recall: share of the former that were recognised; ``None`` where there are none.
        f1: harmonic mean of the two, 0 where the class was never recognised; ``None`` without pictures of it.
    """

    name: str
    support: int
    predicted: int
    precision: Interval | None
    precision_share: float | None
    recall: Interval | None
    recall_share: float | None
    f1: float | None


@dataclass(frozen=True)
class ClassesInfo:
    """The classes in their order, with 95% intervals (Wilson) of precision and recall.

    Attributes:
        trial: the best one.
        macro_f1: mean over the classes that have pictures.
        weakest: name of the class of the lowest F1; ``None`` where all are 1.
        imbalance: pictures of the largest class over those of the smallest that has any.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    rows: tuple[ClassRow, ...] = ()
    macro_f1: float | None = None
    weakest: str | None = None
    imbalance: float | None = None
    missing: str | None = None

    @property
    def pictures(self) -> int:
        """Of all classes."""
        return sum(row.support for row in self.rows)

    @property
    def shown(self) -> tuple[ClassRow, ...]:
        """The rows that the page shows: all, or of many classes those of the lowest F1, lowest first."""
        if len(self.rows) <= MOST_CLASSES:
            return self.rows
        return tuple(sorted(self.rows, key=lambda row: 2.0 if row.f1 is None else row.f1)[:MOST_CLASSES])

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the rows, a sentence or two each."""
        return (*_mean(self), *_imbalance(self), *_left_out(self))


def classes_info(study: Study) -> ClassesInfo:
    if study.best is None:
        return ClassesInfo(None, missing="no trial has a value")
    trial = study.best.trial
    kept = kept_of_best(study, trial)
    if isinstance(kept, str):
        return ClassesInfo(trial, missing=kept)
    found = kept.confusions
    counts = zip(found.right.tolist(), found.supports.tolist(), found.answers.tolist(), strict=True)
    worth = _worth(study, kept, found.size)
    named = zip(class_names(study, found.size), counts, worth, strict=True)
    rows = tuple(_row(name, *each, *of) for name, each, of in named)
    seen = [(row.f1, row) for row in rows if row.f1 is not None]
    lowest, weakest = min(seen, key=lambda pair: pair[0])
    supports = [row.support for _, row in seen]
    return ClassesInfo(
        trial=trial,
        rows=rows,
        macro_f1=sum(f1 for f1, _ in seen) / len(seen),
        weakest=weakest.name if lowest < 1 else None,
        imbalance=max(supports) / min(supports),
    )


def _worth(study: Study, kept: Labelled, size: int) -> list[tuple[float, float]]:
    """As many pictures as those of each class are worth, and those that were taken for it."""
    clusters, right = clusters_of(study, "validation", len(kept)), kept.right
    return [
        (clusters.worth(right, kept.labels == number), clusters.worth(right, kept.decided == number))
        for number in range(size)
    ]


def _row(name: str, right: int, support: int, predicted: int, of_class: float, taken: float) -> ClassRow:
    precision, recall = (right / whole if whole else None for whole in (predicted, support))
    return ClassRow(
        name=name,
        support=support,
        predicted=predicted,
        precision=None if precision is None else wilson(precision, taken),
        precision_share=precision,
        recall=None if recall is None else wilson(recall, of_class),
        recall_share=recall,
        f1=2 * right / (support + predicted) if support else None,
    )


def _mean(info: ClassesInfo) -> tuple[str, ...]:
    if info.macro_f1 is None:
        return ()
    weakest = f"; the weakest class is {info.weakest}" if info.weakest else ""
    return (f"The mean F1 of the classes that have pictures is {score(info.macro_f1, info.pictures)}{weakest}.",)


def _imbalance(info: ClassesInfo) -> tuple[str, ...]:
    if info.imbalance is None or info.imbalance < 3:
        return ()
    return (
        f"The largest class has {info.imbalance:.3g} times as many validation pictures as the smallest: accuracy "
        "says little about small classes, F1 more.",
    )


def _left_out(info: ClassesInfo) -> tuple[str, ...]:
    left_out = len(info.rows) - len(info.shown)
    last = info.shown[-1].f1 if left_out else None
    if last is None:
        return ()
    return (
        f"Of {len(info.rows):,} classes the {len(info.shown)} of the lowest F1 are shown. The other "
        f"{left_out:,} reach at least {score(last, info.pictures)}, or have no pictures.",
    )
