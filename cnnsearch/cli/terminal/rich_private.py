"""Rich from inside: whatever of it is not documented is touched here, and nowhere else.

``tests/cli/test_rich_private.py`` looks at it in the installed version; ``pyproject.toml`` bounds the versions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from cnnsearch.escaping import printable_lines

__all__ = ["Terminal"]


class Terminal(Console):
    """Shows texts from outside as they are spelled: a terminal must not obey what a file's name holds.

    Nothing is markup, unless it is asked for. What is shown, of whatever rich draws, leaves by :meth:`_render_buffer`;
    before that, :meth:`render_str` makes columns as wide as what will stand in them.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, emoji=False, markup=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:  # type: ignore[override]
        return super().render_str(printable_lines(text), **options)

    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        # Segments with `control` are rich's own: where the cursor goes.
        return super()._render_buffer(
            segment if segment.control else Segment(printable_lines(segment.text), segment.style) for segment in buffer
        )
