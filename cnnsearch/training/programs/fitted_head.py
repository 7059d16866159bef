"""FittedHead: a head that is fitted in one step, in the place of a program that trains."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnsearch.errors import TrialError
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.heads import Judged
from cnnsearch.training.latency import Latency, measured
from cnnsearch.training.programs.program import Piece
from cnnsearch.training.programs.structure import Structure

__all__ = ["FittedHead"]


class FittedHead:
    """A head that is fitted to the features in one step, and used as a dense layer ever after.

    Args:
        structure: cut.
        config: filled; ``head`` says which kind.
        names: of the outputs.
        seed: of the solver.

    Attributes:
        model: from features to outputs.

    Raises:
        TrialError: the task has no such head.
    """

    is_restorable = False  # fitted in one step: there is nothing to go on from
    variables: Sequence[Any] = ()

    def __init__(self, structure: Structure, config: Mapping[str, Any], names: Sequence[str], seed: int) -> None:
        task = TASKS[structure.task]
        if config["head"] not in task.fits:
            raise TrialError(f"head '{config['head']}' cannot be fitted for task '{task.name}': head must be dense")
        self.structure = structure
        self.model = structure.build(config)
        self._config, self._names = config, tuple(names)
        self._task = task
        self._fitted = task.fitted(structure.outputs, config, seed)
        self._latency: Latency | None = None

    def train_epoch(
        self,
        pieces: Iterable[Piece],
        learning_rates: np.ndarray,  # noqa: ARG002 - the signature of a program's
        seed: int,  # noqa: ARG002
        step: int,  # noqa: ARG002
        weights: np.ndarray | None = None,
    ) -> tuple[float, ...]:
        """Fit; mean loss and metrics on the same pictures."""
        parts = [(np.asarray(x)[order], np.asarray(y)[order]) for x, y, order in pieces]
        x, y = _rows(np.concatenate([part[0] for part in parts])), np.concatenate([part[1] for part in parts])
        self.model.get_layer("head_logits").set_weights(self._fitted.weights(x, y, weights))
        judged = self._judged(x, y)
        predictions = self._task.predictions(y, {**judged.kept, **judged.counts}, self._names, self._config)
        scores = predictions.scores(self._task.trained)
        return float(np.mean(judged.losses if weights is None else judged.losses * weights)), *scores.values()

    def evaluate(self, pieces: Iterable[tuple[Any, Any]]) -> tuple[float, dict[str, np.ndarray]]:
        """As :meth:`Program.evaluate <cnnsearch.training.programs.program.Program.evaluate>`."""
        parts = [(np.asarray(x), np.asarray(y)) for x, y in pieces]
        x, y = _rows(np.concatenate([part[0] for part in parts])), np.concatenate([part[1] for part in parts])
        judged = self._judged(x, y)
        return float(judged.losses.mean()), {**judged.kept, **judged.counts}

    def judged(self) -> contextlib.AbstractContextManager[None]:
        """As of a program: the model has them already."""
        return contextlib.nullcontext()

    def latency(self, x: Any, y: Any) -> Latency:
        """Of one picture's features through the head."""
        if self._latency is None:
            self._latency = measured(lambda: self._judged(_rows(np.asarray(x)), np.asarray(y)))
        return self._latency

    def _judged(self, x: np.ndarray, y: np.ndarray) -> Judged:
        kernel, bias = (np.asarray(weight) for weight in self.model.get_layer("head_logits").weights)
        return self._fitted.judged((x @ kernel + bias).astype(np.float64), y)


def _rows(x: np.ndarray) -> np.ndarray:
    """Features of each picture in one row, as ``Flatten`` has them."""
    return x.reshape(len(x), -1).astype(np.float32)
