"""Tables that are too wide for a phone: each of their cells learns what its column is called.

The style sheet then puts the cells of a row below each other there, each beside that name.
"""

from __future__ import annotations

import itertools
import re
from html import unescape

from markupsafe import Markup

__all__ = ["stacked"]

_MOST = 3
"""Columns that a phone has room for."""

_TABLE = re.compile(r'<table class="plain roomy(.*?)</table>', re.DOTALL)
_HEADER = re.compile(r'<th scope="col"[^>]*>(.*?)</th>', re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(td|th)\b")
_TAG = re.compile(r"<[^>]*>")


def stacked(page: str) -> Markup:
    """A view's HTML with such tables marked; in ours no tag holds a ``>`` but at its end, as all else is escaped."""
    return Markup(_TABLE.sub(_table, page))


def _table(found: re.Match[str]) -> str:
    head, divider, body = found[0].partition("<tbody>")
    names = [unescape(_TAG.sub("", name)) for name in _HEADER.findall(head)]
    if len(names) <= _MOST:
        return found[0]
    marked = _ROW.sub(lambda row: _row(row[0], names), body)
    return head.replace("plain roomy", "plain roomy stacked", 1) + divider + marked


def _row(row: str, names: list[str]) -> str:
    labels = itertools.chain(names, itertools.repeat(""))
    return _CELL.sub(lambda cell: Markup('<{} data-label="{}"').format(Markup(cell[1]), next(labels)), row)
