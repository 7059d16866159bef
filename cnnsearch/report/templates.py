"""Templates of pages, with everything in them escaped, and the style that all pages share."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import jinja2
from markupsafe import Markup

from cnnsearch.escaping import printable_json, printable_lines
from cnnsearch.report import numbers

__all__ = ["SYMBOLS", "embedded_json", "environment", "style"]

_FOLDER = Path(__file__).parent

SYMBOLS = {
    "COMPLETED": "M6 1.5a4.5 4.5 0 1 0 .01 0z",
    "STOPPED": "M1.5 2.5h9L6 10.5z",
    "FAILED": "M2 2l8 8M10 2l-8 8",
    "INTERRUPTED": "M6 1l5 5-5 5-5-5z",
    "RUNNING": "M6 1.5a4.5 4.5 0 1 0 .01 0z",
}
"""State -> SVG path in a square of 12, shaped as the markers of the figures."""


def style() -> Markup:
    """The style sheet."""
    return Markup((_FOLDER / "page.css").read_text(encoding="utf-8"))


def embedded_json(text: str) -> Markup:
    """JSON without the characters that mean something to HTML."""
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def environment() -> jinja2.Environment:
    """Of the templates of the report, and of others by their whole paths."""
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.FileSystemLoader(_FOLDER),
                jinja2.FunctionLoader(lambda path: Path(path).read_text(encoding="utf-8")),  # a view's own
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable_lines(value) if type(value) is str else value,  # and not Markup
    )
    made.filters.update({name: getattr(numbers, name) for name in numbers.__all__ if name != "ABSENT"})
    made.filters["embedded"] = lambda value: embedded_json(printable_json(value, default=asdict))
    made.globals.update(symbols=SYMBOLS)
    return made
