"""A study's best model, compressed in some ways, measured beside the float model, and kept in the study."""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.cache.rows import in_memory
from cnnsearch.compression.distillation.spec import TEMPERATURE
from cnnsearch.compression.distillation.student import student_of
from cnnsearch.compression.litert import Interpreter, check_installed
from cnnsearch.compression.onnx_quantization import OnnxSession, check_onnx_installed, quantized_onnx
from cnnsearch.compression.pruning import NothingPrunedError
from cnnsearch.compression.quantization import SAMPLE, quantized
from cnnsearch.compression.sources import Source, Sources
from cnnsearch.compression.spec import Way
from cnnsearch.compression.timing import Timed, timed, timed_elsewhere
from cnnsearch.data.stages import Pixels, pixels, size_of
from cnnsearch.errors import InputError, Problem
from cnnsearch.serving.exported import told_inside
from cnnsearch.serving.own_metric import metric_as_input, permit_metric
from cnnsearch.serving.prediction import Evaluation, evaluation
from cnnsearch.study.environment import package_versions, processor_name
from cnnsearch.study.folder.trust import Ask, model_permit, never
from cnnsearch.study.predictions import to_bytes
from cnnsearch.study.record.lines import CompressionLine, NotCompressedLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.winner.best_model import open_best
from cnnsearch.study.winner.compressed import file_at, keras_at, predictions_at
from cnnsearch.training.ensemble import telling_layer
from cnnsearch.training.model_file import load_model

if TYPE_CHECKING:
    import keras

    from cnnsearch.compression.choosing.spec import Choice
    from cnnsearch.data.dataset import Dataset
    from cnnsearch.data.split import Split
    from cnnsearch.study import Study
    from cnnsearch.study.winner.best_model import BestModel
    from cnnsearch.tasks.task import TaskSpec

__all__ = ["FLOAT", "check", "check_packages", "check_students", "compressed"]

FLOAT = "float32"
"""Name of the float model, which every other one is compared with."""

_LOG = logging.getLogger("cnnsearch")

_Errors = tuple[type[InputError], ...]

_PACKAGES = ("ai-edge-litert", "ai-edge-quantizer", "keras", "onnxruntime", "tensorflow")


@dataclass(frozen=True)
class _Made:
    """A file, with what it came to on the validation split, and the Keras model that was built anew for it.

    Attributes:
        again: what files of further trainings came to, which are not kept.
    """

    name: str
    way: dict[str, Any]
    content: bytes
    suffix: str
    result: Evaluation
    seconds: float
    sizes: Mapping[str, Any]
    model: bytes | None = None
    again: tuple[Evaluation, ...] = ()


