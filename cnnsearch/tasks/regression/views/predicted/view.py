"""Predicted against true numbers of the best trial."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnsearch.report.view import Drawing, View
from cnnsearch.tasks.regression.predictions import written
from cnnsearch.tasks.regression.views.kept import left_out
from cnnsearch.tasks.regression.views.predicted.figure import predicted_figure, predicted_width
from cnnsearch.tasks.regression.views.predicted.info import PredictedInfo, predicted_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _floors(info: PredictedInfo) -> Iterator[str]:
    for number in info.numbers:
        if number.floor is not None:
            yield (
                f"No number '{number.name}' below {written(number.floor)} was told, the mean of the training pictures: "
                "a network whose last layer ends in relu, sigmoid or softmax cannot tell one."
            )


VIEW: View[Study, PredictedInfo] = View(
    name="predicted",
    title="Predicted against true",
    lead=lambda _: (
        "How close does the best trial come, and where not? Each point is a validation picture; on the dotted line "
        "the prediction is the truth. A cloud that is flatter than the line says that large numbers are told too "
        "small and small ones too large."
    ),
    info=predicted_info,
    drawings=(Drawing("predicted_against_true", "predicted against true", predicted_figure, predicted_width),),
    notes=lambda info: (*left_out(info.total, info.outputs), *_floors(info)),
    missing=lambda info: info.missing,
    half=True,
)
