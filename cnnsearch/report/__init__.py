"""The report: one self-contained HTML file about one or several studies.

Each view is ``Study -> Info -> figure -> page``: ``info`` computes, ``figure`` draws what was computed, ``page`` lays
it out. Nothing but the study folder is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.errors import InputError, Problem

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["write_report"]


def write_report(studies: Sequence[Study], path: Path) -> Path:
    """Write the report on ``studies`` as one HTML file, replacing what was there in one step.

    Args:
        studies: one, or several that come one after another below a table that compares them.
        path: the file.

    Raises:
        InputError: there is no study, or the file cannot be written.
    """
    from cnnsearch.report.page import render
    from cnnsearch.study.folder import write_atomic

    if not studies:
        raise InputError(Problem("STUDY", "a report needs at least one study"))
    # A file name that is no valid UTF-8 may stand in the record as a lone surrogate, which cannot be encoded.
    content = render(studies).encode("utf-8", "replace")
    try:
        write_atomic(path, content)
    except OSError as error:
        raise InputError(Problem("", f"cannot write the report: {error.strerror}", str(path))) from None
    return path
