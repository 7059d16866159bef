"""Whether ``best/`` holds the model that the record names, by the note that lies beside it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem, StorageError
from cnnsearch.study.folder.mark import Mark
from cnnsearch.study.record import documents
from cnnsearch.study.record.documents import read_document
from cnnsearch.study.record.lines import ReadingLine
from cnnsearch.study.store import Store
from cnnsearch.study.winner.best import MODEL, NOTE, Kept, digest_of, front_model, left_by
from cnnsearch.study.winner.finalists import Naming, as_recorded, model_of
from cnnsearch.study.winner.replacement import model_of_line

if TYPE_CHECKING:
    from cnnsearch.study.study import Study
    from cnnsearch.study.winner.winner import Best

__all__ = ["BestModel", "Note", "find_best", "first_reading", "line_of_best", "naming_of", "open_best", "read_note"]

_LOG = logging.getLogger("cnnsearch")


@dataclass(frozen=True)
class Note:
    """What ``best/metrics.json`` says of the model beside it.

    Attributes:
        trial: whose model it is.
        run: which of its runs as a finalist; ``None``: the trial itself.
        digest, size: sha256 of the file in hexadecimal, and its bytes; ``None`` in studies of before there were any.
        naming: how it was named the winner; ``None`` for a model of the search.
        kind: ``refit`` or ``ensemble`` where that took the place of the training's own model; else empty.
    """

    trial: int
    run: int | None
    digest: str | None
    size: int | None
    naming: Naming | None
    kind: str = ""


@dataclass(frozen=True)
class BestModel:
    """The model that a study's record names.

    Attributes:
        best: whose it is.
        file: its name in the store; ``None`` where it is not there.
        digest: of that file, where it is known.
        problem: what is wrong with ``best/``, in words, and what to do; ``None`` where nothing is.
        mends: whether ``resume`` sets it right.
    """

    best: Best
    file: str | None
    digest: str | None = None
    problem: str | None = None
    mends: bool = False

    @property
    def whose(self) -> str:
        """The training that the record names, in words."""
        return _of(self.best.trial, self.best.run, _kind(self.best))

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types only."""
        return {
            "trial": self.best.trial,
            "run": self.best.run,
            **({"refitted": True} if _kind(self.best) == "refit" else {}),
            **({"ensemble": True} if _kind(self.best) == "ensemble" else {}),
            "file": self.file,
            "sha256": self.digest,
            "problem": self.problem,
        }


def read_note(store: Store) -> Note | None:
    """The note of a study; ``None`` where there is none that can be read."""
    try:
        found = read_document(store, NOTE, documents.NOTE)
    except (FileNotFoundError, InputError, StorageError):
        return None
    trial, run, model, named = found["trial"], found.get("run"), found.get("model") or {}, found.get("named") or {}
    naming = None if run is None else Naming(trial, run, tuple(named.get("trials", ())), named.get("runs", 0))
    kind = next((each for each in ("refit", "ensemble") if found.get(each) is not None), "")
    return Note(trial, run, model.get("sha256"), model.get("bytes"), naming, kind)


def naming_of(store: Store) -> Naming | None:
    """Of the winner whose model ``best/`` holds by its note; ``None`` where that is of the search."""
    note = read_note(store)
    return None if note is None else note.naming


def find_best(study: Study, thorough: bool | None = None) -> BestModel | None:
    """Set what ``best/`` holds against what the record says; ``None`` where no trial has a value.

    Where the driver did not live to move the model, it still lies where it was left, and is the one that is found.

    Args:
        study: to look at.
        thorough: read the file and compare its digest, else its size must do; left out, where it is in a folder.
    """
    thorough = study.store.folder is not None if thorough is None else thorough
    best = study.best
    if best is None:
        return None
    store, note = study.store, read_note(study.store)
    is_there = store.exists(MODEL)
    whose = (best.trial, best.run, _kind(best))
    is_his = note is not None and (note.trial, note.run, note.kind) == whose
    left = _left(study, best)
    # While one is left, the note may be the new one already and the file still the old one, of the same size.
    if is_there and is_his and note is not None and (thorough or left is None):
        digest = digest_of(store, MODEL) if thorough else note.digest
        entry = store.entry(MODEL)
        if note.digest in (None, digest) and (entry is None or note.size in (None, entry.bytes)):
            return BestModel(best, MODEL, digest)
    if left is not None:
        rule = f"best/ does not hold the model of {_of(*whose)} yet, which lies in {store.at(left)}"
        return BestModel(best, left, None, f"{rule}: cnnsearch resume moves it", mends=True)
    if is_there and note is None:
        said = "nothing says whose model best/ holds (best/metrics.json is missing or cannot be read)"
        if thorough and (digest := digest_of(store, MODEL)) in _proven(study, best):
            told = f"{said}; by its digest it is the one of the record: cnnsearch resume writes that again"
            return BestModel(best, MODEL, digest, told, mends=True)
        return BestModel(best, MODEL, None, f"{said}: that it is the one of the record cannot be checked")
    if is_his and is_there:
        held = "the file best/model.keras is not the one that was put there: its digest is another"
    elif note is not None and is_there:
        held = f"best/ holds the model of {_of(note.trial, note.run, note.kind)}"
    else:
        held = "has no best model: there is none in best/"
    mends = best.run is not None or best.refit is not None
    problem = f"{held}; the record names {_of(*whose)}, whose model is not there any more: "
    return BestModel(best, None, None, problem + _remedy(study, best), mends)


