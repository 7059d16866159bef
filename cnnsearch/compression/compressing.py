"""A study's best model, compressed in some ways, measured beside the float model, and kept in the study."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.cache.rows import in_memory
from cnnsearch.compression.distillation.spec import TEMPERATURE
from cnnsearch.compression.distillation.student import student_of
from cnnsearch.compression.keeping import Keeper, Made, keep_failed
from cnnsearch.compression.litert import Interpreter, check_installed
from cnnsearch.compression.onnx_quantization import OnnxSession, check_onnx_installed, quantized_onnx
from cnnsearch.compression.pruning import NothingPrunedError
from cnnsearch.compression.quantization import SAMPLE, quantized
from cnnsearch.compression.sources import Source, Sources
from cnnsearch.compression.spec import TrialTraining, Way
from cnnsearch.compression.timing import Timed, timed_elsewhere
from cnnsearch.data.stages import Pixels, pixels, size_of
from cnnsearch.errors import InputError, Problem, SweepError
from cnnsearch.serving.exported import told_inside
from cnnsearch.serving.own_metric import metric_as_input, permit_metric
from cnnsearch.serving.prediction import Evaluation, evaluation
from cnnsearch.study.folder.trust import Ask, model_permit, never
from cnnsearch.study.record.lines import CompressionLine
from cnnsearch.study.winner.best_model import open_best
from cnnsearch.training.divided_texts import check_division
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

_Errors = tuple[type[InputError], ...]


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

    Each is written to the study as soon as it is made and measured: its files, then its line. A way that fails costs
    none of the others.

    Args:
        study: which nobody else writes to meanwhile.
        ways: what is made.
        dataset, split: of its experiment, loaded anew.
        ask: whether the model's code of a study that somebody else made may be imported.
        observe: told what takes long, in words.
        sparing: a way in which the model cannot be compressed is recorded; else it is raised, when all others are made.
        choice: for which these are tried: a share of filters that takes none is recorded then too.
        known: of the float model in other runtimes than LiteRT, measured a moment ago; ``None``: it is measured.

    Returns:
        The line of the float model, and one for each way.

    Raises:
        InputError: nothing may be written to the study, there is no model, the data are others, no validation picture
            is there that the model was not trained on, a package is missing, or the model cannot be compressed in any
            of the ways: the study is as it was.
        SweepError: it cannot be compressed in some of them; the others are kept.
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
        told = {"trial": held.best.trial, "run": held.best.run, "source": digest}
        told |= {} if choice is None else choice.told
        spared: _Errors = (InputError,) if sparing else () if choice is None else (NothingPrunedError,)
        making = _Making(study, held, model, material, ways, observe, permit, told_inside(study, path))
        lost: dict[str, InputError] = {}

        def elsewhere() -> Timed:
            if known is not None:
                return known
            observe("the float model is timed in Keras and in ONNX Runtime")
            return timed_elsewhere(model, path, example)

        def fail(way: Way, error: InputError) -> None:
            if not isinstance(error, spared):
                lost[way.name] = error
                return
            asked = way.of_trial(TrialTraining.of(study.experiment, config))
            keep_failed(study, held.best.trial, digest, asked, way.name, error)

        try:
            base = making.made(Way())
        except spared as error:  # there is nothing to be compared with
            for way in ways:
                fail(way, error)
            return []
        example = in_memory(material.x_validation[:1])
        keeper = Keeper(study, told, base, example, elsewhere)
        for way in ways:
            try:
                made = making.made(way)
            except InputError as error:
                fail(way, error)
                continue
            keeper.keep(made)
            observe(f"{way.name} is kept in the study")
        if lost:
            raise _lost(lost, [line.name for line in keeper.lines])
        if not keeper.lines:  # all that failed is recorded, and so is what it was to be compared with
            keeper.keep_float()
    return keeper.lines


def _lost(lost: Mapping[str, InputError], kept: Sequence[str]) -> InputError | SweepError:
    """Why some could not be made; of ways that fail for one reason all are named."""
    reasons: dict[str, list[str]] = {}
    for name, error in lost.items():
        reasons.setdefault(str(error), []).append(name)
    if not kept:
        return InputError([problem for error in dict.fromkeys(lost.values()) for problem in error.problems])
    told = [f"{', '.join(names)} could not be made: {reason}" for reason, names in reasons.items()]
    others = ", ".join(name for name in kept if name != FLOAT)
    return SweepError("\n".join([*told, f"made, and kept in the study: {others}; ask again for the others alone"]))


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
    check_division(study, dataset)


class _Making:
    """Makes the float file, and one for each way.

    Args:
        study, held, model: whose best model it is, loaded.
        material: that it is measured on, and that others are trained on.
        ways: all that will be made.
        observe: told what takes long, in words.
        permit: called before the code of a family of the user's own is imported.
        inside: what a file tells of itself whose format has a place for it.
    """

    def __init__(
        self,
        study: Study,
        held: BestModel,
        model: keras.Model,
        material: Pixels,
        ways: Sequence[Way],
        observe: Callable[[str], None],
        permit: Callable[[], None],
        inside: Mapping[str, Any],
    ) -> None:
        self._study, self._material, self._inside = study, material, inside
        self._task = study.experiment.predicted
        self._config = study.experiment.filled(held.best.config)
        self._answers = self._task.answers(study.names, held.best.decisive, self._config, telling_layer(model))
        self._sample = _sample(study, material) if any(way.needs_sample for way in ways) else np.empty(0)
        first = Sources(model, study, held.best.config, material, observe, permit)
        more = range(1, max((way.seeds for way in ways), default=1))
        self._trainings = [first, *(first.again(number) for number in more)]

    def made(self, way: Way) -> Made:
        """Raises:
        InputError: the model cannot be compressed so.
        """
        source, started = self._trainings[0].of(way, self._sample), time.perf_counter()
        content, result = self._judged(way, source)
        again = tuple(self._judged(way, each.of(way, self._sample))[1] for each in self._trainings[1 : way.seeds])
        told = way.of_trial(TrialTraining.of(self._study.experiment, self._config))
        told |= {**_settled(way, self._task), **({"sample": len(self._sample)} if way.needs_sample else {})}
        is_new = way.quantize is None or way.aware is not None
        seconds = time.perf_counter() - started + (source.seconds if is_new else 0)
        kept = source.file if way.quantize is None else None
        suffix = ".onnx" if way.is_onnx else ".tflite"
        return Made(way.name or FLOAT, told, content, suffix, result, seconds, source.sizes, kept, again)

    def _judged(self, way: Way, source: Source) -> tuple[bytes, Evaluation]:
        content, threads = source.content, os.cpu_count() or 1
        if way.is_onnx:
            content = quantized_onnx(source.model, self._sample, self._inside)
        elif way.quantize is not None:
            content = quantized(content, way.quantize, self._sample, source.ends)
        run = OnnxSession(content, threads) if way.is_onnx else Interpreter(content, threads)
        outputs, objective = run.one_by_one(self._material.x_validation), self._study.experiment.objective.metric
        with metric_as_input(objective):
            return content, evaluation(
                self._task, self._answers, self._material.y_validation, outputs, objective=objective
            )


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
