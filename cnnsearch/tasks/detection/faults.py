"""What is wrong with the boxes that a model tells: the kinds of TIDE (Bolya et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnsearch.tasks.detection.boxes import CLASS, crowd_of, is_crowd, overlaps, parts_of, within

__all__ = ["KINDS", "Faults", "faults_of"]

KINDS = ("wrong class", "badly placed", "wrong class, badly placed", "told twice", "nothing there", "missed")
"""Of which the last is of boxes that are there, and all others of boxes that are told."""

RIGHT = "right"

_FOUND, _NEAR = 0.5, 0.1
"""Intersection over union from which a box is found, and from which one is meant."""

_CLASS, _PLACE, _BOTH, _TWICE, _NOTHING, _MISSED = range(len(KINDS))

_RIGHT, _UNUSED = -1, -2

_Row = tuple[list[float], int, float | None, str]


@dataclass(frozen=True, eq=False)
class Faults:
    """Of boxes that are told with at least some score.

    Attributes:
        score: at which the most are right, by the F1 score of all boxes.
        true: ``(n, m, 6)`` boxes that are there.
        told: ``(n, k, 6)`` boxes that were told.
        kinds: ``(n, k)`` place in :data:`KINDS` of each that is told; -1 it is right, -2 its score is lower, or it lies
            in a crowd of its class.
        missed: ``(n, m)`` whether none that is told is, or means, the box.
    """

    score: float
    true: np.ndarray
    told: np.ndarray
    kinds: np.ndarray
    missed: np.ndarray

    @property
    def by_picture(self) -> np.ndarray:
        """``(n,)`` how many there are."""
        return np.asarray((self.kinds >= 0).sum(axis=1) + self.missed.sum(axis=1))

    @property
    def counted(self) -> dict[str, int]:
        """Kind -> how many there are."""
        found = {kind: int((self.kinds == at).sum()) for at, kind in enumerate(KINDS)}
        return {**found, KINDS[_MISSED]: int(self.missed.sum())}

    def of(self, picture: int) -> list[_Row]:
        """Box, class, score and fault of each box of a picture: faults first, then what is right."""
        rows: list[_Row] = []
        for row, missed in zip(self.true[picture].tolist(), self.missed[picture].tolist(), strict=True):
            if missed:
                rows.append((row[:4], int(row[CLASS]), None, KINDS[_MISSED]))
        for row, kind in zip(self.told[picture].tolist(), self.kinds[picture].tolist(), strict=True):
            if kind >= -1:
                rows.append((row[:4], int(row[5]), row[4], KINDS[kind] if kind >= 0 else RIGHT))
        return sorted(rows, key=lambda row: row[3] == RIGHT)


def faults_of(true: np.ndarray, told: np.ndarray) -> Faults:
    """Boxes as of :func:`~cnnsearch.tasks.detection.matching.matched`."""
    is_true, is_told = true[..., CLASS] >= 0, told[..., 5] >= 0
    kinds, meant = np.full(told.shape[:2], _NOTHING), np.full(told.shape[:2], -1)
    for part in parts_of(told, true) if true.shape[1] else ():
        kinds[part], meant[part] = _judged(true[part], told[part], is_true[part], is_told[part])
    is_told &= kinds != _UNUSED
    score = _best_score(told[..., 4], kinds == _RIGHT, is_told, int(is_true.sum()))
    is_used = is_told & (told[..., 4] >= score)
    # One that is meant, and told wrongly, is not missed as well.
    missed = is_true.copy()
    pictures, places = np.nonzero(is_used & (meant >= 0))
    missed[pictures, meant[pictures, places]] = False
    return Faults(score, true, told, np.where(is_used, kinds, _UNUSED), missed)


def _judged(
    true: np.ndarray, told: np.ndarray, is_true: np.ndarray, is_told: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Kind of each box that was told, ``(n, k)``, as if all were used, and the box that it is or means; -1: none."""
    shared = overlaps(told[..., :4].astype(np.float64), true[..., :4].astype(np.float64))
    shared = np.where(is_true[:, None] & is_told[..., None], shared, -1.0)
    same = told[..., None, 5] == true[:, None, :, CLASS]
    mine, others = (np.where(mask, shared, -1.0) for mask in (same, ~same))
    taken = _taken(mine, told[..., 4])
    own, other = (each.max(axis=-1, initial=-1.0) for each in (mine, others))
    conditions = [taken >= 0, own >= _FOUND, other >= _FOUND, own >= _NEAR, other >= _NEAR]
    kinds = np.select(conditions, [_RIGHT, _TWICE, _CLASS, _PLACE, _BOTH], _NOTHING)
    kinds[(kinds != _RIGHT) & _in_crowds(true, told)] = _UNUSED
    placed, named = mine.argmax(axis=-1), others.argmax(axis=-1)
    meant = np.select([kinds == _RIGHT, kinds == _PLACE, kinds == _CLASS], [taken, placed, named], -1)
    return kinds, meant


def _in_crowds(true: np.ndarray, told: np.ndarray) -> np.ndarray:
    """``(n, k)`` whether a box lies in a crowd of its class, by half at least."""
    crowds = is_crowd(true)
    if not crowds.any():
        return np.zeros(told.shape[:2], bool)
    same = crowds[:, None] & (told[..., None, 5] == crowd_of(true[:, None, :, CLASS]))
    shares = within(told[..., :4].astype(np.float64), true[..., :4].astype(np.float64))
    return np.asarray((same & (shares >= _FOUND)).any(axis=-1))


def _taken(shared: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """``(n, k)`` which box each takes, the likeliest first; -1: none."""
    taken = np.full(scores.shape, -1)
    free = np.ones((len(shared), shared.shape[-1]), bool)
    every = np.arange(len(shared))
    for places in np.argsort(-scores, axis=1, kind="stable").T:
        of = np.where(free, shared[every, places], -1.0)
        best = of.argmax(axis=1)
        found = np.flatnonzero(of[every, best] >= _FOUND)
        free[found, best[found]] = False
        taken[found, places[found]] = best[found]
    return taken


def _best_score(scores: np.ndarray, right: np.ndarray, is_told: np.ndarray, there: int) -> float:
    order = np.argsort(-scores[is_told], kind="stable")
    if not len(order):
        return 0.0
    hits = right[is_told][order].cumsum()
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + there)
    return float(scores[is_told][order][f1.argmax()])
