"""The best model of a study on new pictures."""

from __future__ import annotations

import functools
import logging
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.cache.rows import Rows
from cnnsearch.data.labelled import Labelled, load_labelled
from cnnsearch.data.sources.keys import TiledSource, Tiles
from cnnsearch.data.sources.spec import tables_of
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures.decoding import fitted, open_at, picture_array
from cnnsearch.inputs.pictures.jpeg import Decoding
from cnnsearch.inputs.pictures.letterbox import Resizing, frames
from cnnsearch.inputs.pictures.opened import UnreadableError, read_file
from cnnsearch.inputs.pictures.pictures import Size
from cnnsearch.inputs.pictures.tiles import Tile, cut, tiles_of
from cnnsearch.inputs.pictures.value_range import FILE_VALUES, ValueRange, as_trained
from cnnsearch.inputs.texts.texts import unknown_share
from cnnsearch.serving.own_metric import metric_as_input, permit_metric
from cnnsearch.serving.texts import labelled_texts, read_text, text_in
from cnnsearch.study import Study
from cnnsearch.study.folder.trust import Ask, model_permit, never
from cnnsearch.study.winner.best_model import open_best
from cnnsearch.tasks import DEFAULT_TASK
from cnnsearch.tasks.contract.answers import Answer, Answers, Condensing, Joining, Located
from cnnsearch.tasks.contract.predictions import Predictions, score_of
from cnnsearch.tasks.task import TaskSpec
from cnnsearch.training.ensemble import telling_layer
from cnnsearch.training.model_file import load_model, tokenizer_of

if TYPE_CHECKING:
    import keras

_LOG = logging.getLogger("cnnsearch")

_MUCH = 0.3
"""Share of unknown tokens of a text from which on an answer is about something else."""

_BATCH = 32
"""Pictures of a batch of Keras's."""

_MOST = 16
"""Batches that are gathered at once."""

_ROOM = 2**28
"""Bytes that their outputs may take, where one batch has no more."""

__all__ = ["Asked", "Evaluation", "Prediction", "Predictor", "evaluate_file", "evaluation"]


@dataclass(frozen=True)
class Prediction:
    """What the model tells of one picture, or text.

    Attributes:
        size: height and width of the picture as it is.
        unknown: of a text, the share of its tokens that the vocabulary does not know; ``None`` of a picture.
        tokens: of a text, how many are read; ``None`` of a picture.
    """

    path: str
    answer: Answer
    size: Size
    unknown: float | None = None
    tokens: int | None = None

    @property
    def doubt(self) -> str:
        """Why an answer about a text may be about something else; empty: nothing is known against it."""
        if self.tokens == 0:
            return "no token is read from it, so the answer is that of an empty text"
        if self.unknown is not None and self.unknown > _MUCH:
            return f"{self.unknown:.0%} of the tokens that are read are not in the model's vocabulary"
        return ""

    def to_dict(self) -> dict[str, Any]:
        if self.unknown is None:
            return {"picture": self.path, **self.answer.to_dict()}
        return {"text": self.path, **self.answer.to_dict(), "tokens": self.tokens, "unknown_tokens": self.unknown}


@dataclass(frozen=True, eq=False)
class Asked:
    """A prediction, with what the network was given and told.

    Attributes:
        given: ``(1, ...)``, at rest.
        output: ``(...)``, of the exported model.
    """

    prediction: Prediction
    given: np.ndarray
    output: np.ndarray


