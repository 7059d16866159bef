"""Rows of a table with an empty cell: an error, or left out while the table is read."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import Finding
from cnnsearch.data.split import Split

__all__ = ["CHECK"]


class MissingCheck:
    """Tells of those that were left out; there is no picture, or nothing is known of it."""

    def sets(self, examined: Examined) -> Sets:  # noqa: ARG002 - a Check
        return []

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002
        return []

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        rows = examined.dataset.incomplete
        if not rows:
            return
        have, take = ("row has", "takes") if len(rows) == 1 else ("rows have", "take")
        text = f"{len(rows):,} {have} an empty cell and {take} no part, as {rows[0]}."
        yield Finding("missing", text, len(rows), examined.dataset)


CHECK = MissingCheck()
