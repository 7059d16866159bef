"""What is kept of the best trials: the model of the best one, the predictions of the best few."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from ruamel.yaml import YAML

from cnnsearch.errors import SweepError
from cnnsearch.study.store import Store

__all__ = ["KEPT_PREDICTIONS", "BestKeeper", "write_best"]

KEPT_PREDICTIONS = 10
"""Trials whose validation predictions are kept."""

Score = tuple[int, float]
"""1 for a completed trial, 0 for a stopped one; then its objective, larger being better."""


class BestKeeper:
    """Moves what workers left of a trial into the study where the trial is among the best, else deletes it.

    Args:
        store: of the study. Workers leave ``checkpoints/<trial>/model.keras`` and ``predictions.npz`` there.
        sign: +1 where a larger objective is better, -1 where a smaller is.
        classes: class names.
    """

    def __init__(self, store: Store, sign: float, classes: list[str]) -> None:
        self._store = store
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
            if self._store.exists(f"predictions/{record['trial']:06d}.npz"):
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
        candidate = f"checkpoints/{trial}"
        if record["state"] != "FAILED":
            score = (int(record["state"] == "COMPLETED"), self._sign * record["value"])
            self._settle_predictions(trial, score, candidate)
            if self._best is None or score > self._best:
                self._promote(record, candidate)
                self._best = score
        self._store.delete(candidate)

    def _settle_predictions(self, trial: int, score: Score, candidate: str) -> None:
        source = f"{candidate}/predictions.npz"
        if not self._store.exists(source):
            return
        self._store.move(source, f"predictions/{trial:06d}.npz")
        self._predicted[trial] = score
        if len(self._predicted) > KEPT_PREDICTIONS:
            worst = min(self._predicted, key=lambda number: (self._predicted[number], -number))
            del self._predicted[worst]
            self._store.delete(f"predictions/{worst:06d}.npz")

    def _promote(self, record: Mapping[str, Any], candidate: str) -> None:
        model = f"{candidate}/model.keras"
        if not self._store.exists(model):
            raise SweepError(
                f"the worker's weights of trial {record['trial']} are not in {self._store.at(candidate)}: "
                "the study must be kept where all nodes see it"
            )
        write_best(self._store, model, record, self._classes)


def write_best(store: Store, model: str, record: Mapping[str, Any], classes: list[str]) -> None:
    """Replace what ``best/`` holds.

    Args:
        store: of the study.
        model: the file of the model in it, which is moved.
        record: the trial's line with ``trial`` and ``config``, or that of its run as a finalist.
        classes: class names.
    """
    store.move(model, "best/model.keras")
    store.write_json("best/metrics.json", {key: record[key] for key in _METRICS_KEYS if key in record})
    store.write_json("best/labels.json", classes)
    stream = io.StringIO()
    YAML(typ="safe", pure=True).dump(dict(record["config"]), stream)
    store.write("best/config.yaml", stream.getvalue())


_METRICS_KEYS = ("trial", "run", "state", "seed", "value", "best_epoch", "metrics", "cost")
