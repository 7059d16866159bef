"""Trains the configs of a space, each on several seeds, compresses every model, and keeps a line for each training."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.results import machine_in_words, version_of

__all__ = ["FLOAT", "RANKED", "RankedSet", "measure_ranks"]

FLOAT = "float32"

_SHARE = 0.5
"""Of the filters of each layer that go."""

_PACKAGES = ("cnnsearch", "tensorflow", "keras", "ai-edge-litert", "ai-edge-quantizer", "numpy")

_SPACE = {
    "conv_blocks": {"int": [1, 3]},
    "filters": {"choice": [4, 8, 16, 32]},
    "kernel_size": {"choice": [3, 5]},
    "normalization": {"choice": ["none", "batch"]},
    "activation": {"choice": ["relu", "tanh"]},
    "global_pooling": {"choice": ["flatten", "average"]},
    "units": {"choice": [16, 64]},
    "dropout": {"float": [0.0, 0.5]},
    "learning_rate": {"float": [5e-4, 1e-2], "log": True},
    "batch_size": {"choice": [32]},
}
"""Of what may change how a network bears fewer bits and fewer filters: its width, depth, normalisation and rate."""


@dataclass(frozen=True)
class RankedSet:
    """Pictures, and how long the configs are trained on them.

    Attributes:
        name: in the lines.
        title: what it is, in words.
        dataset: of the experiment.
        epochs: of a trial.
        epochs_after: of the training without half of the filters.
        configs: that are drawn.
        seeds: trainings of each.
    """

    name: str
    title: str
    dataset: Mapping[str, Any]
    epochs: int
    epochs_after: int
    configs: int = 12
    seeds: int = 2


RANKED = (
    RankedSet(
        "digits",
        "1,797 digits of 8x8 pixels",
        {"source": "digits", "validation": 0.4, "test": 0.0},
        epochs=20,
        epochs_after=10,
    ),
    RankedSet(
        "fashion",
        "4,800 pictures of Fashion-MNIST, 28x28, half of them for training",
        {"source": "fashion_mnist", "limit": 4800, "validation": 0.5, "test": 0.0},
        epochs=10,
        epochs_after=5,
    ),
)


def measure_ranks(path: Path, tell: Callable[[str], None]) -> None:
    """Every training of every set that is not in ``path`` yet; its line is added as it ends.

    Args:
        path: of the lines.
        tell: told what ended.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for each in RANKED:
        done = _done(path, each.name)
        wanted = [(config, seed) for config in range(each.configs) for seed in range(each.seeds)]
        if all(one in done for one in wanted):
            continue
        measured = _Measured(each)
        for config, seed in wanted:
            if (config, seed) in done:
                continue
            line = {"set": each.name, "config": config, "seed": seed, **measured.line(config, seed)}
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            tell(f"{each.name}: config {config}, seed {seed}: {line.get('accuracy')} {line['failed'] or ''}")


def _done(path: Path, name: str) -> set[tuple[int, int]]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []
    return {(line["config"], line["seed"]) for line in lines if line["set"] == name}


@dataclass(frozen=True)
class _Searched:
    """What making a compressed model asks of a study."""

    experiment: Any
    best: None = None


class _Measured:
    """A set in memory, with the configs that are drawn for it."""

    def __init__(self, each: RankedSet) -> None:
        from cnnsearch.experiment import Experiment
        from cnnsearch.sweep.data import load_data
        from cnnsearch.training.devices import import_quietly

        import_quietly()
        asked = {"name": each.name, "dataset": dict(each.dataset), "model": "cnn", "epochs": each.epochs, "seed": 0}
        self._set = each
        self._experiment = Experiment.model_validate({**asked, "space": _SPACE, "budget": {"trials": each.configs}})
        self._dataset, self._split = load_data(self._experiment)
        rng = np.random.default_rng(0)
        self._configs: Sequence[Mapping[str, Any]] = [self._experiment.space.sample(rng) for _ in range(each.configs)]

    def line(self, number: int, seed: int) -> dict[str, Any]:
        """What one training came to, and each model that was made of it."""
        import keras

        from cnnsearch.training.trial import TrialData, run_trial

        config, kept = self._configs[number], []
        told = {
            "date": datetime.now(UTC).isoformat(timespec="minutes"),
            "machine": machine_in_words(),
            "versions": {package: version_of(package) for package in _PACKAGES},
            "values": dict(config),
        }
        data = TrialData(self._dataset, self._split)
        result = run_trial(self._experiment, config, data, seed=seed, keep=kept.append)
        if not kept:
            return {**told, "failed": {"trial": result.reason or result.end_reason}}
        try:
            return {**told, "trial": result.value, **self._compressed(kept[0], config, seed)}
        finally:
            kept.clear()
            keras.backend.clear_session()
            gc.collect()

    def _compressed(self, model: Any, config: Mapping[str, Any], seed: int) -> dict[str, Any]:
        from cnnsearch.cache.rows import in_memory
        from cnnsearch.compression.litert import Interpreter
        from cnnsearch.compression.quantization import SAMPLE, quantized
        from cnnsearch.compression.sources import Sources
        from cnnsearch.compression.spec import Pruning, Quantization, Way
        from cnnsearch.data.stages import pixels, size_of
        from cnnsearch.errors import InputError

        experiment = self._experiment.model_copy(update={"seed": seed})
        material = pixels(self._dataset, self._split, size_of(experiment.filled(config)))
        sample = in_memory(material.x_train[:SAMPLE])
        sources = Sources(model, _Searched(experiment), config, material, lambda _: None, lambda: None)
        int8, half = Quantization("int8"), Pruning(_SHARE, epochs=self._set.epochs_after)
        found: dict[str, dict[str, Any]] = {"accuracy": {}, "bytes": {}, "failed": {}}
        for way in (Way(), Way(quantize=int8), Way(half), Way(half, int8)):
            name = way.name or FLOAT
            try:
                source = sources.of(way, sample)
                whole = source.content
                content = whole if way.quantize is None else quantized(whole, int8, sample, source.ends)
                outputs = Interpreter(content, os.cpu_count() or 1).run(material.x_validation)
            except InputError as error:
                found["failed"][name] = str(error)
                continue
            found["accuracy"][name] = float((outputs.argmax(1) == material.y_validation).mean())
            found["bytes"][name] = len(content)
        return {**found, "pictures": len(material.y_validation)}
