"""The compressed models of a study: files in the folder ``compressed``, and what the record tells of them."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.compression.choosing.spec import Asked
from cnnsearch.compression.spec import TrialTraining, Way
from cnnsearch.errors import InputError, Problem
from cnnsearch.study.predictions import from_bytes
from cnnsearch.study.record.lines import COMPRESSIONS, NOT_COMPRESSED, CompressionLine, NotCompressedLine
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.winner.best import digest_of
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.study.winner.compression_choice import compared_metric, least_keeps

if TYPE_CHECKING:
    from cnnsearch.study.study import Study
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = [
    "Compressed",
    "compressed_of",
    "file_at",
    "find_compressed",
    "keras_at",
    "not_compressed_of",
    "open_network",
    "predictions_at",
    "predictions_of",
    "ways_due",
    "ways_left",
]


def file_at(line: CompressionLine) -> str:
    """Where in a study a compressed model lies."""
    return f"compressed/{line.name}{line.suffix}"


def keras_at(name: str) -> str:
    """Where in a study the Keras model is that it was converted from; of a network that was built anew alone."""
    return f"compressed/{name}.keras"


def predictions_at(name: str, training: int = 0) -> str:
    """Where in a study its predictions of the validation split are kept.

    Args:
        name: of the compressed model.
        training: of several; 0: that whose file is kept.
    """
    return f"compressed/{name}.{training}.npz" if training else f"compressed/{name}.npz"


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
    found: dict[str, Compressed] = {}
    beside: CompressionLine | None = None
    for line in lines:
        if line.is_float:
            beside = line
        if beside is not None and beside.source == line.source:
            found[line.name] = Compressed(line, beside)
    source = _source(study)
    return [each for each in found.values() if each.line.source == source and _is_there(study, each.line)]


def not_compressed_of(study: Study) -> dict[str, str]:
    """What could not be made of the best model, and nobody has made since: name -> why, in words."""
    return {line.name: line.reason for line in _not_compressed(study)}


def _not_compressed(study: Study) -> list[NotCompressedLine]:
    lines = read_lines(study.store, NOT_COMPRESSED)
    if not lines:
        return []
    source, made = _source(study), {each.line.name: each.line.time for each in compressed_of(study)}
    return [line for line in lines if line.source == source and line.time >= made.get(line.name, 0.0)]


def ways_due(study: Study) -> list[Way]:
    """What the experiment wants of the best model and nobody has tried yet; nothing where there is none.

    What was trained for other epochs, or at another learning rate, has the name and is another model.
    """
    found = (way for asked in study.experiment.asked for way in ways_left(study, asked))
    return list(dict.fromkeys(found))


def ways_left(study: Study, asked: Asked) -> list[Way]:
    """The same of what somebody asks for; where the best one is searched for, what is to be tried next."""
    if study.best is None or _source(study) is None:
        return []
    experiment, metric = study.experiment, compared_metric(study)
    trial = TrialTraining.of(experiment, experiment.filled(study.best.config))
    known, lost = {each.line.name: each for each in compressed_of(study)}, _not_compressed(study)
    tried = [(name, each.line.way.items()) for name, each in known.items()]
    tried += [(line.name, line.way.items()) for line in lost]
    unchanged = {line.name for line in lost if line.unchanged}

    def is_tried(way: Way) -> bool:
        return any(way.name == name and way.of_trial(trial).items() <= told for name, told in tried)

    def is_kept(ways: Sequence[Way]) -> bool:
        if any(way.name in unchanged for way in ways):
            return True  # it is the float model, which loses nothing: more must go
        made = [known[way.name] for way in ways if way.name in known]
        return asked.choice is not None and least_keeps(metric, asked.choice, made)

    return asked.due(is_tried, is_kept)


def _source(study: Study) -> str | None:
    """sha256 of the best model; ``None``: it is not there."""
    held = find_best(study, thorough=False)
    return None if held is None or held.file is None else held.digest or digest_of(study.store, held.file)


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


@contextlib.contextmanager
def open_network(study: Study, name: str) -> Iterator[Path]:
    """The Keras model of a compressed one, a file of this machine, not to be written to.

    Raises:
        InputError: there is no such compressed model, it has none, or it is not the one that was measured.
    """
    line = find_compressed(study, name).line
    if line.network is None:
        rule = (
            f"is the best model in other numbers, and such a file alone: -o must end in {line.suffix}; {name} has no "
            "other"
        )
        raise InputError(Problem("--compressed", rule, name))
    if not study.store.exists(keras_at(name)):
        raise InputError(Problem(study.store.at(keras_at(name)), "is not there any more; compress the model again"))
    with study.store.as_file(keras_at(name)) as path:
        if hashlib.sha256(path.read_bytes()).hexdigest() != line.network:
            rule = "is not the model that was measured: its digest is another; compress the model again"
            raise InputError(Problem(study.store.at(keras_at(name)), rule))
        yield path


def predictions_of(study: Study, line: CompressionLine, training: int = 0) -> Predictions | None:
    """Of the validation split, as the task keeps them; ``None`` where they cannot be had.

    Args:
        study, line: of the compressed model.
        training: as of :func:`predictions_at`.
    """
    try:
        content = study.store.read(predictions_at(line.name, training))
        found = from_bytes(content, study.experiment.predicted, study.names)
    except (FileNotFoundError, ValueError):
        return None
    return found if found.fits and len(found) == line.count else None


def _is_there(study: Study, line: CompressionLine) -> bool:
    entry = study.store.entry(file_at(line))
    return entry is not None and entry.bytes == line.bytes
