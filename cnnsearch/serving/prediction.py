"""The best model of a study on new pictures."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from cnnsearch.data.labelled import COLUMNS, load_labelled
from cnnsearch.data.sources.spec import CsvSource
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures.decoding import check_channels, picture_array, resize
from cnnsearch.inputs.pictures.opened import UnreadableError, open_picture, read_file
from cnnsearch.inputs.pictures.value_range import FILE_VALUES, ValueRange, as_trained
from cnnsearch.study import Study
from cnnsearch.study.best_model import open_best
from cnnsearch.study.trust import Ask, model_permit, never
from cnnsearch.tasks.classification.metrics import confusion_matrix, macro_scores
from cnnsearch.training.model_file import load_model

_LOG = logging.getLogger("cnnsearch")

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
        InputError: the study has no best model, ``best/`` holds another one, or it cannot be read; see
            :func:`~cnnsearch.training.model_file.load_model`.
    """

    def __init__(self, study: Study, ask: Ask = never) -> None:
        code = study.environment.get("code", {})
        with open_best(study) as (path, held):
            permit, classes = model_permit(study, ask), len(study.classes)
            self._model = load_model(path, study.experiment, held.best.config, code, permit, classes)
        self._classes = study.classes
        height, width, self._channels = self._model.input_shape[1:]
        self._size = (height, width)
        self._trained = ValueRange.recorded(study.environment.get("dataset", {}))
        source = study.experiment.dataset
        self._columns = (source.path_column, source.label_column) if isinstance(source, CsvSource) else COLUMNS

    def predict(self, path: str | os.PathLike[str]) -> Prediction:
        """Label one picture file; it is decoded, resized and brought to the values that the model was trained on.

        Raises:
            InputError: the file is not a picture that can be read, or its values cannot be brought to those.
        """
        check_channels(self._channels, "STUDY")
        probabilities = self._model.predict(self._read(path), verbose=0)[0]
        order = np.argsort(-probabilities, kind="stable")
        return Prediction(str(path), tuple((self._classes[i], float(probabilities[i])) for i in order))

    def predict_all(self, paths: Iterable[str | os.PathLike[str]]) -> list[Prediction | Problem]:
        """Label picture files; of one that cannot be labelled, its path and the reason.

        Raises:
            InputError: the model takes pictures that no file has.
        """
        check_channels(self._channels, "STUDY")
        found: list[Prediction | Problem] = []
        for path in paths:
            try:
                found.append(self.predict(path))
            except InputError as error:
                found.append(error.problems[0])
        return found

    def evaluate(self, data: str) -> Evaluation:
        """Metrics on a class directory, ``.npz`` or ``.csv``.

        Raises:
            InputError: the data cannot be used, or has a class that the model does not know.
        """
        x, y, unreadable = load_labelled(data, self._classes, self._channels, self._size, self._trained, self._columns)
        return evaluation(y, self._model.predict(x, verbose=0), unreadable)

    def _read(self, path: str | os.PathLike[str]) -> np.ndarray:
        """``(1, height, width, channels)``."""
        try:
            opened = open_picture(read_file(path))
        except UnreadableError as error:
            raise InputError(Problem(str(path), str(error))) from None
        for cut in opened.cut:
            _LOG.warning("%s is read without %s", path, cut)
        picture = picture_array(opened.image, self._channels)
        given = FILE_VALUES if picture.dtype == np.uint8 else ValueRange.of(picture.dtype, [picture])
        resized = resize(picture, self._size)[np.newaxis]
        return as_trained(resized, given, self._trained, str(path), is_set=False)


def evaluate_file(
    model: Path,
    x: np.ndarray,
    y: np.ndarray,
    experiment: Experiment | None = None,
    config: Mapping[str, Any] = MappingProxyType({}),
    code: Mapping[str, str] = MappingProxyType({}),
    permit: Callable[[], None] = lambda: None,
) -> tuple[Evaluation, np.ndarray]:
    """Metrics of a saved model, and its probabilities ``(n, classes)``.

    Args:
        model: a ``.keras`` file from pictures at rest to probabilities.
        x: ``(n, height, width, channels)``.
        y: ``(n,)`` class indices.
        experiment, config, code, permit: see :func:`~cnnsearch.training.model_file.load_model`.

    Raises:
        InputError: it cannot be read.
    """
    loaded = load_model(model, experiment, config, code, permit)
    if loaded.input_shape[1:] != x.shape[1:]:
        rule = f"is the model of other pictures: it takes {loaded.input_shape[1:]}, and these are {x.shape[1:]}"
        raise InputError(Problem(model.name, rule))
    probabilities = loaded.predict(x, verbose=0)
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
