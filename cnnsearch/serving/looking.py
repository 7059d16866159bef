"""What spoke for a model's answer, laid over the picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnnsearch.serving.grad_cam import GradCam
from cnnsearch.serving.prediction import Asked, Predictor

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Looked", "Looking"]

_SIDE, _COLOUR = 128, (214, 39, 40)
"""Pixels of a side of what is laid over a picture, and its colour."""

_STRONGEST = 0.75
"""Opacity where the most spoke for the answer."""


@dataclass(frozen=True, eq=False)
class Looked:
    """Where a network looked.

    Attributes:
        heat: ``(rows, columns)`` from 0 to 1; all 0: nothing in the last map spoke for the answer.
        why: what this shows, in words.
    """

    heat: np.ndarray
    why: str

    def overlay(self) -> bytes:
        """A PNG file: one colour, the more opaque the more spoke for the answer; to be stretched over the picture."""
        heat = Image.fromarray(self.heat.astype(np.float32))
        level = np.asarray(heat.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR))
        image = Image.new("RGB", (_SIDE, _SIDE), _COLOUR)
        image.putalpha(Image.fromarray((np.clip(level, 0.0, 1.0) * 255 * _STRONGEST).astype(np.uint8)))
        stream = io.BytesIO()
        image.save(stream, "png", optimize=True)
        return stream.getvalue()


class Looking:
    """Of a study's best model.

    Args:
        study: that it is of.
        predictor: of that study.
    """

    def __init__(self, study: Study, predictor: Predictor) -> None:
        self._names = tuple(study.names)
        self._is_linear = study.experiment.predicted.ends == "linear"
        self._cam = None if study.experiment.family.reads_texts else GradCam.of(predictor.model)

    @property
    def can(self) -> bool:
        """Whether the network has a last map."""
        return self._cam is not None

    def at(self, asked: Asked) -> Looked | None:
        """What spoke for an answer; ``None``: no map tells that."""
        if self._cam is None:
            return None
        index, sign, why = self._chosen(asked)
        heat = self._cam.heat(asked.given, index, sign)
        return Looked(heat, why if heat.any() else "nothing in the last map spoke for the answer")

    def _chosen(self, asked: Asked) -> tuple[int, int, str]:
        """Of which output, for or against it, and that in words."""
        if self._is_linear:
            return 0, 1, f"what raised {self._names[0]}"
        if asked.output.shape[-1] == len(self._names):
            index = int(asked.output.argmax())
            return index, 1, f"what spoke for {self._names[index]}"
        label = asked.prediction.answer.to_dict()["label"]  # of two classes one has an output
        return 0, 1 if label == self._names[-1] else -1, f"what spoke for {label}"
