"""What is kept of the best trials: the model of the best one, the predictions of the best few."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnnsearch.errors import SweepError
from cnnsearch.escaping import json_text
from cnnsearch.experiment.files.written_yaml import yaml_text
from cnnsearch.study.fronts import Vector
from cnnsearch.study.predictions import kept_at, left_at
from cnnsearch.study.ranking import Leading, Place, Ranking
from cnnsearch.study.record.lines import FinalistLine, RefitLine, TrialLine, to_json
from cnnsearch.study.store import Store

__all__ = [
    "CHECKPOINT",
    "CHECKPOINTS",
    "KEPT_PREDICTIONS",
    "MODEL",
    "NOTE",
    "TAKEOVER",
    "Bars",
    "BestKeeper",
    "Kept",
    "beside_best",
    "digest_of",
    "front_model",
    "left_by",
    "note_best",
    "note_of",
    "write_best",
]

MODEL = "best/model.keras"
NOTE = "best/metrics.json"
"""Says whose model lies beside it, and which file that is."""

CHECKPOINTS = "checkpoints"
"""Folder of a study where workers leave what a trial needs until it has ended."""

FRONT = "front"
"""Folder of a study with several objectives, for the models of its front."""

CHECKPOINT, TAKEOVER = "checkpoint.npz", "takeover.npz"
"""In the folder of an attempt at a trial: where it stood; and where another one did, if it goes on from there."""

KEPT_PREDICTIONS = 10
"""Trials whose validation predictions are kept."""

_NAMED: Place = (2, 0.0, 0.0)
"""Of a winner that fresh seeds named: no value of a search exceeds it."""


@dataclass(frozen=True)
class Bars:
    """What a trial must exceed for what it gives to be worth writing; ``None``: anything.

    Attributes:
        best: for its model.
        predictions: for its predictions.
        front: with several objectives, vectors of which none may dominate a trial for its model to be wanted.
    """

    best: Place | None = None
    predictions: Place | None = None
    front: tuple[Vector, ...] = ()


def left_by(trial: int, attempt: int) -> str:
    """Where the worker of an attempt at a trial leaves things; one that was given up may write there for a while yet.

    Args:
        trial: its number.
        attempt: counted from 1.
    """
    return f"{CHECKPOINTS}/{trial}/{attempt}"


@dataclass(frozen=True)
class Kept:
    """A training whose model goes into ``best/``.

    Attributes:
        line: of the trial, or of its run as a finalist.
        config: that was trained.
        named: of a winner, against whom it was named, as in the note.
        refit: of that training, on training and validation pictures together, or an ensemble: the model is its, all
            numbers are those of the training before.
    """

    line: TrialLine | FinalistLine
    config: Mapping[str, Any]
    named: Mapping[str, Any] | None = None
    refit: RefitLine | None = None

    @classmethod
    def of(cls, line: TrialLine) -> Kept:
        """The best trial of a search."""
        return cls(line, line.config)


class BestKeeper:
    """Moves what workers left of a trial into the study where the trial is among the best, else deletes it.

    Args:
        store: of the study. Workers leave ``model.keras`` and ``predictions.npz`` where :func:`left_by` says.
        ranking: which trial is better.
        names: of the outputs of a model.
        named: whether ``best/`` holds a winner that finalists named: it stays until they name another one.
    """

    def __init__(self, store: Store, ranking: Ranking, names: list[str], named: bool = False) -> None:
        self._store = store
        self._ranking = ranking
        self._names = names
        self._best: Place | None = _NAMED if named else None
        self._predicted: dict[int, Place] = {}
        self._leading: Leading[TrialLine] = Leading(ranking)

    @property
    def bars(self) -> Bars:
        """Of the trials that have ended."""
        full = len(self._predicted) >= KEPT_PREDICTIONS
        predictions = min(self._predicted.values()) if full else None
        if not self._ranking.has_several:
            return Bars(self._best, predictions)
        completed = [line for line in self._leading.front if line.state == "COMPLETED"]
        vectors = tuple(vector for line in completed if (vector := self._ranking.vector_of(line)) is not None)
        return Bars(self._best if self._best == _NAMED else None, predictions, vectors)

    def recover(self, ended: Sequence[TrialLine]) -> None:
        """Be where the trials that ended leave it; what the driver did not live to do with the last one is done now.

        Args:
            ended: their lines, in the order in which they ended.
        """
        for record in ended[:-1]:
            place = self._ranking.place(record)
            self._leading.add(record)
            if place is not None:
                if self._store.exists(kept_at(record.trial)):
                    self._predicted[record.trial] = place
                if self._best is None or place > self._best:
                    self._best = place
        for record in ended[-1:]:
            self.settle(record)

    def check(self, record: TrialLine) -> None:
        """Look whether what the worker had to leave of an ended trial is there, before its line is written.

        Raises:
            SweepError: it is not.
        """
        place, left = self._ranking.place(record), _left(record)
        if place is None or self._best == _NAMED:
            return
        if self._ranking.has_several:
            if record.trial not in {line.trial for line in self._ranking.front([*self._leading.front, record])}:
                return
        elif self._best is not None and place <= self._best:
            return
        if not self._store.exists(f"{left}/model.keras"):
            raise SweepError(
                f"the worker's weights of trial {record.trial} are not in {self._store.at(left)}: "
                "the study must be kept where all nodes see it"
            )

    def settle(self, record: TrialLine) -> None:
        """Decide on an ended trial, when its line is written. To do it twice does no harm.

        Raises:
            StorageError: the study cannot be written.
        """
        trial, place, left = record.trial, self._ranking.place(record), _left(record)
        if place is not None:
            self._settle_predictions(trial, place, left_at(left))
            if self._ranking.has_several:
                self._settle_front(record, f"{left}/model.keras")
            elif self._best is None or place > self._best:
                self._best = place
                if self._store.exists(f"{left}/model.keras"):
                    write_best(self._store, f"{left}/model.keras", Kept.of(record), self._names)
        self._store.delete(f"{CHECKPOINTS}/{trial}")

    def _settle_front(self, record: TrialLine, left: str) -> None:
        """Keep the models of the front, as any of them may come to be chosen; that of the chosen one is in ``best/``.

        No order of these steps loses a model: what is moved away is brought back when this is done again.
        """
        before = {line.trial for line in self._leading.front}
        self._leading.add(record)
        if self._best == _NAMED:
            return
        front = {line.trial: line for line in self._leading.front}
        if record.trial in front and self._store.exists(left):
            self._store.move(left, front_model(record.trial))
        chosen = self._leading.best
        if chosen is not None and self._store.exists(front_model(chosen.trial)):
            held = _trial_in_best(self._store)
            if held is not None and held != chosen.trial and held in front and self._store.exists(MODEL):
                self._store.move(MODEL, front_model(held))
            write_best(self._store, front_model(chosen.trial), Kept.of(chosen), self._names)
        for trial in before - front.keys():
            self._store.delete(front_model(trial))

    def _settle_predictions(self, trial: int, place: Place, source: str) -> None:
        if self._store.exists(source):
            self._store.move(source, kept_at(trial))
        elif not self._store.exists(kept_at(trial)):
            return
        self._predicted[trial] = place
        if len(self._predicted) > KEPT_PREDICTIONS:
            worst = min(self._predicted, key=self._predicted.__getitem__)
            del self._predicted[worst]
            self._store.delete(kept_at(worst))


def _left(record: TrialLine) -> str:
    return left_by(record.trial, record.attempts)


def front_model(trial: int) -> str:
    """Where the model of a trial of the front lies while another one is chosen."""
    return f"{FRONT}/{trial:06d}.keras"


def _trial_in_best(store: Store) -> int | None:
    """Whose model ``best/`` holds, by its note; ``None`` where there is none."""
    try:
        trial = store.read_json(NOTE).get("trial")
    except FileNotFoundError:
        return None
    return trial if isinstance(trial, int) else None


def write_best(store: Store, model: str, kept: Kept, names: list[str]) -> None:
    """Replace what ``best/`` holds.

    Args:
        store: of the study.
        model: the file of the model in it, which is moved.
        kept: whose it is.
        names: of the outputs of a model.
    """
    note_best(store, model, kept)
    for name, content in beside_best(store, kept, names).items():
        store.remake(name, content)
    store.move(model, MODEL)  # last: while it lies where it was left, all this can be done again


def beside_best(store: Store, kept: Kept, names: list[str]) -> dict[str, str]:
    """What lies beside the model, its note aside: name -> content. Arguments as of :func:`write_best`."""
    found = {"best/labels.json": _json(names), "best/config.yaml": yaml_text(kept.config)}
    values = _values(store)
    return found if values is None else {**found, "best/values.json": _json(values)}


def _values(store: Store) -> Any:
    """Which values its pictures have: whoever takes the model out of the study must keep to these."""
    try:
        return store.read_json("environment.json").get("dataset", {}).get("values")
    except FileNotFoundError:
        return None


def note_best(store: Store, model: str, kept: Kept) -> None:
    """Write beside the model in ``best/`` what it is; arguments as of :func:`write_best`."""
    for name, content in note_of(store, model, kept, digest_of(store, model)).items():
        store.remake(name, content)


def note_of(store: Store, model: str, kept: Kept, digest: str) -> dict[str, str]:
    """The note, by its name; arguments as of :func:`write_best`, and the sha256 of the model."""
    entry = store.entry(model)
    held = {"sha256": digest, "bytes": entry.bytes if entry is not None else None}
    line = kept.line
    return {
        NOTE: _json(
            {
                "trial": line.trial,
                **({"run": line.run} if isinstance(line, FinalistLine) else {}),
                "state": line.state,
                "seed": line.seed if line.model_seed is None else line.model_seed,
                "value": line.value,
                "best_epoch": line.best_epoch,
                "metrics": dict(line.metrics),
                "cost": dict(line.cost),
                **({"named": dict(kept.named)} if kept.named else {}),
                **({kept.refit.kind: _told_of(kept.refit)} if kept.refit else {}),
                "model": held,
            }
        )
    }


def _told_of(refit: RefitLine) -> dict[str, Any]:
    """Whoever takes the folder away must see of which training the numbers beside it are."""
    if refit.members:
        return {
            "members": [to_json(member) for member in refit.members],
            "value": refit.value,
            "metrics": dict(refit.metrics),
            "cost": dict(refit.cost),
            "note": "the model is the mean of what its members tell; the values beside this are of the first one alone"
            + (", before it was trained again" if refit.is_trained_again else ""),
        }
    return {
        "epochs": refit.epochs,
        "pictures": refit.pictures,
        "note": "the model was trained on training and validation pictures; the values here are of the training before",
    }


def _json(content: Any) -> str:
    return json_text(content, indent=2) + "\n"


def digest_of(store: Store, name: str) -> str:
    """The sha256 of a file, in hexadecimal."""
    with store.as_file(name) as path, path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
