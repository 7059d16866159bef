"""The best model of a study on new pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.data.decoding import decode
from cnnsearch.data.labelled import load_labelled
from cnnsearch.study import Study
from cnnsearch.study.best_model import open_best
from cnnsearch.training.devices import import_quietly
from cnnsearch.training.metrics import confusion_matrix, macro_scores

__all__ = ["Evaluation", "Prediction", "Predictor", "evaluate_file", "evaluation"]


@dataclass(frozen=True)
class Prediction:
    """Classes and probabilities of one picture, most probable first."""

    path: str
    ranked: tuple[tuple[str, float], ...]

    def to_dict(self) -> dict[str, Any]:
        return {"picture": self.path, "label": self.ranked[0][0], "probabilities": dict(self.ranked)}


@dataclass(frozen=True)
class Evaluation:
    """Metrics on labelled pictures; precision, recall and F1 are macro averages over the classes that occur."""

    count: int
    accuracy: float
    loss: float
    precision: float
    recall: float
    f1: float
    confusion: np.ndarray
    unreadable: tuple[str, ...]

    @property
    def scores(self) -> dict[str, float]:
        """What is one number each, without the count."""
        return {name: getattr(self, name) for name in ("accuracy", "loss", "precision", "recall", "f1")}

    def to_dict(self) -> dict[str, Any]:
        return {
            "count": self.count,
            **self.scores,
            "confusion": self.confusion.tolist(),
            "unreadable": list(self.unreadable),
        }


class Predictor:
    """The model of a study's best trial, loaded.

    Raises:
        InputError: the study has no best model, or ``best/`` holds another one.
    """

    def __init__(self, study: Study) -> None:
        with open_best(study) as (path, _):
            import_quietly()
            import keras

            self._model = keras.models.load_model(path)
        self._classes = study.classes
        height, width, self._channels = self._model.input_shape[1:]
        self._size = (height, width)

    def predict(self, path: Path) -> Prediction:
        """Label one picture file; it is decoded and resized as those that the model was trained on.

        Raises:
            InputError: the file is not a picture that can be read.
        """
        picture = decode(path, self._channels, self._size)
        probabilities = self._model.predict(picture[np.newaxis], verbose=0)[0]
        order = np.argsort(-probabilities, kind="stable")
        return Prediction(str(path), tuple((self._classes[i], float(probabilities[i])) for i in order))

    def evaluate(self, data: str) -> Evaluation:
        """Metrics on a class directory, ``.npz`` or ``.csv``.

        Raises:
            InputError: the data cannot be used, or has a class that the model does not know.
        """
        x, y, unreadable = load_labelled(data, self._classes, self._channels, self._size)
        return evaluation(y, self._model.predict(x, verbose=0), unreadable)


def evaluate_file(model: Path, x: np.ndarray, y: np.ndarray) -> tuple[Evaluation, np.ndarray]:
    """Metrics of a saved model, and its probabilities ``(n, classes)``.

    Args:
        model: a ``.keras`` file from pictures at rest to probabilities.
        x: ``(n, height, width, channels)``.
        y: ``(n,)`` class indices.
    """
    import_quietly()
    import keras

    probabilities = keras.models.load_model(model).predict(x, verbose=0)
    return evaluation(y, probabilities), probabilities


def evaluation(y: np.ndarray, probabilities: np.ndarray, unreadable: tuple[str, ...] = ()) -> Evaluation:
    """Metrics of predictions.

    Args:
        y: ``(n,)`` class indices.
        probabilities: ``(n, classes)``.
        unreadable: files that took no part.
    """
    classes = probabilities.shape[1]
    confusion = confusion_matrix(y, probabilities.argmax(axis=1), classes)
    seen = confusion[confusion.sum(axis=1) > 0].sum(axis=1)
    scale = classes / len(seen)  # macro_scores counts an absent class as 0
    precision, recall, f1 = (score * scale for score in macro_scores(confusion))
    chosen = probabilities[np.arange(len(y)), y]
    return Evaluation(
        count=len(y),
        accuracy=float(np.trace(confusion) / confusion.sum()),
        loss=float(-np.log(np.maximum(chosen, 1e-7)).mean()),
        precision=precision,
        recall=recall,
        f1=f1,
        confusion=confusion,
        unreadable=unreadable,
    )
