"""What a study's best model answers to a picture, or a text, and where it looked."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.serving.looking import Looked, Looking
from cnnsearch.serving.prediction import Predictor
from cnnsearch.tasks.contract.answers import Pictured

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Answering"]

_TOP = 10
"""Answers in the table, where there are several."""

_SHOWN = 512
"""Pixels of the longer side of a mask."""


class Answering:
    """One model, which is asked by one at a time.

    Args:
        study: that it is of.
        predictor: of that study.
    """

    def __init__(self, study: Study, predictor: Predictor) -> None:
        self._predictor = predictor
        self._columns = study.answers.columns
        self.reads_texts = study.experiment.family.reads_texts
        self._looking = Looking(study, predictor)
        self._lock = threading.Lock()

    def answer(self, content: bytes, name: str) -> dict[str, Any]:
        """What ``predict --json`` tells, and beside it what a page shows; of JSON types only.

        Args:
            content: of a picture file, or a text in UTF-8.
            name: of the file.

        Returns:
            Also ``size``, height and width of the picture; ``table``, heading -> what ``predict`` prints; ``doubt``,
            why the answer may be about something else, or empty; ``mask``, of segmentation, a PNG file as a ``data:``
            address; and ``looked``: ``why``, what spoke for the answer in words; ``heat``, rows from 0 to 1, and
            ``picture``, the same to be laid over the picture. It is ``None`` where no map tells that.

        Raises:
            InputError: it cannot be read, or is nothing that the model takes.
        """
        with self._lock:  # Keras builds its functions when they are first called
            asked = self._predictor.ask(content, name)
            looked = self._looking.at(asked)
        told = asked.prediction
        table = dict(zip(self._columns, told.answer.cells(_TOP), strict=True))
        found = {
            **told.to_dict(),
            "size": list(told.size),
            "table": table,
            "doubt": told.doubt,
            "looked": looked and _told(looked),
        }
        if isinstance(told.answer, Pictured):
            found["mask"] = _address(told.answer.picture(_within(told.size)))
        return found


def _within(size: tuple[int, int]) -> tuple[int, int]:
    factor = _SHOWN / max(*size, _SHOWN)
    height, width = (max(1, round(side * factor)) for side in size)
    return height, width


def _told(looked: Looked) -> dict[str, Any]:
    if not looked.heat.any():
        return {"why": looked.why, "heat": [], "picture": ""}
    heat = np.round(looked.heat.astype(float), 3).tolist()
    return {"why": looked.why, "heat": heat, "picture": _address(looked.overlay())}


def _address(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
