"""``compress``: the best model of a study that came to its end, made smaller or faster for a device."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnnsearch.compression.choosing.spec import Asked, asked_of, shares_between
from cnnsearch.compression.compressing import check, check_students, compressed
from cnnsearch.compression.distillation.spec import distillations_of
from cnnsearch.compression.spec import Way, ways_of
from cnnsearch.compression.timing import Timed, elsewhere_of
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.sources.spec import ArraysSource
from cnnsearch.data.split import Split
from cnnsearch.errors import InputError, Problem, SweepError
from cnnsearch.escaping import shell_line
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import is_completed
from cnnsearch.study.folder.trust import Ask
from cnnsearch.study.hold import hold_study
from cnnsearch.study.record.lines import COMPRESSIONS
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.store import Store
from cnnsearch.study.winner.best_model import open_best
from cnnsearch.study.winner.compressed import Compressed, ways_due, ways_left
from cnnsearch.sweep.data import load_data, placed, with_arrays
from cnnsearch.sweep.ending import report_again, spared
from cnnsearch.sweep.signals import was_asked
from cnnsearch.training.devices import import_quietly

__all__ = ["compress", "compress_spared", "compress_study"]

_LOG = logging.getLogger("cnnsearch")


def compress(
    study: str | os.PathLike[str] | Study,
    quantize: str | Sequence[str] = (),
    *,
    io: str = "float",
    prune: float | Sequence[float] = (),
    structured: bool = True,
    by: str | None = None,
    epochs: int | None = None,
    learning_rate: float | None = None,
    distill: Mapping[str, Any] | Sequence[Mapping[str, Any]] = (),
    temperature: float | None = None,
    weight: float | None = None,
    student_epochs: int | None = None,
    student_seed: int | None = None,
    alone: bool = False,
    seeds: int | None = None,
    step: float | None = None,
    lose: float | None = None,
    then: str | None = None,
    trials: int | None = None,
    dataset: Any = None,
    trust: bool = False,
) -> list[Compressed]:
    """Compress a study's best model, and measure what comes out beside the float model.

    What is made lies in the study's folder ``compressed``; one of the same name is replaced. With ``prune`` and
    ``quantize`` the model first loses filters, and what is left is quantized, in each of the ways. With ``distill`` all
    of this is done to a smaller network that it teaches.

    Args:
        study: path or URI of the study, or the study itself.
        quantize: ``float16``, ``dynamic``, ``int8``, ``qat`` (int8 after training that knows of it) or ``onnx-int8``
            (int8 for ONNX Runtime), or several of these.
        io: of ``int8`` and ``qat``: ``float``, it takes and gives what the float model does; ``int8``: integers.
        prune: share of the filters of each layer that go, above 0 and below 1, or several of these.
        structured: ``False``: no filters go, but that share of the weights of each layer becomes 0, so that files are
            smaller when they are packed, and no faster.
        by: what tells which filters go: ``l1``, where left out, the sum of their absolute weights, or
            ``batch_normalization``, the scale behind them.
        epochs: of training while it is pruned or then, or for ``qat``; left out, 10.
        learning_rate: of that training; left out, a tenth of the trial's, of ``qat`` of ``transfer`` a hundredth.
        distill: parameters in which a smaller network differs that learns what the model tells, as ``{"filters": 8}``,
            or several of these.
        temperature: by which logits are divided, so that small probabilities count; left out, 4.
        weight: share of its loss that goes by the model, above 0 and at most 1; left out, 0.9.
        student_epochs: of its training; left out, those of a trial.
        student_seed: of its weights and all that is drawn, also when it is trained on; left out, the experiment's.
        alone: train it without the model too, to see what that teaches.
        seeds: trainings of each that is trained, on seeds of their own; left out, one. The file is that of the first,
            and what is lost the mean of all.
        step: ``prune`` are two shares, and all between them, so far from each other, are meant.
        lose: of what is made the smallest is told whose metric is at most so much worse than the float model's. What
            the study has already is not made again.
        then: ``latency``: the fastest in place of the smallest; ``gzipped``: the smallest when it is packed.
        trials: shares of ``prune`` that are tried with ``lose``, at most; left out, 6. Where there are more the most
            that may go is found by halving.
        dataset: arrays in memory, ``(x, y)``, where the study was of such; else the path of its data, where that was
            moved.
        trust: let a study that somebody else made import its model.

    Returns:
        The compressed models that the study has now, the float model first.

    Raises:
        InputError: the study or its data cannot be used, a package is missing, or the model can be compressed in none
            of the ways; the study is as it was.
        SweepError: it cannot be compressed in some of them; what was made of the others is in the study.
    """
    found = study if isinstance(study, Study) else Study.load(study)
    kinds = [quantize] if isinstance(quantize, str) else list(quantize)
    shares = [prune] if isinstance(prune, (int, float)) else list(prune)
    shares = shares if step is None else list(shares_between(shares, step))
    named = [distill] if isinstance(distill, Mapping) else list(distill)
    students = distillations_of(named, temperature, weight, student_epochs, alone=alone, seed=student_seed)
    ways = ways_of(kinds, io, shares, by, epochs, learning_rate, students, structured=structured, seeds=seeds)
    compress_study(found, asked_of(ways, lose, then, trials), dataset, lambda _: trust)
    return Study.load(found.store).compressed


def compress_study(
    study: Study, asked: Asked, dataset: Any, ask: Ask, observe: Callable[[str], None] = lambda _: None
) -> list[str]:
    """The same.

    Args:
        study, dataset: as of :func:`compress`.
        asked: what is made, and what is chosen of it.
        ask: whether the model's code of a study that somebody else made may be imported.
        observe: told what takes long, in words.

    Returns:
        What failed after the models were there, in words: the report.

    Raises:
        InputError, SweepError: as of :func:`compress`.
    """
    check(study, asked.ways)
    check_students(study, asked.ways)
    experiment = _with_data(study, dataset)
    import_quietly()  # before a source of data imports Keras, which would print
    failures: list[str] = []
    with hold_study(study.store):
        was_completed, before = is_completed(study), len(read_lines(study.store, COMPRESSIONS))
        try:
            _make(study, asked, *load_data(experiment), ask, observe)
        finally:  # what was made before something failed, or somebody ended it, is reported too
            if len(read_lines(study.store, COMPRESSIONS)) > before:
                report_again(study, was_completed, failures)
    return failures


def _make(study: Study, asked: Asked, dataset: Dataset, split: Split, ask: Ask, observe: Callable[[str], None]) -> None:
    """Where one is chosen, what the study has not yet, and share after share of filters."""
    if asked.choice is None:
        compressed(study, asked.ways, dataset, split, ask=ask, observe=observe)
        return
    known: Timed | None = None
    with open_best(study):  # which tells where there is no model; nothing would be left to make
        pass
    ways = ways_left(study, asked)
    while ways:
        lines = compressed(study, ways, dataset, split, ask, observe, choice=asked.choice, known=known)
        known = elsewhere_of(lines[0])
        study = Study.load(study.store)
        ways = _others(ways_left(study, asked), ways)


def compress_spared(store: Store, dataset: Dataset, split: Split, unfinished: list[str]) -> None:
    """The last turn of a sweep: make of its best model what the experiment wants and the study has not.

    It is done in this process, when no worker computes any more: latencies are of a machine at rest. A way in which the
    model cannot be compressed is recorded, and not tried again. Once somebody has asked this process to end nothing is
    begun, and no further epoch.

    Args:
        store: of the study, which this process holds, and for which nothing is left to be trained for now.
        dataset, split: of its experiment.
        unfinished: to which it is added, in words, where nothing could be tried.
    """
    study = Study.load(store)
    ways = ways_due(study)
    if not ways:
        return
    advice = f"to do it: {shell_line(['cnnsearch', 'resume', store.location])}"
    with spared(unfinished, "the best model could not be compressed", advice):
        import_quietly()
        known: Timed | None = None
        while ways:
            _tell("the best model is compressed: " + ", ".join(way.name for way in ways))
            lines = compressed(study, ways, dataset, split, observe=_tell, sparing=True, known=known)
            known = elsewhere_of(lines[0]) if lines else None
            study = Study.load(store)
            ways = _others(ways_due(study), ways)
        store.close()


def _others(left: list[Way], tried: list[Way]) -> list[Way]:
    """What is left after these were tried.

    Raises:
        SweepError: one of them is, which would be tried for ever.
    """
    if lost := [way.name for way in left if way in tried]:
        raise SweepError(f"{', '.join(lost)} was neither made nor found impossible")
    return left


def _tell(text: str) -> None:
    """Raises:
    SweepError: this process was asked to end.
    """
    if was_asked():
        raise SweepError("somebody asked the sweep to end")
    _LOG.info("%s", text)


def _with_data(study: Study, dataset: Any) -> Experiment:
    """Arguments as of :func:`compress`."""
    if dataset is not None and not isinstance(dataset, (str, os.PathLike)):
        return with_arrays(study.experiment, dataset)
    if isinstance(study.experiment.dataset, ArraysSource) and study.experiment.dataset.x is None:
        rule = (
            "of this study are arrays in memory: compress it from Python, cnnsearch.compress(study, quantize, dataset="
        )
        raise InputError(Problem("dataset", f"{rule}(x, y))", study.source))
    return placed(study.experiment, dataset)
