"""The preview: one HTML file that shows what trials will see of the pictures, before any is started."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import Problem, unwritten
from cnnsearch.escaping import PRINTABLE

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["DEFAULT_FILE", "preview"]

DEFAULT_FILE = "preview.html"


def preview(
    experiment: Experiment,
    path: str | os.PathLike[str] = DEFAULT_FILE,
    tell: Callable[[Mapping[str, Any]], None] = lambda _: None,
) -> Path:
    """Write a page with training pictures as they are read, and as the augmentation of the space changes them.

    All of the data is read, split and checked as for a sweep, which then finds its pictures in the cache; no trial is
    started, and Ray is not.

    Args:
        experiment: what would be run.
        path: the file, which is replaced in one step.
        tell: called with what ``environment.json`` would say of the data; the page has the remarks on it too.

    Raises:
        InputError: the experiment cannot be run on its data, or the file cannot be written.
        StorageError: its disk is full.
    """
    from cnnsearch.previews.page import render
    from cnnsearch.report.written import WrittenReport
    from cnnsearch.study.store.atomic import write_atomic

    content = render(experiment, tell).encode("utf-8", PRINTABLE)
    target = os.fspath(path)
    try:
        write_atomic(Path(target), content)
    except OSError as error:
        raise unwritten(Problem("", f"cannot write the preview: {error.strerror}", target), error) from None
    return WrittenReport(target)
