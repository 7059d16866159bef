"""Who reports on a study, for people who look for the report at the study itself.

The report reads studies, and stands above them: this room knows it by its name and by what it answers, and imports
nothing of it. It is loaded when somebody asks.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["REPORT", "Reporter", "reporter"]

REPORT = "report.html"
"""Name of the report in the folder of a study."""


class WithInterval(Protocol):
    """The headline of a study with its 95% interval."""

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types only."""


class Reporter(Protocol):
    """What :mod:`cnnsearch.report` answers."""

    def headline(self, study: Study) -> WithInterval | None: ...

    def write_report(self, studies: Sequence[Study], path: str | os.PathLike[str] | None = None) -> Path | str: ...

    def in_html(self, study: Study) -> str: ...

    def markdown(self, studies: Sequence[Study]) -> str: ...

    def keras_code(self, study: Study, trial: int | None = None) -> str: ...


def reporter() -> Reporter:
    return cast("Reporter", importlib.import_module("cnnsearch.report"))
