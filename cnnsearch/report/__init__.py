"""The report: one self-contained HTML file about one or several studies.

Each view is ``Study -> Info -> figure -> page``: ``info`` computes, ``figure`` draws what was computed, ``page`` lays
it out. Nothing but the study folder is read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.errors import InputError, Problem, StorageError, unwritten
from cnnsearch.escaping import PRINTABLE, printable_lines
from cnnsearch.scripts import keras_code

if TYPE_CHECKING:
    from cnnsearch.report.statistics.headline import HeadlineInfo
    from cnnsearch.study import Study

__all__ = ["headline", "in_html", "keras_code", "markdown", "write_report"]


def headline(study: Study) -> HeadlineInfo | None:
    """The number that a study is known by, with its 95% interval; ``None`` where no trial has a value."""
    from cnnsearch.report.statistics.headline import headline_info

    return headline_info(study)


def in_html(study: Study) -> str:
    """A study as a notebook shows it: its verdict and learning curves."""
    from cnnsearch.report.notebook import study_in_html

    return study_in_html(study)


def write_report(studies: Sequence[Study], path: str | os.PathLike[str] | None = None) -> Path | str:
    """Write the report on ``studies`` as one HTML file, replacing what was there in one step.

    Args:
        studies: one, or several that come one after another below a table that compares them.
        path: the file; left out, ``report.html`` in the first study, or beside the file that it is packed into.

    Returns:
        Path of the file, which a notebook shows as the page; its URI where it is on object storage.

    Raises:
        InputError: there is no study, or the file cannot be written.
        StorageError: its disk is full.
    """
    from cnnsearch.report.page import render
    from cnnsearch.report.written import WrittenReport
    from cnnsearch.study.reporter import REPORT
    from cnnsearch.study.store import is_uri
    from cnnsearch.study.store.atomic import write_atomic

    if not studies:
        raise InputError(Problem("STUDY", "a report needs at least one study"))
    content = render(studies).encode("utf-8", PRINTABLE)
    first = studies[0]
    target = first.report_path if path is None else os.fspath(path)
    try:
        if path is None and not first.is_packed:
            first.store.remake(REPORT, content)
        else:
            write_atomic(Path(target), content)
    except (OSError, StorageError) as error:
        reason = f": {error.strerror}" if isinstance(error, OSError) else f"; {error}"
        raise unwritten(Problem("", f"cannot write the report{reason}", target), error) from None
    return target if is_uri(target) else WrittenReport(target)


def markdown(studies: Sequence[Study]) -> str:
    """The verdict on ``studies`` in Markdown, short enough to be pasted into a pull request.

    Raises:
        InputError: there is no study.
    """
    from cnnsearch.report.digest import digest

    if not studies:
        raise InputError(Problem("STUDY", "a summary needs at least one study"))
    return printable_lines(digest(studies))
