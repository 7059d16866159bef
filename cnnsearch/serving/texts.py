"""New texts for a model that takes them."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnsearch.data.groups import shared_groups
from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.keys import TEXT_COLUMN, Columns
from cnnsearch.data.sources.tables.separated import text_of
from cnnsearch.data.sources.tables.text_tables import read_text_table
from cnnsearch.data.sources.texts import list_text_files, read_text_files
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.texts.texts import Texts

__all__ = ["labelled_texts", "read_text", "text_in"]

_LOG = logging.getLogger("cnnsearch")

_WHERE = "DATA"


def read_text(path: str | os.PathLike[str]) -> str:
    """The content of a text file.

    Raises:
        InputError: it cannot be read, or is not UTF-8.
    """
    try:
        return text_in(Path(path).read_bytes(), str(path))
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror or error}")) from None


def text_in(content: bytes, where: str) -> str:
    """The text of a file that was read.

    Raises:
        InputError: it is not UTF-8.
    """
    try:
        return text_of(content)
    except UnicodeError:
        raise InputError(Problem(where, "is not UTF-8 text")) from None


def labelled_texts(
    path: str, names: Sequence[str], experiment: Experiment
) -> tuple[tuple[str, ...], np.ndarray, tuple[str, ...], np.ndarray | None]:
    """Texts whose labels are known; where the data has a test split, that one alone.

    Args:
        path: a folder with a sub-folder of ``.txt`` files a class, or a table (``.jsonl``, ``.parquet`` or a folder of
            these, else separated values) with the columns of the experiment's data, or with ``text`` and ``label``.
        names: what the model's outputs stand for.
        experiment: that the model is of.

    Returns:
        The texts, ``(n, ...)`` targets at rest, the files that cannot be read with what else was left out by kind, and
        ``(n,)`` the number of the group of each; ``None``: each is by itself.

    Raises:
        InputError: the data cannot be read, or has a class that the model does not know.
    """
    if Path(path).suffix.lower() == ".npz":
        rule = "is a file of arrays, and new texts are read from tables and folders; a study's own are, by --test"
        raise InputError(Problem(_WHERE, rule, path))
    if Path(path).is_dir() and not any(Path(path).rglob("*.parquet")):
        left = Leftovers()
        kept, texts, unreadable = read_text_files(list_text_files(Path(path), _WHERE, left))
        if not kept:
            raise InputError(Problem(_WHERE, f"none of the texts can be read: {', '.join(unreadable[:5])}", path))
        labels = RawLabels(((_WHERE, np.array([each.label for each in kept], dtype=np.str_)),))
        rows = _test_rows([each.split for each in kept] if any(each.split for each in kept) else None, path)
        found, groups = Texts(tuple(texts), tuple(each.name for each in kept)), None
        unreadable += map(str, left.by_kind())
    else:
        columns = _columns(experiment)
        found, listing = read_text_table(path, columns, _WHERE)
        labels, unreadable, groups = listing.labels, [*map(str, listing.left_out)], listing.groups
        if groups is None and columns[0].group is not None:
            told = "intervals take each text as one by itself: the data has no column '%s' of groups"
            _LOG.warning(told, columns[0].group)
        rows = _test_rows(listing.given, path)
    chosen = list(range(len(found))) if rows is None else rows
    targets = experiment.predicted.known(labels.take(chosen), names)
    of = None if groups is None else shared_groups([groups[row] for row in chosen])
    return tuple(found.texts[row] for row in chosen), targets.values, tuple(unreadable), of


def _columns(experiment: Experiment) -> list[Columns]:
    """Of a table, those of the experiment's data, then those that are usual."""
    own = getattr(experiment.dataset, "text_columns", Columns(TEXT_COLUMN))._replace(weight=None)
    return [own, Columns(TEXT_COLUMN, group=own.group)]


def _test_rows(given: Sequence[str] | None, path: str) -> list[int] | None:
    """Those of the test split; ``None``: there are no splits."""
    if given is None:
        return None
    rows = [row for row, split in enumerate(given) if split == "test"]
    if not rows:
        rule = "has texts for other splits, and none for the test: name what is to be evaluated by itself"
        raise InputError(Problem(_WHERE, rule, path))
    return rows