@contextlib.contextmanager
def open_best(study: Study) -> Iterator[tuple[Path, BestModel]]:
    """A file of this machine with the model that the record names, not to be written to.

    Raises:
        InputError: there is none, or ``best/`` holds another one.
    """
    found = find_best(study, thorough=True)
    if found is None or found.file is None:
        found = find_best(
            type(study).load(study.store), thorough=True
        )  # a sweep that runs may have named another one meanwhile
    if found is None:
        raise InputError(Problem("STUDY", "has no best model: none of its trials gave a value", study.source))
    if found.file is None:
        raise InputError(Problem("STUDY", str(found.problem), study.source))
    if found.problem is not None:
        _LOG.warning("%s (%s is used)", found.problem, study.store.at(found.file))
    with study.store.as_file(found.file) as path:
        yield path, found


def first_reading(
    reads: Sequence[ReadingLine], best: Best | None, note: Note | None, trained_again: bool = False
) -> ReadingLine | None:
    """The first reading of the test split with the model in ``best/``; ``None`` where there was none.

    Args:
        reads: of the study; older ones do not tell the digest of the model.
        best: whose model it is.
        note: of ``best/``.
        trained_again: whether the run was trained a second time, so that older lines are of another model.
    """
    for line in reads:
        if best is None or (line.trial, line.run) != (best.trial, best.run):
            continue
        is_same = not trained_again if line.model is None else note is None or note.digest in (None, line.model)
        if is_same and line.gave_numbers:
            return line
    return None


def line_of_best(study: Study) -> Kept:
    """What the record says of the model that it names.

    Raises:
        ValueError: no trial has a value.
    """
    best, finalists = study.best, study.finals
    if best is None:
        raise ValueError("no trial has a value")
    record = next(line for line in study.records if line.trial == best.trial)
    if best.run is None or finalists is None or finalists.chosen is None:
        return Kept(record, record.config, refit=best.refit)
    return Kept(finalists.chosen, record.config, as_recorded(finalists.naming), best.refit)


def _proven(study: Study, best: Best) -> set[str]:
    """Digests of models of which something beside their note says that they are of this training."""
    whose = (best.trial, best.run)
    mark = Mark.read(study.store)
    since = 0.0 if best.refit is None else best.refit.ended  # older readings are of the model of before
    reads = [line for line in study.test_reads if (line.trial, line.run) == whose and line.time >= since]
    found = {line.model for line in reads if line.model is not None}
    return found | ({mark.best[2]} if mark is not None and mark.best is not None and mark.best[:2] == whose else set())


def _left(study: Study, best: Best) -> str | None:
    """Where the model was left by whoever trained it, if it still lies there."""
    if best.refit is not None:
        name = model_of_line(best.refit)
    elif best.run is not None:
        name = model_of(best.trial, best.run)
    else:
        record = next(line for line in study.records if line.trial == best.trial)
        name = f"{left_by(best.trial, record.attempts)}/model.keras"
        if not study.store.exists(name):
            name = front_model(best.trial)
    return name if study.store.exists(name) else None


def _kind(best: Best) -> str:
    return "" if best.refit is None else best.refit.kind


def _of(trial: int, run: int | None, kind: str = "") -> str:
    whose = f"trial {trial} in the search" if run is None else f"run {run} of finalist {trial}"
    return {"refit": f"the refit of {whose}", "ensemble": f"the ensemble whose first member is {whose}"}.get(
        kind, whose
    )


def _remedy(study: Study, best: Best) -> str:
    if best.run is None and best.refit is None:
        return f"cnnsearch rerun STUDY {best.trial} --export FILE trains it again"
    packed = "unpack the study, then " if study.is_packed else ""
    return f"{packed}cnnsearch resume STUDY trains that {'run' if best.refit is None else 'model'} again"
