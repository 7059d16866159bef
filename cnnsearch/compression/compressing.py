"""A study's best model, compressed in some ways, measured beside the float model, and kept in the study."""

from __future__ import annotations

import gzip
import hashlib
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.cache.rows import in_memory
from cnnsearch.compression.litert import Interpreter, check_installed, converted, timed
from cnnsearch.compression.quantization import SAMPLE, Quantization, quantized
from cnnsearch.data.stages import Pixels, pixels, size_of
from cnnsearch.errors import InputError, Problem, TrialError
from cnnsearch.serving.own_metric import metric_as_input, permit_metric
from cnnsearch.serving.prediction import Evaluation, evaluation
from cnnsearch.study.environment import package_versions
from cnnsearch.study.folder.trust import Ask, model_permit, never
from cnnsearch.study.predictions import to_bytes
from cnnsearch.study.record.lines import CompressionLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.winner.best_model import open_best
from cnnsearch.study.winner.compressed import predictions_at, tflite_at
from cnnsearch.training.ensemble import telling_layer
from cnnsearch.training.model_file import load_model

if TYPE_CHECKING:
    import keras

    from cnnsearch.data.dataset import Dataset
    from cnnsearch.data.split import Split
    from cnnsearch.study import Study
    from cnnsearch.study.winner.best_model import BestModel

__all__ = ["FLOAT", "check", "compressed"]

FLOAT = "float32"
"""Name of the float model, which every other one is compared with."""

_PACKAGES = ("ai-edge-litert", "ai-edge-quantizer", "keras", "tensorflow")


@dataclass(frozen=True)
class _Made:
    """A file, with what it came to on the validation split."""

    name: str
    way: dict[str, Any]
    content: bytes
    result: Evaluation
    seconds: float


def compressed(
    study: Study, ways: Sequence[Quantization], dataset: Dataset, split: Split, ask: Ask = never
) -> list[CompressionLine]:
    """Compress the model in ``best/``, and measure each file on the whole validation split by the interpreter.

    Everything is made and measured before anything is written to the study: the files, then their lines.

    Args:
        study: which nobody else writes to meanwhile.
        ways: what is made.
        dataset, split: of its experiment, loaded anew.
        ask: whether the model's code of a study that somebody else made may be imported.

    Returns:
        The line of the float model, and one for each way.

    Raises:
        InputError: nothing may be written to the study, there is no model, the data are others, no validation picture
            is there that the model was not trained on, a package is missing, or the model cannot be compressed so.
    """
    check(study, ways)
    _check_data(study, dataset)
    permit_metric(study, ask)
    with open_best(study) as (path, held):
        digest = held.digest or hashlib.sha256(path.read_bytes()).hexdigest()
        config = study.experiment.filled(held.best.config)
        code, permit = study.environment.get("code", {}), model_permit(study, ask)
        model = load_model(path, study.experiment, held.best.config, code, permit, study.names)
        material = pixels(dataset, split, size_of(config))
        made = _all_made(study, held, model, material, ways)
    sizes = _sizes(study, model)
    told = {"trial": held.best.trial, "run": held.best.run, "source": digest, **sizes, **_circumstances()}
    example = in_memory(material.x_validation[:1])
    lines = [_line(each, told, example) for each in made]
    _keep(study, made, lines)
    return lines


def check(study: Study, ways: Sequence[Quantization]) -> None:
    """What can be told before the data is read.

    Raises:
        InputError: nothing may be written to the study, it has no model or no validation split, a package is missing,
            or its family cannot be compressed so.
    """
    study.store.check_writable()
    check_installed()
    if not ways:
        raise InputError(Problem("--quantize", "must name at least one way"))
    if study.best is None:
        raise InputError(Problem("STUDY", "has no best model: none of its trials gave a value", study.source))
    if study.experiment.cross_validation is not None:
        rule = (
            "was searched on folds, and models are compressed where a validation split is there to measure them by: "
            "search the best config without evaluation.folds"
        )
        raise InputError(Problem("STUDY", rule, study.source))
    if study.experiment.family.reads_texts and any(way.io == "int8" for way in ways):
        raise InputError(
            Problem("--io", f"int8 is for pictures: {study.experiment.model} takes numbers of tokens", "int8")
        )


def _check_data(study: Study, dataset: Dataset) -> None:
    known = study.environment.get("dataset", {}).get("fingerprint")
    if known != dataset.fingerprint:
        rule = f"is no longer what the study was run on: its fingerprint is {dataset.fingerprint[:12]}"
        raise InputError(Problem("dataset", rule, str(known)[:12]))


def _all_made(
    study: Study, held: BestModel, model: keras.Model, material: Pixels, ways: Sequence[Quantization]
) -> list[_Made]:
    """The float file, then one for each way."""
    task, objective = study.experiment.predicted, study.experiment.objective.metric
    filled = study.experiment.filled(held.best.config)
    answers = task.answers(study.names, held.best.decisive, filled, telling_layer(model))
    sample = _sample(study, material) if any(way.needs_sample for way in ways) else np.empty(0)

    def made(name: str, way: dict[str, Any], content: bytes, started: float) -> _Made:
        outputs = Interpreter(content, os.cpu_count() or 1).one_by_one(material.x_validation)
        with metric_as_input(objective):
            result = evaluation(task, answers, material.y_validation, outputs, objective=objective)
        return _Made(name, way, content, result, time.perf_counter() - started)

    started = time.perf_counter()
    content = converted(model)
    found = [made(FLOAT, {}, content, started)]
    for way in ways:
        started = time.perf_counter()
        told = {**way.told, **({"sample": len(sample)} if way.needs_sample else {})}
        found.append(made(way.name, told, quantized(content, way, sample), started))
    return found


def _sample(study: Study, material: Pixels) -> np.ndarray:
    """Some training inputs, always the same ones."""
    count = len(material.x_train)
    chosen = np.random.default_rng(study.experiment.seed).permutation(count)[:SAMPLE]
    return in_memory(material.x_train[np.sort(chosen)])


def _sizes(study: Study, model: keras.Model) -> dict[str, Any]:
    from cnnsearch.networks.traced import traced_sizes  # it imports Keras

    try:
        macs: float | None = float(traced_sizes(model, tuple(model.input_shape[1:])).macs)
    except TrialError:  # what a network of the user's own may not tell
        macs = study.best.cost.get("macs") if study.best else None
    return {"parameters": model.count_params(), "macs": macs}


def _circumstances() -> dict[str, Any]:
    cpus = os.cpu_count() or 1
    return {
        "machine": {"node": platform.node(), "processor": _processor(), "cpus": cpus},
        "versions": package_versions(_PACKAGES),
    }


def _processor() -> str:
    """As Linux names it; elsewhere as Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _line(made: _Made, told: dict[str, Any], example: np.ndarray) -> CompressionLine:
    started = time.perf_counter()
    timings = timed(made.content, example)
    return CompressionLine(
        **told,
        name=made.name,
        way=made.way,
        file=hashlib.sha256(made.content).hexdigest(),
        bytes=len(made.content),
        gzipped=len(gzip.compress(made.content)),
        count=made.result.count,
        metrics=made.result.scores,
        timings=timings,
        seconds=made.seconds + time.perf_counter() - started,
        time=time.time(),
    )


def _keep(study: Study, made: Sequence[_Made], lines: Sequence[CompressionLine]) -> None:
    record, objective = Record(study.store), study.experiment.objective.metric
    for each in made:
        study.store.write(tflite_at(each.name), each.content)
        study.store.write(predictions_at(each.name), to_bytes(each.result.predictions, objective))
    for line in lines:
        record.compress(line)
