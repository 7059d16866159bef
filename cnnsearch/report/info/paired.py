"""Two trials on the same validation pictures: where they differ, and whether by more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.report.info.confusion import class_names, confusion_of, stored_predictions
from cnnsearch.report.info.uncertainty import paired_p_value

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.study import Study

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
    """Another trial against the first.

    Attributes:
        both, only_first, only_other, neither: pictures by which of the two are right.
        agreement: share of the pictures to which both give the same class, right or wrong.
        p_value: McNemar's exact test; small where the two differ by more than chance.
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


@dataclass(frozen=True)
class PairedInfo:
    """The first trial against others whose predictions were kept.

    Attributes:
        first: its number; the best one unless another was asked for.
        names: of the classes.
        rivals: in order of the ranking.
        pictures: number of validation pictures.
        missing: why there are none; ``None`` where there are.
    """

    first: int | None
    names: tuple[str, ...] = ()
    rivals: tuple[Rival, ...] = ()
    pictures: int = 0
    missing: str | None = None


def paired_info(study: Study, first: int | None = None, other: int | None = None) -> PairedInfo:
    """Compare one trial with another, or with all whose predictions are there.

    Args:
        study: their study.
        first: a trial; left out, the best one.
        other: a trial; left out, each one.
    """
    trial = first if first is not None else study.best.trial if study.best else None
    if trial is None:
        return PairedInfo(None, missing="no trial has a value")
    stored = stored_predictions(study, trial)
    if isinstance(stored, str):
        return PairedInfo(trial, missing=stored)
    labels = stored[0]
    others = [record["trial"] for record in study.ranked if record["trial"] != trial] if other is None else [other]
    found = {number: stored_predictions(study, number) for number in others}
    rivals = tuple(
        _rival(number, stored, kept, class_names(study, stored[1].shape[1]))
        for number, kept in found.items()
        if not isinstance(kept, str) and kept[1].shape == stored[1].shape and (kept[0] == labels).all()
    )
    if not rivals:
        reason = found[other] if other is not None else None
        said = reason if isinstance(reason, str) else "there is no other trial whose predictions were kept"
        return PairedInfo(trial, missing=said)
    return PairedInfo(trial, class_names(study, stored[1].shape[1]), rivals, len(labels))


def _rival(
    trial: int,
    stored: tuple[np.ndarray, np.ndarray],
    kept: tuple[np.ndarray, np.ndarray],
    names: tuple[str, ...],
) -> Rival:
    import numpy as np

    labels = stored[0]
    guess, rival_guess = (each[1].argmax(axis=1) for each in (stored, kept))
    right, rival_right = guess == labels, rival_guess == labels
    supports, only_first, only_other = (
        np.bincount(labels[inside], minlength=len(names)).tolist()
        for inside in (slice(None), right & ~rival_right, ~right & rival_right)
    )
    changes = list(map(ClassChange, names, supports, only_first, only_other))
    differing = [change for change in changes if change.only_first or change.only_other]
    differing.sort(key=lambda change: (-abs(change.only_first - change.only_other), -change.only_first))
    difference = confusion_of(*stored) - confusion_of(*kept)
    members = difference.members
    return Rival(
        trial=trial,
        both=int((right & rival_right).sum()),
        only_first=int((right & ~rival_right).sum()),
        only_other=int((~right & rival_right).sum()),
        neither=int((~right & ~rival_right).sum()),
        agreement=float((guess == rival_guess).mean()),
        p_value=paired_p_value(right, rival_right),
        classes=tuple(differing),
        members=tuple(members),
        difference=difference.matrix(members),
    )
