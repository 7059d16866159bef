"""What a study's best model answers to a picture, or a text, and where it looked."""

from __future__ import annotations

import base64
import io
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from cnnsearch.serving.grad_cam import GradCam
from cnnsearch.serving.prediction import Asked, Predictor
from cnnsearch.tasks.task import Pictured

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Answering"]

_TOP = 10
"""Answers in the table, where there are several."""

_SHOWN = 512
"""Pixels of the longer side of a mask."""

_HEAT_SIDE, _HEAT = 128, (214, 39, 40)
"""Pixels of a side of what is laid over a picture, and its colour."""

_STRONGEST = 0.75
"""Opacity where the most spoke for the answer."""


class Answering:
    """One model, which is asked by one at a time.

    Args:
        study: that it is of.
        predictor: of that study.
    """

    def __init__(self, study: Study, predictor: Predictor) -> None:
        self._predictor = predictor
        self._names = tuple(study.names)
        self._columns = study.answers.columns
        self._is_linear = study.experiment.predicted.ends == "linear"
        self.reads_texts = study.experiment.family.reads_texts
        self._cam = None if self.reads_texts else GradCam.of(predictor.model)
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
            looked = self._looked(asked)
        told = asked.prediction
        table = dict(zip(self._columns, told.answer.cells(_TOP), strict=True))
        found = {**told.to_dict(), "size": list(told.size), "table": table, "doubt": told.doubt, "looked": looked}
        if isinstance(told.answer, Pictured):
            found["mask"] = _address(told.answer.picture(_within(told.size)))
        return found

    def _looked(self, asked: Asked) -> dict[str, Any] | None:
        if self._cam is None:
            return None
        index, sign, why = self._chosen(asked)
        heat = self._cam.heat(asked.given, index, sign)
        if not heat.any():
            return {"why": "nothing in the last map spoke for the answer", "heat": [], "picture": ""}
        return {"why": why, "heat": np.round(heat, 3).tolist(), "picture": _address(_overlay(heat))}

    def _chosen(self, asked: Asked) -> tuple[int, int, str]:
        """Of which output, for or against it, and that in words."""
        if self._is_linear:
            return 0, 1, f"what raised {self._names[0]}"
        if asked.output.shape[-1] == len(self._names):
            index = int(asked.output.argmax())
            return index, 1, f"what spoke for {self._names[index]}"
        label = asked.prediction.answer.to_dict()["label"]  # of two classes one has an output
        return 0, 1 if label == self._names[-1] else -1, f"what spoke for {label}"


def _within(size: tuple[int, int]) -> tuple[int, int]:
    factor = _SHOWN / max(*size, _SHOWN)
    height, width = (max(1, round(side * factor)) for side in size)
    return height, width


def _overlay(heat: np.ndarray) -> bytes:
    """A PNG file: one colour, the more opaque the more spoke for the answer."""
    level = Image.fromarray(heat.astype(np.float32)).resize((_HEAT_SIDE, _HEAT_SIDE), Image.Resampling.BILINEAR)
    image = Image.new("RGB", level.size, _HEAT)
    image.putalpha(Image.fromarray((np.clip(np.asarray(level), 0.0, 1.0) * 255 * _STRONGEST).astype(np.uint8)))
    stream = io.BytesIO()
    image.save(stream, "png")
    return stream.getvalue()


def _address(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
