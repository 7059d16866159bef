"""Whether probabilities mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.numbers import score, significant
from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.labelled.views.calibration.figure import calibration_figure, confidences_figure
from cnnsearch.tasks.labelled.views.calibration.info import CalibrationInfo, calibration_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

_DIGITS = 2
"""Of a distance between two shares."""


def _notes(info: CalibrationInfo) -> tuple[str, ...]:
    if info.error is None or info.chance is None or info.confidence is None or info.accuracy is None:
        return ()
    within = f"{'within' if info.error <= info.chance else 'beyond'} the {significant(info.chance, _DIGITS)}"
    low, high = significant(info.low, _DIGITS), significant(info.high, _DIGITS)
    means = (info.confidence, info.accuracy, info.brier)
    confidence, accuracy, brier = (score(value, info.pictures) for value in means)
    surer = info.confidence > info.accuracy
    if info.about is None:
        way, share = "too sure of itself" if surer else "not sure enough of itself", "accuracy"
    else:
        way, share = "too sure of it" if surer else "not sure enough of it", f"share of {info.about}"
    lean = f"; on the whole it is {way}" if info.error > info.chance else ""
    groups = f" in {info.groups:,} groups" if info.groups else ""
    return (
        f"Expected calibration error {significant(info.error, _DIGITS)} (95% interval {low} to {high}, ten bins, "
        f"{info.pictures:,} validation pictures{groups}), {within} that a perfectly calibrated model would exceed once "
        f"in twenty on so many {_units(info)}{lean}. Mean probability {confidence}, {share} {accuracy}, "
        f"Brier score {brier} (0 is best).",
        *_shifted(info),
    )


def _units(info: CalibrationInfo) -> str:
    return "groups" if info.groups else "pictures"


def _quiet(info: CalibrationInfo) -> str | None:
    if info.shifting or info.error is None or info.chance is None or info.error > info.chance:
        return None
    error = significant(info.error, _DIGITS)
    return f"Its error, {error}, is one that a perfectly calibrated model may have on so few {_units(info)}."


def _shifted(info: CalibrationInfo) -> tuple[str, ...]:
    if not info.shifting:
        return ()
    return (
        f"The trial was trained with {', '.join(info.shifting)}: that shifts probabilities away from the shares of the "
        "classes in the data, so take them for an order of the pictures, and decide at a threshold.",
    )


VIEW: View[Study, CalibrationInfo] = View(
    name="calibration",
    title="Calibration",
    lead=lambda info: (
        (
            "When the best trial says 90%, is it right in 90 of 100 cases? "
            if info.about is None
            else f"When the best trial says 90% for {info.about}, are 90 of 100 such pictures? "
        )
        + "Points below the dotted line are pictures of which it was surer than it had reason to be; whiskers are 95% "
        "intervals (Wilson), and the right figure shows how many pictures stand behind each point."
    ),
    info=calibration_info,
    drawings=(
        Drawing("calibration", "calibration curve", calibration_figure),
        Drawing("confidences", "how sure the model is", confidences_figure),
    ),
    notes=_notes,
    missing=lambda info: info.missing,
    quiet=_quiet,
)
