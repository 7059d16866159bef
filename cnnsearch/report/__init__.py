"""The report: one self-contained HTML file about one or several studies.

Each view is ``Study -> Info -> figure -> page``: ``info`` computes, ``figure`` draws what was computed, ``page`` lays
it out. Nothing but the study folder is read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

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
        studies: one, or several to compare, whose own reports the page leads to.
        path: the file; left out, ``report.html`` in the study, or beside the file that it is packed into; of several,
            ``comparison.html`` there, in or beside the first one.

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
    first, name = studies[0], REPORT if len(studies) == 1 else _COMPARISON
    target = _own_path(first, name) if path is None else os.fspath(path)
    content = render(studies, [_address(study, target) for study in studies]).encode("utf-8", PRINTABLE)
    try:
        if path is None and not first.is_packed:
            first.store.remake(name, content)
        else:
            write_atomic(Path(target), content)
    except (OSError, StorageError) as error:
        reason = f": {error.strerror}" if isinstance(error, OSError) else f"; {error}"
        where = None if target in reason else target  # storage says it itself
        raise unwritten(Problem("", f"cannot write the report{reason}", where), error) from None
    return target if is_uri(target) else WrittenReport(target)


_COMPARISON = "comparison.html"


def _own_path(first: Study, name: str) -> str:
    if name != _COMPARISON:
        return first.report_path
    return str(Path(first.source).with_name(name)) if first.is_packed else first.store.at(name)


def _address(study: Study, page: str) -> str | None:
    """Of a study's own report, as seen from ``page``; ``None`` where there is none that a browser could open there."""
    from cnnsearch.study.store import is_uri

    own = study.report_path
    if is_uri(own) or is_uri(page) or not Path(own).is_file() or Path(own).resolve() == Path(page).resolve():
        return None
    return quote(Path(os.path.relpath(own, Path(page).parent)).as_posix().encode("utf-8", "surrogateescape"))


def markdown(studies: Sequence[Study]) -> str:
    """The verdict on ``studies`` in Markdown, short enough to be pasted into a pull request.

    Raises:
        InputError: there is no study.
    """
    from cnnsearch.report.digest import digest

    if not studies:
        raise InputError(Problem("STUDY", "a summary needs at least one study"))
    return printable_lines(digest(studies))
