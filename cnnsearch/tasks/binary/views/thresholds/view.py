"""ROC curve, and precision over recall, with the threshold marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.numbers import percent
from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.binary.views.thresholds.figure import precision_recall_figure, roc_figure
from cnnsearch.tasks.binary.views.thresholds.info import MOST_POINTS, ThresholdsInfo, thresholds_info

if TYPE_CHECKING:
    from cnnsearch.report.statistics.uncertainty import Interval
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: ThresholdsInfo) -> tuple[str, ...]:
    if info.found is None or info.left_alone is None:
        return ()
    whence = (
        "It was searched on these same pictures, as the one of the largest balanced accuracy (Youden 1950), so that "
        "the shares here are a little better than those of new pictures; the areas below the curves do not hang on it."
        if info.searched
        else "The experiment fixes it."
    )
    precision = "" if info.precision is None else f", and {percent(info.precision)} of what it takes for it is"
    notes = [
        f"The model decides for {info.positive} from a probability of {info.threshold:.4g} on. {whence}",
        f"There it finds {_share(info.found)} of the pictures of {info.positive}, and leaves {_share(info.left_alone)} "
        f"of the others alone (95% intervals, Wilson){precision}. Of the {info.pictures:,} validation pictures "
        f"{percent(info.prevalence)} are {info.positive}.",
    ]
    if info.others and info.best:
        notes.append(f"Faint lines are the other finalists, on the same fresh seed as the model (run {info.best.run}).")
    if any(curve.total > len(curve.thresholds) for curve in (info.best, *info.others) if curve):
        notes.append(f"Of a curve of more than {MOST_POINTS} points an even choice is drawn; areas are of all.")
    return tuple(notes)


def _share(told: tuple[float, Interval]) -> str:
    share, interval = told
    return f"{percent(share)} ({percent(interval.low)} to {percent(interval.high)})"


VIEW: View[Study, ThresholdsInfo] = View(
    name="thresholds",
    title="Every threshold",
    lead=lambda info: (
        f"How much of {info.positive or 'the positive class'} does the best model find, and at what price? Each point "
        "of a curve is a threshold: left, what it costs in false alarms (ROC), right, in precision. The diamond is the "
        "threshold that the model decides by; another one may suit you better."
    ),
    info=thresholds_info,
    drawings=(
        Drawing("roc_curve", "ROC curve", roc_figure),
        Drawing("precision_recall", "precision over recall", precision_recall_figure),
    ),
    notes=_notes,
    missing=lambda info: info.missing,
)