@dataclass(frozen=True)
class Evaluation:
    """What a model comes to on pictures whose targets are known.

    Attributes:
        scores: the metrics that every trial tells, and the objective; ``None`` where these pictures do not define one.
        predictions: of which they are.
        unreadable: files that took no part.
        group_of: ``(n,)``, the number of the group of each; ``None``: each is by itself.
    """

    scores: Mapping[str, float | None]
    predictions: Predictions
    unreadable: tuple[str, ...] = ()
    group_of: np.ndarray | None = None

    @property
    def count(self) -> int:
        """Pictures."""
        return len(self.predictions)

    @property
    def groups(self) -> int:
        """That the pictures are of; 0 where each is by itself."""
        return 0 if self.group_of is None else len(set(self.group_of.tolist()))

    def to_dict(self) -> dict[str, Any]:
        return {
            "count": self.count,
            **({"groups": self.groups} if self.groups else {}),
            **self.scores,
            **self.predictions.details(),
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
            permit, best = model_permit(study, ask), held.best
            self._model = load_model(path, study.experiment, best.config, code, permit, study.names)
            self._tokenizer = tokenizer_of(path) if study.experiment.family.reads_texts else None
        self._task = study.experiment.predicted
        self._objective = study.experiment.objective.metric
        self._permit = functools.partial(permit_metric, study, ask)
        self._names = study.names
        self._answers = _answers_of(self._model, study.experiment, best.config, self._names, best.decisive)
        self._experiment = study.experiment
        self._tiles: Tiles | None = None
        if self._tokenizer is not None:
            return
        height, width, self._channels = self._model.input_shape[1:]
        self._size = (height, width)
        self._trained = ValueRange.recorded(study.environment.get("dataset", {}))
        source = study.experiment.dataset
        # A new picture is decoded as those of training were; pictures that came as arrays were not decoded at all.
        self._decoding: Decoding = getattr(source, "decoding", "full")
        self._resizing: Resizing = source.resizing or "stretch"
        self._tables = tables_of(source)
        self._source = source
        self._tiles = source.tiles if isinstance(source, TiledSource) else None

    @property
    def model(self) -> keras.Model:
        """The loaded model, from inputs at rest to what its task tells."""
        return self._model

    def predict(self, path: str | os.PathLike[str]) -> Prediction:
        """What the model tells of one picture file, decoded, resized and brought to the values of its training.

        Of a model of texts, what it tells of a text file.

        Raises:
            InputError: the file is not a picture, or text, that can be read, has other channels, or its values cannot
                be brought to those.
        """
        if self._tokenizer is not None:
            return self._asked(str(path), *self._numbered(read_text(path))).prediction
        try:
            content = read_file(path)
        except UnreadableError as error:
            raise InputError(Problem(str(path), str(error))) from None
        return self.ask(content, str(path)).prediction

    def ask(self, content: bytes, name: str) -> Asked:
        """The same of the content of a file, with what the network was given and told.

        Args:
            content: of a picture file, or a text in UTF-8.
            name: what messages call it.

        Raises:
            InputError: as of :meth:`predict`.
        """
        if self._tokenizer is not None:
            return self._asked(name, *self._numbered(text_in(content, name)))
        if self._tiles is not None and isinstance(self._answers, Joining):
            return self._ask_tiles(content, name, self._tiles, self._answers)
        picture, size = self._opened(content, name, self._size)
        given = self._as_trained([picture], picture, name, size)
        return self._asked(name, given, size)

    def _asked(self, name: str, given: np.ndarray, size: Size) -> Asked:
        is_text = self._tokenizer is not None
        unknown, tokens = (unknown_share(given), int((given > 0).sum())) if is_text else (None, None)
        output = self._model.predict(given, verbose=0)[0]
        answer = self._answers.of(output)
        if isinstance(answer, Located):
            answer = answer.within(size, self._size, self._resizing)
        return Asked(Prediction(name, answer, size, unknown, tokens), given, output)

    def _ask_tiles(self, content: bytes, name: str, tiles: Tiles, answers: Joining) -> Asked:
        """Of all of a picture, which is cut as those of training were; what was given and told is of its first tile."""
        picture, size = self._opened(content, name, None)
        places = tiles_of(size, tiles.size, tiles.shared)
        parts: list[tuple[Tile, Answer]] = []
        given, told = np.empty(0), np.empty(0)
        for at in range(0, len(places), _BATCH):
            some = places[at : at + _BATCH]
            taken = self._as_trained([cut(picture, tile) for tile in some], picture, name)
            outputs = self._model.predict(taken, verbose=0)
            parts += [(tile, self._answers.of(output)) for tile, output in zip(some, outputs, strict=True)]
            if not at:
                given, told = taken[:1], outputs[0]
        return Asked(Prediction(name, answers.joined(parts), size), given, told)

    def predict_all(self, paths: Iterable[str | os.PathLike[str]]) -> list[Prediction | Problem]:
        """Label picture files; of one that cannot be labelled, its path and the reason."""
        found: list[Prediction | Problem] = []
        for path in paths:
            try:
                found.append(self.predict(path))
            except InputError as error:
                found.append(error.problems[0])
        return found

    def evaluate(self, data: str) -> Evaluation:
        """Metrics on a folder of classes, an archive of one, ``.npz``, ``.csv`` or ``.parquet``.

        Raises:
            InputError: the data cannot be used, or has a class that the model does not know; or the metric of the
                user's own that was searched for cannot be used.
        """
        self._permit()
        x, y, unreadable, of = self._labelled(data)
        outputs = _told(self._model, x)
        with metric_as_input(self._objective):
            found = evaluation(self._task, self._answers, y, outputs, unreadable, self._objective)
        return replace(found, group_of=of)

    def _labelled(self, data: str) -> Labelled:
        """What the model takes, the targets, and what was left out."""
        if self._tokenizer is not None:
            texts, y, unreadable, groups = labelled_texts(data, self._names, self._experiment)
            return Labelled(self._tokenizer.numbers(texts), y, unreadable, groups)
        given = (
            self._names,
            self._channels,
            self._size,
            self._trained,
            self._tables,
            self._task,
            self._decoding,
            self._resizing,
            self._source,
        )
        return load_labelled(data, *given)

    def _opened(self, content: bytes, name: str, to: Size | None) -> tuple[np.ndarray, Size]:
        """``(height, width, channels)``, to be brought to a size or to stay as it is; and its own size."""
        try:
            opened, size = open_at(content, to, self._decoding, self._resizing)
            picture = picture_array(opened, self._channels)
        except UnreadableError as error:
            raise InputError(Problem(name, str(error))) from None
        for cut_off in opened.cut:
            _LOG.warning("%s is read without %s", name, cut_off)
        return picture, size

    def _as_trained(self, parts: list[np.ndarray], whole: np.ndarray, name: str, own: Size | None = None) -> np.ndarray:
        """Parts of a picture, resized and in the values of training, ``(n, height, width, channels)``.

        Args:
            parts: of ``whole``, or that itself.
            whole: the picture.
            name: what messages call it.
            own: height and width of a part before it was decoded; left out, those that it has.
        """
        given = FILE_VALUES if whole.dtype == np.uint8 else ValueRange.of(whole.dtype, [whole])
        resized = np.stack([fitted(part, self._size, self._resizing, own) for part in parts])
        lying = frames(np.array([own or part.shape[:2] for part in parts]), self._size, self._resizing)
        return lying.blanked(as_trained(resized, given, self._trained, name, is_set=False))

    def _numbered(self, text: str) -> tuple[np.ndarray, Size]:
        return self._tokenizer.numbers([text]), (1, len(text))  # type: ignore[union-attr]  # of texts alone


def evaluate_file(
    model: Path,
    x: np.ndarray | Rows,
    y: np.ndarray,
    experiment: Experiment | None = None,
    config: Mapping[str, Any] = MappingProxyType({}),
    names: Sequence[str] = (),
    metrics: Mapping[str, float | None] = MappingProxyType({}),
    code: Mapping[str, str] = MappingProxyType({}),
    permit: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Metrics of a saved model.

    Args:
        model: a ``.keras`` file from pictures at rest to what its task tells.
        x: ``(n, height, width, channels)``.
        y: ``(n, ...)``, targets at rest.
        experiment, config, code, permit: see :func:`~cnnsearch.training.model_file.load_model`.
        names, metrics: of its outputs, and of its trial as recorded; left out, nothing is known of them but the task.

    Raises:
        InputError: it cannot be read.
    """
    task = experiment.predicted if experiment else DEFAULT_TASK
    loaded = load_model(model, experiment, config, code, permit)
    if loaded.input_shape[1:] != x.shape[1:]:
        rule = f"is the model of other pictures: it takes {loaded.input_shape[1:]}, and these are {x.shape[1:]}"
        raise InputError(Problem(model.name, rule))
    answers = _answers_of(loaded, experiment, config, names, metrics) if experiment else task.answers(names, metrics)
    objective = experiment.objective.metric if experiment else None
    return evaluation(task, answers, y, _told(loaded, x), objective=objective)


def _told(model: keras.Model, x: np.ndarray | Rows) -> Iterator[np.ndarray]:
    """What a model tells, part by part; in whole batches of Keras, so that they are what all at once would be."""
    of_batch = _BATCH * 4 * math.prod(side or 1 for side in model.output_shape[1:])
    part = _BATCH * max(1, min(_MOST, _ROOM // of_batch))
    for at in range(0, len(x), part):
        yield model.predict(x[at : at + part], verbose=0)


def _answers_of(
    model: keras.Model,
    experiment: Experiment,
    config: Mapping[str, Any],
    names: Sequence[str],
    metrics: Mapping[str, float | None],
) -> Answers:
    """What the outputs of a loaded model mean."""
    return experiment.predicted.answers(names, metrics, experiment.filled(config), telling_layer(model))


def evaluation(
    task: TaskSpec,
    answers: Answers,
    y: np.ndarray,
    outputs: np.ndarray | Iterator[np.ndarray],
    unreadable: tuple[str, ...] = (),
    objective: str | None = None,
) -> Evaluation:
    """Metrics of what a model gave.

    Args:
        task: of the model.
        answers: what its outputs mean.
        y: ``(n, ...)``, targets at rest.
        outputs: of the exported model, ``(n, ...)``, or parts of these in their order: of masks all of them together
            may not fit into memory.
        unreadable: files that took no part.
        objective: of the search that the model is of, which is told too.

    Raises:
        TrialError: the objective is a function of the user's own, which fails.
    """
    predictions = _predictions(answers, y, iter([outputs]) if isinstance(outputs, np.ndarray) else outputs)
    names = task.judged_by(objective or task.first_aim)
    return Evaluation({name: score_of(predictions, name) for name in names}, predictions, unreadable)


def _predictions(answers: Answers, y: np.ndarray, parts: Iterator[np.ndarray]) -> Predictions:
    if not isinstance(answers, Condensing):
        return answers.predictions(y, np.concatenate(list(parts)))
    kept: list[Mapping[str, np.ndarray]] = []
    at = 0
    for outputs in parts:
        kept.append(answers.condensed(y[at : at + len(outputs)], outputs))
        at += len(outputs)
    return answers.of_condensed(y, {name: np.concatenate([each[name] for each in kept]) for name in kept[0]})
