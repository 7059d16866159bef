"""Several studies side by side, from Python."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.escaping import printable
from cnnsearch.report import markdown, write_report
from cnnsearch.report.views.comparison.info import comparison_info
from cnnsearch.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from cnnsearch.report.statistics.summary import SummaryInfo

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """Studies side by side; a notebook shows the table, and what speaks against comparing them.

    Attributes:
        studies: at least two, in the order given.
        table: a row a study: objective, value and what that is, its 95% interval, trials, parameters, duration.
        doubts: why the values may not be comparable; empty where nothing speaks against it.
    """

    studies: tuple[Study, ...]
    table: pd.DataFrame
    doubts: tuple[str, ...]

    def report(self, path: str | os.PathLike[str]) -> Path | str:
        """Write the report that compares them as one self-contained HTML file, as ``cnnsearch report A B -o FILE``.

        Returns:
            Path of the file, which a notebook shows as the page.

        Raises:
            InputError: the file cannot be written.
        """
        return write_report(self.studies, path)

    def markdown(self) -> str:
        """The comparison and the verdict on each in Markdown."""
        return markdown(self.studies)

    def __repr__(self) -> str:
        return "\n".join([self.table.to_string(), *self.doubts])

    def _repr_html_(self) -> str:
        doubts = "".join(f"<li>{html.escape(printable(doubt))}</li>" for doubt in self.doubts)
        shown: str = self.table.to_html(escape=True)
        return shown + (f"<ul>{doubts}</ul>" if doubts else "")


def compare(studies: Sequence[Study | str | os.PathLike[str]]) -> Comparison:
    """Set studies side by side.

    Args:
        studies: at least two; each a :class:`~cnnsearch.Study`, its path or URI, or the file that it is packed into.

    Raises:
        InputError: there are fewer than two, or one cannot be read.
    """
    if isinstance(studies, (str, os.PathLike, Study)) or len(studies) < 2:
        raise InputError(Problem("studies", "must be a list of at least two studies, or of their paths"))
    found = tuple(study if isinstance(study, Study) else Study.load(study) for study in studies)
    info = comparison_info(found)
    return Comparison(found, _table(info.studies), info.doubts)


def _table(rows: Sequence[SummaryInfo]) -> pd.DataFrame:
    import pandas as pd

    index = pd.Index([printable(row.name) for row in rows], name="study")
    return pd.DataFrame([_row(row) for row in rows], index=index)


def _row(row: SummaryInfo) -> dict[str, Any]:
    import pandas as pd

    number, best = row.headline, row.best
    return {
        "objective": row.metric,
        "value": None if number is None else number.headline.value,
        "what": None if number is None else number.headline.name,
        "low": None if number is None else number.low,
        "high": None if number is None else number.high,
        "winner": None if best is None else best.trial,
        "trials": sum(row.counts.values()),
        "parameters": None if best is None else best.cost.get("parameters"),
        "duration": pd.Timedelta(seconds=row.sweep_seconds),
    }
