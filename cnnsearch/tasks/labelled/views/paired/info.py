"""Two trials on the same validation pictures: where they differ, and whether by more than chance."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.uncertainty import paired_p_value
from cnnsearch.tasks.labelled.views.kept import class_names, kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnsearch.report.statistics.clusters import Clusters
    from cnnsearch.study import Study
    from cnnsearch.tasks.labelled.predictions import Labelled

__all__ = ["ClassChange", "PairedInfo", "Rival", "paired_info"]


@dataclass(frozen=True)
class ClassChange:
    """Pictures of one class, out of ``support``, that only the first trial or only the other one recognised."""

    name: str
    support: int
    only_first: int
    only_other: int


@dataclass(frozen=True)
class Rival:
    """Another trial against the first, like with like.

    Attributes:
        run: both as finalists, with the same fresh seed; ``None``: both as they were trained in the search.
        both, only_first, only_other, neither: pictures by which of the two are right.
        agreement: share of the pictures to which both give the same class, right or wrong.
        p_value: McNemar's exact test, by groups where pictures are in some; small where the two differ by more than
            chance.
        classes: those in which the two differ, the largest difference first.
        members: classes of the difference, by their places in :attr:`PairedInfo.names`; of more than 100 classes the
            30 in whose mistakes the two differ most.
        difference: the first trial's confusion matrix minus the other's, by true and predicted ``members``.
    """

    trial: int
    both: int
    only_first: int
    only_other: int
    neither: int
    agreement: float
    p_value: float
    classes: tuple[ClassChange, ...]
    members: tuple[int, ...]
    difference: tuple[tuple[int, ...], ...]
    run: int | None = None

    @property
    def basis(self) -> str:
        """Which trainings are compared, in words."""
        return "both in the search" if self.run is None else f"both on the same fresh seed, run {self.run}"


@dataclass(frozen=True)
class PairedInfo:
    """The first trial against others whose predictions were kept.

    Attributes:
        first: its number; the best one unless another was asked for.
        names: of the classes.
        rivals: in order of the ranking.
        pictures: number of validation pictures.
        groups: that these are of; 0 where each is by itself.
        missing: why there are none; ``None`` where there are.
    """

    first: int | None
    names: tuple[str, ...] = ()
    rivals: tuple[Rival, ...] = ()
    pictures: int = 0
    groups: int = 0
    missing: str | None = None


def paired_info(study: Study, first: int | None = None, other: int | None = None) -> PairedInfo:
    """Compare one trial with another, or with all whose predictions are there.

    Args:
        study: theirs.
        first: a trial whose predictions were kept; left out, the best one.
        other: likewise; left out, each one, and in a figure the next best one.
    """
    trial = first if first is not None else study.best.trial if study.best else None
    if trial is None:
        return PairedInfo(None, missing="no trial has a value")
    others = [record.trial for record in study.ranked if record.trial != trial] if other is None else [other]
    ours = functools.cache(functools.partial(kept, study, trial))
    found = {number: _pair(study, trial, number, ours) for number in others}
    pairs = [pair for pair in found.values() if not isinstance(pair, str)]
    if not pairs:
        told = found.get(other) if other is not None else kept(study, trial, None)
        said = told if isinstance(told, str) else "there is no other trial whose predictions were kept"
        return PairedInfo(trial, missing=said)
    one = pairs[0].first
    names = class_names(study, one.confusions.size)
    clusters = clusters_of(study, "validation", len(one))
    rivals = tuple(_rival(pair, names, clusters) for pair in pairs)
    return PairedInfo(trial, names, rivals, len(one), clusters.told)


@dataclass(frozen=True)
class _Pair:
    """Predictions of two trainings that are alike: both of the search, or both of run ``run`` of finalists."""

    trial: int
    run: int | None
    first: Labelled
    other: Labelled


def _pair(study: Study, first: int, other: int, ours: Callable[[int | None], Labelled | str]) -> _Pair | str:
    """On the fresh seed of the model in ``best/``, if both were finalists, else as they were trained in the search."""
    why = ""
    for run in (*_common(study, first, other), None):
        theirs = kept(study, other, run)
        mine = theirs if isinstance(theirs, str) else ours(run)
        if isinstance(mine, str) or isinstance(theirs, str):
            why = str(mine)
        elif mine.is_alike(theirs):
            return _Pair(other, run, mine, theirs)
    return why or f"trials {first} and {other} were not judged on the same pictures"


def _common(study: Study, first: int, other: int) -> list[int]:
    """Runs that both have as finalists, that of ``best/`` first."""
    if study.finals is None:
        return []
    ended = study.finals.decided.ended
    runs = sorted(run for trial, run in ended if trial == first and (other, run) in ended)
    chosen = study.best.run if study.best else None
    return sorted(runs, key=lambda run: run != chosen)


def _rival(pair: _Pair, names: tuple[str, ...], clusters: Clusters) -> Rival:
    import numpy as np

    one, rival = pair.first, pair.other
    right, rival_right = one.right, rival.right
    supports, only_first, only_other = (
        np.bincount(one.labels[inside], minlength=len(names)).tolist()
        for inside in (slice(None), right & ~rival_right, ~right & rival_right)
    )
    changes = list(map(ClassChange, names, supports, only_first, only_other))
    differing = [change for change in changes if change.only_first or change.only_other]
    differing.sort(key=lambda change: (-abs(change.only_first - change.only_other), -change.only_first))
    difference = one.confusions - rival.confusions
    members = difference.members
    return Rival(
        trial=pair.trial,
        run=pair.run,
        both=int((right & rival_right).sum()),
        only_first=int((right & ~rival_right).sum()),
        only_other=int((~right & rival_right).sum()),
        neither=int((~right & ~rival_right).sum()),
        agreement=float((one.decided == rival.decided).mean()),
        p_value=paired_p_value(right, rival_right, clusters),
        classes=tuple(differing),
        members=tuple(members),
        difference=difference.matrix(members),
    )