def compressed(
    study: Study,
    ways: Sequence[Way],
    dataset: Dataset,
    split: Split,
    ask: Ask = never,
    observe: Callable[[str], None] = lambda _: None,
    sparing: bool = False,
    choice: Choice | None = None,
    known: Timed | None = None,
) -> list[CompressionLine]:
    """Compress the model in ``best/``, and measure each file on the whole validation split by the interpreter.

    Everything is made and measured before anything is written to the study: the files, then their lines.

    Args:
        study: which nobody else writes to meanwhile.
        ways: what is made.
        dataset, split: of its experiment, loaded anew.
        ask: whether the model's code of a study that somebody else made may be imported.
        observe: told what takes long, in words.
        sparing: a way in which the model cannot be compressed is recorded, and costs none of the others; else it is
            raised.
        choice: for which these are tried: a share of filters that takes none is recorded then too.
        known: of the float model in other runtimes than LiteRT, measured a moment ago; ``None``: it is measured.

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
        failed: dict[str, InputError] = {}
        spared: _Errors = (InputError,) if sparing else () if choice is None else (NothingPrunedError,)
        inside = told_inside(study, path)
        made = list(_all_made(study, held, model, material, ways, observe, failed, spared, permit, inside))
        example = in_memory(material.x_validation[:1])
        elsewhere = known or Timed()
        if made and known is None:
            observe("the float model is timed in Keras and in ONNX Runtime")
            elsewhere = timed_elsewhere(model, path, example)
    told = {"trial": held.best.trial, "run": held.best.run, "source": digest, **_circumstances()}
    told |= {} if choice is None else choice.told
    lines = [_line(each, told, example, elsewhere if each.name == FLOAT else Timed()) for each in made]
    _keep(study, made, lines)
    asked = {way.name: way.of_trial(config["learning_rate"], study.experiment.epochs) for way in ways}
    _keep_failed(study, failed, asked, told)
    return lines


def check(study: Study, ways: Sequence[Way]) -> None:
    """What can be told before the data is read.

    Raises:
        InputError: nothing may be written to the study, it has no model or no validation split, a package is missing,
            or its family cannot be compressed so.
    """
    study.store.check_writable()
    check_packages(ways)
    if not ways:
        rule = "must name at least one way, or --prune a share, or --distill a student"
        raise InputError(Problem("--quantize", rule))
    names = Counter(way.name for way in ways)
    if twice := [name for name, count in names.items() if count > 1]:
        raise InputError(Problem("compress", "two ways of one name are asked for, and a study keeps one", twice[0]))
    if study.best is None:
        raise InputError(Problem("STUDY", "has no best model: none of its trials gave a value", study.source))
    if study.experiment.cross_validation is not None:
        rule = (
            "was searched on folds, and models are compressed where a validation split is there to measure them by: "
            "search the best config without evaluation.folds"
        )
        raise InputError(Problem("STUDY", rule, study.source))
    family = study.experiment.family
    if family.reads_texts and any(way.quantize is not None and way.quantize.io == "int8" for way in ways):
        raise InputError(
            Problem("--io", f"int8 is for pictures: {study.experiment.model} takes numbers of tokens", "int8")
        )
    if family.reads_texts and any(way.is_onnx for way in ways):
        rule = f"is for pictures: {study.experiment.model} takes numbers of tokens; int8 and dynamic take it"
        raise InputError(Problem("--quantize", rule, "onnx-int8"))
    for way in ways:
        if way.aware is not None and not (family.prunes or family.is_own):
            rule = f"trains convolutions for int8, and no network of {study.experiment.model}: int8 needs no training"
            raise InputError(Problem("--quantize", rule, "qat"))
        if way.prune is not None and not (family.prunes or family.is_own):
            rule = f"removes filters of convolutions, and a network of {study.experiment.model} is not built anew so"
            raise InputError(Problem("--prune", rule, way.prune.sparsity))


def check_packages(ways: Iterable[Way]) -> None:
    """Before any work, whether what makes these is there.

    Raises:
        InputError: a package is missing.
    """
    check_installed()
    if any(way.is_onnx for way in ways):
        check_onnx_installed()


def check_students(study: Study, ways: Sequence[Way]) -> None:
    """Likewise of the networks that the best model is to teach, which a sweep cannot know before it is over.

    Raises:
        InputError: there is no such student.
    """
    for way in ways:
        if way.distill is not None and study.best is not None:
            student_of(study.experiment, study.best.config, way.distill)


def _check_data(study: Study, dataset: Dataset) -> None:
    known = study.environment.get("dataset", {}).get("fingerprint")
    if known != dataset.fingerprint:
        rule = f"is no longer what the study was run on: its fingerprint is {dataset.fingerprint[:12]}"
        raise InputError(Problem("dataset", rule, str(known)[:12]))


def _all_made(
    study: Study,
    held: BestModel,
    model: keras.Model,
    material: Pixels,
    ways: Sequence[Way],
    observe: Callable[[str], None],
    failed: dict[str, InputError],
    spared: _Errors,
    permit: Callable[[], None],
    inside: Mapping[str, Any],
) -> Iterator[_Made]:
    """The float file, then one for each way.

    Args:
        failed: gets why a way cannot be, by its name.
        spared: errors that are put there; others are raised.
        permit: called before the code of a family of the user's own is imported.
        inside: what a file tells of itself whose format has a place for it.
    """
    task, objective = study.experiment.predicted, study.experiment.objective.metric
    filled = study.experiment.filled(held.best.config)
    answers = task.answers(study.names, held.best.decisive, filled, telling_layer(model))
    sample = _sample(study, material) if any(way.needs_sample for way in ways) else np.empty(0)
    trainings = [Sources(model, study, held.best.config, material, observe, permit)]
    trainings += [trainings[0].again(number) for number in range(1, max((way.seeds for way in ways), default=1))]

    def judged(way: Way, source: Source) -> tuple[bytes, Evaluation]:
        content, threads = source.content, os.cpu_count() or 1
        if way.is_onnx:
            content = quantized_onnx(source.model, sample, inside)
        elif way.quantize is not None:
            content = quantized(content, way.quantize, sample, source.ends)
        run = OnnxSession(content, threads) if way.is_onnx else Interpreter(content, threads)
        outputs = run.one_by_one(material.x_validation)
        with metric_as_input(objective):
            return content, evaluation(task, answers, material.y_validation, outputs, objective=objective)

    def made(way: Way) -> _Made:
        source, started = trainings[0].of(way, sample), time.perf_counter()
        content, result = judged(way, source)
        again = tuple(judged(way, each.of(way, sample))[1] for each in trainings[1 : way.seeds])
        told = {**way.of_trial(filled["learning_rate"], study.experiment.epochs), **_settled(way, task)}
        told |= {"sample": len(sample)} if way.needs_sample else {}
        is_new = way.quantize is None or way.aware is not None
        seconds = time.perf_counter() - started + (source.seconds if is_new else 0)
        kept = source.file if way.quantize is None else None
        suffix = ".onnx" if way.is_onnx else ".tflite"
        return _Made(way.name or FLOAT, told, content, suffix, result, seconds, source.sizes, kept, again)

    for way in (Way(), *ways):
        try:
            yield made(way)
        except spared as error:
            failed |= {each.name: error for each in ((way,) if way.name else ways)}
            if not way.name:
                return  # there is nothing to be compared with


def _settled(way: Way, task: TaskSpec) -> dict[str, Any]:
    """What of a way was left to a default that the task must have."""
    asked = way.distill
    if asked is None or asked.is_alone or task.teaches != "probabilities":
        return {}
    return {"temperature": asked.temperature or TEMPERATURE}


def _sample(study: Study, material: Pixels) -> np.ndarray:
    """Some training inputs, always the same ones."""
    count = len(material.x_train)
    chosen = np.random.default_rng(study.experiment.seed).permutation(count)[:SAMPLE]
    return in_memory(material.x_train[np.sort(chosen)])


def _circumstances() -> dict[str, Any]:
    cpus = os.cpu_count() or 1
    return {
        "machine": {"node": platform.node(), "processor": processor_name(), "cpus": cpus},
        "versions": package_versions(_PACKAGES),
    }


def _line(made: _Made, told: dict[str, Any], example: np.ndarray, elsewhere: Timed) -> CompressionLine:
    started = time.perf_counter()
    found = timed(made.content, example, made.suffix).and_also(elsewhere)
    return CompressionLine(
        **told,
        **made.sizes,
        name=made.name,
        suffix=made.suffix,
        way=made.way,
        file=hashlib.sha256(made.content).hexdigest(),
        network=None if made.model is None else hashlib.sha256(made.model).hexdigest(),
        bytes=len(made.content),
        gzipped=len(gzip.compress(made.content)),
        count=made.result.count,
        metrics=made.result.scores,
        again=tuple(each.scores for each in made.again),
        timings=found.timings,
        untimed=found.untimed,
        seconds=made.seconds + time.perf_counter() - started,
        time=time.time(),
    )


def _keep(study: Study, made: Sequence[_Made], lines: Sequence[CompressionLine]) -> None:
    record, objective = Record(study.store), study.experiment.objective.metric
    for each, line in zip(made, lines, strict=True):
        study.store.write(file_at(line), each.content)
        if each.model is not None:
            study.store.write(keras_at(each.name), each.model)
        for number, result in enumerate((each.result, *each.again)):
            study.store.write(predictions_at(each.name, number), to_bytes(result.predictions, objective))
    for line in lines:
        record.compress(line)


def _keep_failed(
    study: Study, failed: Mapping[str, InputError], ways: Mapping[str, dict[str, Any]], told: Mapping[str, Any]
) -> None:
    trial, source = told["trial"], told["source"]
    for name, error in failed.items():
        reason = "; ".join(problem.rule for problem in error.problems)
        _LOG.warning("%s could not be made of the best model: %s", name, reason)
        unchanged = isinstance(error, NothingPrunedError)
        line = NotCompressedLine(
            trial=trial,
            source=source,
            name=name,
            way=ways[name],
            reason=reason,
            unchanged=unchanged,
            time=time.time(),
        )
        Record(study.store).leave_float(line)
