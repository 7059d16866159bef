"""Learning curves of any config without training: a surrogate that was fitted to many that were trained."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

__all__ = ["Curve", "LcBench", "Surrogate"]


@dataclass(frozen=True)
class Curve:
    """Of a config after each epoch.

    Attributes:
        values: shares, larger being better.
        seconds: of each epoch.
    """

    values: tuple[float, ...]
    seconds: tuple[float, ...]


class Surrogate(Protocol):
    """Data sets, a space, and the curve that a config has on each.

    Attributes:
        tasks: names of the data sets.
        space: as in an experiment file.
        epochs: of a full training.
    """

    tasks: tuple[str, ...]
    space: dict[str, Any]
    epochs: int

    def curve(self, task: str, config: dict[str, Any]) -> Curve:
        """Of one config on one data set; the same each time."""


class LcBench:
    """LCBench (Zimmer et al. 2021): networks of up to five dense layers on 34 tables, 52 epochs, validation accuracy.

    By the surrogate of YAHPO Gym (Pfisterer et al. 2022), an ONNX file, on one thread.

    Args:
        folder: holds ``model.onnx``, ``encoding.json`` and ``config_space.json``.
    """

    epochs = 52
    space: ClassVar[dict[str, Any]] = {
        "batch_size": {"int": [16, 512], "log": True},
        "learning_rate": {"float": [1e-4, 1e-1], "log": True},
        "momentum": {"float": [0.1, 0.99]},
        "weight_decay": {"float": [1e-5, 1e-1]},
        "dense_layers": {"int": [1, 5]},
        "units": {"int": [64, 1024], "log": True},
        "dropout": {"float": [0.0, 0.95]},
    }
    """In the order in which the surrogate takes them, after the epoch; by the names that a ``cnn`` has for them.

    Dropout goes to 0.95 in place of 1, as no experiment may ask for more."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        self._numbers = json.loads((folder / "encoding.json").read_text(encoding="utf-8"))["OpenML_task_id"]
        declared = json.loads((folder / "config_space.json").read_text(encoding="utf-8"))["hyperparameters"]
        self.tasks = tuple(next(each["choices"] for each in declared if each["name"] == "OpenML_task_id"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)

    def curve(self, task: str, config: dict[str, Any]) -> Curve:
        asked = np.empty((self.epochs, 1 + len(self.space)), np.float32)
        asked[:, 0] = np.arange(1, self.epochs + 1)
        asked[:, 1:] = [config[name] for name in self.space]
        number = np.full((self.epochs, 1), self._numbers[task], np.int32)
        time, accuracy = self._session.run(None, {"x_cat": number, "x_cont": asked})[0].T[:2].astype(float)
        passed = np.maximum.accumulate(np.maximum(time, 0.0))  # a few steps of it go back
        shares = np.clip(accuracy / 100, 0.0, 1.0)
        return Curve(tuple(shares.tolist()), tuple(np.diff(passed, prepend=0.0).tolist()))
