"""``compress``: the best model of a study that came to its end, made smaller or faster for a device."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from cnnsearch.compression.compressing import check, compressed
from cnnsearch.compression.quantization import Quantization
from cnnsearch.data.sources.spec import ArraysSource
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import is_completed
from cnnsearch.study.folder.trust import Ask
from cnnsearch.study.hold import hold_study
from cnnsearch.study.winner.compressed import Compressed
from cnnsearch.sweep.data import load_data, placed, with_arrays
from cnnsearch.sweep.ending import report_again
from cnnsearch.training.devices import import_quietly

__all__ = ["compress", "compress_study"]


def compress(
    study: str | os.PathLike[str] | Study,
    quantize: str | Sequence[str],
    *,
    io: str = "float",
    dataset: Any = None,
    trust: bool = False,
) -> list[Compressed]:
    """Compress a study's best model, and measure what comes out beside the float model.

    What is made lies in the study's folder ``compressed``; one of the same name is replaced.

    Args:
        study: path or URI of the study, or the study itself.
        quantize: ``float16``, ``dynamic`` or ``int8``, or several of these.
        io: of ``int8``: ``float``, it takes and gives what the float model does; ``int8``: integers.
        dataset: arrays in memory, ``(x, y)``, where the study was of such; else the path of its data, where that was
            moved.
        trust: let a study that somebody else made import its model.

    Returns:
        The compressed models that the study has now, the float model first.

    Raises:
        InputError: the study or its data cannot be used, a package is missing, or the model cannot be compressed so;
            the study is as it was.
    """
    found = study if isinstance(study, Study) else Study.load(study)
    kinds = [quantize] if isinstance(quantize, str) else list(quantize)
    compress_study(found, kinds, io, dataset, lambda _: trust)
    return Study.load(found.store).compressed


def compress_study(study: Study, kinds: Sequence[str], io: str, dataset: Any, ask: Ask) -> list[str]:
    """The same; arguments as of :func:`compress`.

    Returns:
        What failed after the models were there, in words: the report.
    """
    ways = _ways(kinds, io)
    check(study, ways)
    experiment = _with_data(study, dataset)
    import_quietly()  # before a source of data imports Keras, which would print
    failures: list[str] = []
    with hold_study(study.store):
        was_completed = is_completed(study)
        compressed(study, ways, *load_data(experiment), ask=ask)
        report_again(study, was_completed, failures)
    return failures


def _ways(kinds: Sequence[str], io: str) -> list[Quantization]:
    """Each once; ``io`` is of int8 alone, and where that is not among them it is refused."""
    ends = {kind: io if kind == "int8" or "int8" not in kinds else "float" for kind in kinds}
    return [Quantization(kind, ends[kind]) for kind in ends]  # type: ignore[arg-type]  # which checks them


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
