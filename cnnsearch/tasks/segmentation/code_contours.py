"""Boundaries of masks in a script, where a search aims at what is judged by these."""

from __future__ import annotations

from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.writing import Code, code, joined, lines
from cnnsearch.tasks.contract.metrics import output_number, split_name
from cnnsearch.tasks.segmentation.contours import PERCENT, TOLERANCE

__all__ = ["judged_by_contours"]

_BOUNDARY = '''\
def boundary(of_class, known):
    """Rows and columns of the pixels of a class beside which one of another class lies."""
    other = np.pad(known & ~of_class, 1)
    beside = other[:-2, 1:-1] | other[2:, 1:-1] | other[1:-1, :-2] | other[1:-1, 2:]
    return np.argwhere(of_class & beside)'''

_F1 = '''\


def compared(true, told, diagonal):
    """Boundary F1 (Csurka et al. 2013)."""
    if not len(true) or not len(told):
        return 0.0
    missed, beyond = KDTree(told).query(true)[0], KDTree(true).query(told)[0]
    within = max(1.0, {tolerance} * diagonal)
    recall, precision = (missed <= within).mean(), (beyond <= within).mean()
    return 2 * precision * recall / max(precision + recall, 1e-12)'''

_HAUSDORFF = '''\


def compared(true, told, diagonal):
    """The larger of the distances within which {percent} % of each boundary lie from the other one."""
    if not len(true) or not len(told):
        return diagonal
    missed, beyond = KDTree(told).query(true)[0], KDTree(true).query(told)[0]
    return max(np.percentile(missed, {percent}), np.percentile(beyond, {percent}))'''

_JUDGED = '''\


def judged(model, x, y):
    """What the study aims at: of each class the mean over the pictures that have a boundary of it or are told one."""
    found = [[] for _ in range(CLASSES)]
    for true, told in zip(y, model.predict(x, verbose=0).argmax(axis=-1)):
        known = true != VOID
        for index in range(CLASSES):
            here, there = (boundary((mask == index) & known, known) for mask in (true, told))
            if len(here) or len(there):
                found[index].append(compared(here, there, np.hypot(*true.shape)))
    means = [np.mean(each) if each else np.nan for each in found]
    return {{{aim}: float({value})}}'''


def judged_by_contours(recipe: Recipe, aim: str, metric: str) -> Code:
    """The definition of ``judged``, with what it calls."""
    base, output = split_name(metric)
    of_class = None if output is None else output_number(recipe.study.names, output)
    value = code("np.nanmean(means)") if output is None else code("means[{index}]", index=of_class)
    compared = lines(_F1, tolerance=TOLERANCE) if base.endswith("boundary_f1") else lines(_HAUSDORFF, percent=PERCENT)
    judged = lines(_JUDGED, aim=aim, value=value)
    return joined([*lines("from scipy.spatial import KDTree", "", ""), *lines(_BOUNDARY), *compared, *judged])
