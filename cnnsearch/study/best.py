"""What is kept of the best trials: the model of the best one, the predictions of the best few."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from cnnsearch.errors import SweepError
from cnnsearch.study.folder import write_atomic, write_json

__all__ = ["KEPT_PREDICTIONS", "BestKeeper", "write_best"]

KEPT_PREDICTIONS = 10
"""Trials whose validation predictions are kept."""

Score = tuple[int, float]
"""1 for a completed trial, 0 for a stopped one; then its objective, larger being better."""


class BestKeeper:
    """Moves what workers left of a trial into the study where the trial is among the best, else deletes it.

    Args:
        folder: the study folder. Workers leave ``checkpoints/<trial>/model.keras`` and ``predictions.npz`` there.
        sign: +1 where a larger objective is better, -1 where a smaller is.
        classes: class names.
    """

    def __init__(self, folder: Path, sign: float, classes: list[str]) -> None:
        self._folder = folder
        self._sign = sign
        self._classes = classes
        self._best: Score | None = None
        self._predicted: dict[int, Score] = {}

    @property
    def bars(self) -> dict[str, Score | None]:
        """What a trial must exceed for its model and its predictions to be worth writing; ``None``: anything."""
        full = len(self._predicted) >= KEPT_PREDICTIONS
        return {"best": self._best, "predictions": min(self._predicted.values()) if full else None}

    def recover(self, ended: Iterable[Mapping[str, Any]]) -> None:
        """Be where the trials that ended leave it.

        Args:
            ended: their lines of ``trials.jsonl``, in the order in which they ended.
        """
        for record in ended:
            if record["state"] == "FAILED":
                continue
            score = (int(record["state"] == "COMPLETED"), self._sign * record["value"])
            if (self._folder / "predictions" / f"{record['trial']:06d}.npz").is_file():
                self._predicted[record["trial"]] = score
            if self._best is None or score > self._best:
                self._best = score

    def settle(self, record: Mapping[str, Any]) -> None:
        """Decide on an ended trial, before its line is written.

        Args:
            record: its line of ``trials.jsonl``, with ``trial``.

        Raises:
            SweepError: the study cannot be written, or the weights of a new best trial are not there.
        """
        trial = record["trial"]
        candidate = self._folder / "checkpoints" / str(trial)
        try:
            if record["state"] != "FAILED":
                score = (int(record["state"] == "COMPLETED"), self._sign * record["value"])
                self._settle_predictions(trial, score, candidate)
                if self._best is None or score > self._best:
                    self._promote(record, candidate)
                    self._best = score
            shutil.rmtree(candidate, ignore_errors=True)
        except OSError as error:
            raise SweepError(f"cannot keep trial {trial} in {self._folder}: {error}") from error

    def _settle_predictions(self, trial: int, score: Score, candidate: Path) -> None:
        source = candidate / "predictions.npz"
        if not source.is_file():
            return
        kept = self._folder / "predictions"
        kept.mkdir(exist_ok=True)
        os.replace(source, kept / f"{trial:06d}.npz")
        self._predicted[trial] = score
        if len(self._predicted) > KEPT_PREDICTIONS:
            worst = min(self._predicted, key=lambda number: (self._predicted[number], -number))
            del self._predicted[worst]
            (kept / f"{worst:06d}.npz").unlink(missing_ok=True)

    def _promote(self, record: Mapping[str, Any], candidate: Path) -> None:
        model = candidate / "model.keras"
        if not model.is_file():
            raise SweepError(
                f"the worker's weights of trial {record['trial']} are not in {candidate}: "
                "the study folder must be one that all nodes share"
            )
        write_best(self._folder, model, record, self._classes)


def write_best(folder: Path, model: Path, record: Mapping[str, Any], classes: list[str]) -> None:
    """Replace what ``best/`` holds.

    Args:
        folder: the study folder.
        model: the file of the model, which is moved.
        record: the trial's line with ``trial`` and ``config``, or that of its run as a finalist.
        classes: class names.
    """
    best = folder / "best"
    best.mkdir(exist_ok=True)
    os.replace(model, best / "model.keras")
    write_json(best / "metrics.json", {key: record[key] for key in _METRICS_KEYS if key in record})
    write_json(best / "labels.json", classes)
    stream = io.StringIO()
    YAML(typ="safe", pure=True).dump(dict(record["config"]), stream)
    write_atomic(best / "config.yaml", stream.getvalue())


_METRICS_KEYS = ("trial", "run", "state", "seed", "value", "best_epoch", "metrics", "cost")
