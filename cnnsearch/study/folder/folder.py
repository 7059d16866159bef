"""Where studies lie side by side: their names, a place for a new one, and which there are."""

from __future__ import annotations

import itertools
import os
import re
import unicodedata
import uuid
from collections.abc import Iterator
from pathlib import Path

from cnnsearch.errors import InputError, Problem, StorageError, nearest
from cnnsearch.experiment import Experiment
from cnnsearch.study.folder.packed import is_packed
from cnnsearch.study.hold import is_beginning
from cnnsearch.study.store import LocalStore, Store, is_uri, open_store
from cnnsearch.study.store.location import checked, joined

__all__ = [
    "DEFAULT_OUTPUT",
    "Output",
    "beginnings_in",
    "check_writable",
    "create_study",
    "find_study",
    "output_of",
    "places_of",
    "slug_of",
    "studies_in",
]

DEFAULT_OUTPUT = "results"
"""The folder of the studies where nobody names another."""

Output = str | os.PathLike[str]
"""Path or URI of a folder that holds studies."""


def output_of(experiment: Experiment, output: Output | None = None) -> str:
    """Where the studies of an experiment go: ``output``, or its ``storage``, or ``results``; made absolute.

    Raises:
        InputError: the URI cannot be used.
    """
    if output is not None:
        return checked(output, "--output")
    return checked(experiment.storage or DEFAULT_OUTPUT, "storage")


def check_writable(output: Output) -> None:
    """Find out before anything is started whether object storage can be written; a folder is not touched.

    Raises:
        InputError: it cannot.
    """
    if not is_uri(output):
        return
    root, name = open_store(output, "--output"), f".probe-{uuid.uuid4().hex}"
    try:
        root.write(name, b"")
        root.delete(name)
    except StorageError as error:
        raise InputError(Problem("--output", str(error))) from None


def slug_of(name: str) -> str:
    """``[a-z0-9-]`` made from a study's name, at most 60 characters, never empty."""
    ascii_text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower())[:60].strip("-") or "study"


def create_study(output: Output, name: str) -> Store:
    """A place for a new study, ``output/<slug>``; a taken slug gets ``-2``, ``-3`` ...

    Raises:
        InputError: there can be none.
    """
    slugs = _slugs(name)
    if not is_uri(output):
        return next(store for slug in slugs if (store := _new_folder(Path(open_store(output).location), slug)))
    root = open_store(output, "--output")
    try:
        taken = set(root.folders())
        slug = next(slug for slug in slugs if slug not in taken)
    except StorageError as error:
        raise InputError(Problem("--output", str(error))) from None
    return open_store(joined(root.location, slug))


def places_of(output: Output, name: str) -> Iterator[Store]:
    """The places of studies of that name that are taken, in the order in which :func:`create_study` chose them.

    Raises:
        StorageError: the storage does not answer.
    """
    root = open_store(output, "--output")
    taken = set(root.folders())
    for slug in itertools.takewhile(lambda slug: slug in taken, _slugs(name)):
        yield open_store(joined(root.location, slug))


def _slugs(name: str) -> Iterator[str]:
    return (slug_of(name) if number == 1 else f"{slug_of(name)}-{number}" for number in itertools.count(1))


def _new_folder(output: Path, slug: str) -> LocalStore | None:
    """The folder ``output/slug``, made now; ``None`` where there is one."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        (output / slug).mkdir()
    except FileExistsError:
        if output.is_dir():
            return None
        raise InputError(Problem("--output", "cannot make a study folder there: File exists", str(output))) from None
    except OSError as error:
        raise InputError(
            Problem("--output", f"cannot make a study folder there: {error.strerror}", str(output))
        ) from None
    return LocalStore(output / slug)


def studies_in(output: Output) -> list[Store]:
    """The studies in ``output``, oldest first; one whose file cannot be looked at is among them, for who loads it.

    Raises:
        InputError: the storage does not answer.
    """
    try:
        root = open_store(output, "--output")
        found = []
        for name in root.folders():
            store = open_store(joined(root.location, name))
            written = _written(store)
            if written is not None:
                found.append((written, name, store))
    except StorageError as error:
        raise InputError(Problem("--output", str(error))) from None
    return [store for *_, store in sorted(found, key=lambda one: one[:2])]


def beginnings_in(output: Output) -> list[Store]:
    """Of what lies in ``output`` that of which nothing was written yet: :func:`~cnnsearch.study.hold.is_beginning`.

    Raises:
        InputError: the storage does not answer.
    """
    try:
        root = open_store(output, "--output")
        found = [open_store(joined(root.location, name)) for name in root.folders()]
    except StorageError as error:
        raise InputError(Problem("--output", str(error))) from None
    return [store for store in found if _is_beginning(store)]


def _is_beginning(store: Store) -> bool:
    try:
        return is_beginning(store)
    except StorageError:  # nobody's to look into, as may lie in any folder
        return False


def _written(store: Store) -> float | None:
    """When a study began; ``None`` where there is none."""
    try:
        written = store.entry("experiment.yaml")
    except StorageError:  # a link, or a named pipe
        return 0.0
    return None if written is None else written.modified


def find_study(study: str, output: Output = DEFAULT_OUTPUT) -> str:
    """Where a study is that is given by path or URI, of its folder or of the file that it is packed into, or by its
    name in ``output``.

    Raises:
        InputError: there is none; names the nearest.
    """
    root = open_store(output, "--output").location
    try:
        for location in (study,) if is_uri(study) else (study, joined(root, study)):
            if is_packed(location):
                return str(Path(location).resolve())
            store = open_store(location)
            if store.is_study or is_beginning(store):
                return store.location
    except StorageError as error:
        raise InputError(Problem("STUDY", str(error))) from None
    if not is_uri(study) and Path(study).is_file():
        rule = "is a file, and no packed study: it is no zip, or its end is missing"
        raise InputError(Problem("STUDY", rule, study))
    known = [store.name for store in studies_in(output)]
    hint = nearest(study, known) if known else f"there is no study in {output}"
    raise InputError(Problem("STUDY", f"no study folder of that name or path; {hint}", study))
