"""The compressed models of a study: files in the folder ``compressed``, and what the record tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.errors import InputError, Problem
from cnnsearch.study.predictions import from_bytes
from cnnsearch.study.record.lines import COMPRESSIONS, CompressionLine
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.winner.best import digest_of
from cnnsearch.study.winner.best_model import find_best

if TYPE_CHECKING:
    from cnnsearch.study.study import Study
    from cnnsearch.tasks.task import Predictions

__all__ = ["Compressed", "compressed_of", "find_compressed", "predictions_of", "predictions_at", "tflite_at"]


def tflite_at(name: str) -> str:
    """Where in a study a compressed model lies."""
    return f"compressed/{name}.tflite"


def predictions_at(name: str) -> str:
    """Where in a study its predictions of the validation split are kept."""
    return f"compressed/{name}.npz"


@dataclass(frozen=True)
class Compressed:
    """A compressed model, and the float model that was measured beside it, on the same machine at the same time."""

    line: CompressionLine
    of: CompressionLine


def compressed_of(study: Study) -> list[Compressed]:
    """The last one of each name, in the order in which they were first made; the float model is the first.

    Those of another model than the one that the study has now, and those whose files are not there, are left out.
    """
    lines = read_lines(study.store, COMPRESSIONS)
    if not lines:
        return []
    held = find_best(study, thorough=False)
    found: dict[str, Compressed] = {}
    beside: CompressionLine | None = None
    for line in lines:
        if line.is_float:
            beside = line
        if beside is not None and beside.source == line.source:
            found[line.name] = Compressed(line, beside)
    digest = None if held is None or held.file is None else held.digest or digest_of(study.store, held.file)
    return [each for each in found.values() if each.line.source == digest and _is_there(study, each.line)]


def find_compressed(study: Study, name: str) -> Compressed:
    """The compressed model of that name.

    Raises:
        InputError: the study has none.
    """
    known = compressed_of(study)
    found = next((each for each in known if each.line.name == name), None)
    if found is None:
        there = ", ".join(each.line.name for each in known)
        have = f"it has {there}" if there else "cnnsearch compress STUDY makes some"
        raise InputError(
            Problem("--compressed", f"the study has no such compressed model of its best one: {have}", name)
        )
    return found


def predictions_of(study: Study, line: CompressionLine) -> Predictions | None:
    """Of the validation split, as the task keeps them; ``None`` where they cannot be had."""
    try:
        found = from_bytes(study.store.read(predictions_at(line.name)), study.experiment.predicted, study.names)
    except (FileNotFoundError, ValueError):
        return None
    return found if found.fits and len(found) == line.count else None


def _is_there(study: Study, line: CompressionLine) -> bool:
    entry = study.store.entry(tflite_at(line.name))
    return entry is not None and entry.bytes == line.bytes
