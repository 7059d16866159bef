"""The path of a report that was written; a notebook shows the page in place of the path."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.escaping import printable

__all__ = ["WrittenReport"]

_MOST_EMBEDDED = 25_000_000
"""Bytes of a page that a notebook still takes into its own file."""

if TYPE_CHECKING:
    _Base = Path
else:
    _Base = type(Path())


class WrittenReport(_Base):
    """A path in every respect. As the value of a notebook's cell it is the page itself, which needs no server."""

    def _repr_html_(self) -> str:
        name = html.escape(printable(str(self)))
        try:
            large = self.stat().st_size > _MOST_EMBEDDED
            page = "" if large else self.read_text(encoding="utf-8")
        except OSError:
            return f"<p>{name} is not there any more.</p>"
        if large:
            return f'<p>The report is too large to be shown here: <a href="{html.escape(self.as_uri())}">{name}</a></p>'
        frame = (
            f'<iframe srcdoc="{html.escape(page)}" title="Report" style="width:100%;height:800px;border:0"></iframe>'
        )
        return f"<p>{name}</p>{frame}"
