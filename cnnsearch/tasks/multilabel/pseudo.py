"""Jackknife pseudo-values of the metrics that follow from counts: taking a picture out changes one count of a label."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np

from cnnsearch.tasks.multilabel.metrics import Counts, macro

__all__ = ["counted_pseudo_values"]


def counted_pseudo_values(true: np.ndarray, decided: np.ndarray, metric: str, counts: Counts) -> np.ndarray:
    """``n`` times the metric minus ``n - 1`` times what it is without the picture: ``(n,)``.

    Args:
        true, decided: booleans ``(n, labels)``.
        metric: ``precision``, ``recall``, ``f1`` (macro averages) or ``micro_f1``.
        counts: of all pictures.
    """
    n = len(true)
    taken = np.stack(Counts.cells(true, decided))
    if metric == "micro_f1":
        whole = counts.whole
        without = Counts(*(np.asarray(each) - out for each, out in zip(astuple(whole), taken.sum(axis=2), strict=True)))
        return np.asarray(n * whole.f1 - (n - 1) * without.f1)
    without = Counts(*(each - out for each, out in zip(astuple(counts), taken, strict=True)))
    return np.asarray(n * macro(getattr(counts, metric)) - (n - 1) * macro(getattr(without, metric)))
