"""The one way in which a script is written: templates of our own, and values that become literals in them.

A study may come from anybody, so nothing of it is ever pasted. :class:`Code` is made by :func:`code`, :func:`name`,
:func:`literal` and :func:`docstring` alone, and a script takes nothing else (:func:`joined`).
"""

from __future__ import annotations

import keyword
import string
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["Code", "code", "docstring", "indented", "joined", "lines", "literal", "name"]


class Code(str):
    """A piece of a script."""

    __slots__ = ()


def literal(value: Any) -> Code:
    """A value as Python code has it, texts in double quotes: printable whatever it holds, and equal to it when read.

    Raises:
        TypeError: it is none of the types that have literals; subclasses of these may be written as anything.
    """
    kind = type(value)
    if kind is Code:  # in a list or tuple
        return value  # type: ignore[no-any-return]
    if kind is str:
        return Code(_quoted(value))
    if value is None or kind in (bool, int):
        return Code(repr(value))
    if kind is float:
        return Code(repr(value) if abs(value) < float("inf") else f'float("{value!r}")')
    if kind is list:
        return Code(f"[{', '.join(map(literal, value))}]")
    if kind is tuple:
        return Code(f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})")
    if kind is dict:
        return Code("{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}")
    raise TypeError(f"a {kind.__name__} has no literal")


def name(text: str) -> Code:
    """A name of ours, or of a module or function, dotted or not.

    Raises:
        ValueError: it is no name.
    """
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in text.split(".")):
        raise ValueError(f"{text!r} is no name")
    return Code(text)


def code(template: str, /, **fields: Any) -> Code:
    """A piece made from a template, in which each ``{field}`` is code, or a value that is written as a literal.

    The template is one of ours, written out where it is used: a test looks at each call.
    """
    return Code(_WRITER.vformat(template, (), fields))


def lines(*templates: str, **fields: Any) -> list[Code]:
    """As :func:`code`, of several templates, or of some with several lines: a list of single lines."""
    return [Code(line) for template in templates for line in code(template, **fields).split("\n")]


def joined(pieces: Iterable[Code], between: str = "\n") -> Code:
    """Pieces as one.

    Raises:
        TypeError: one of them was not made here.
    """
    pieces = list(pieces)
    for piece in pieces:
        if type(piece) is not Code:
            raise TypeError(f"no code of ours: {piece!r}")
    return Code(between.join(pieces))


def indented(pieces: Iterable[Code]) -> list[Code]:
    return [Code(f"    {line}" if line else "") for line in joined(pieces).split("\n")]


def docstring(paragraphs: Sequence[str], remarks: Iterable[str] = ()) -> list[Code]:
    """Lines of prose in which nothing from outside ends the string, or is read as an escape.

    Args:
        paragraphs: at least one.
        remarks: a list below them.
    """
    wrapped = [line for text in paragraphs for line in ("", *textwrap.wrap(_plain(text), 100))][1:]
    for text in dict.fromkeys(remarks):
        wrapped += textwrap.wrap(_plain(text), 100, initial_indent="- ", subsequent_indent="  ")
    return [Code(f'"""{wrapped[0]}'), *map(Code, wrapped[1:]), Code('"""')]


class _Writer(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec:
            raise ValueError("a template has no formats: what is written is the literal")
        return value if type(value) is Code else literal(value)

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, str]:  # noqa: ARG002
        return kwargs[field_name], field_name  # no attributes, no items


_WRITER = _Writer()


def _quoted(text: str) -> str:
    """As :func:`repr` writes it, which escapes all that cannot be printed, but in double quotes."""
    written = repr(text)
    if written[0] == '"':
        return written
    # In single quotes each of these stands behind a backslash of its own, and no double quote does.
    inner = written[1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{inner}"'


def _plain(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown.replace("\\", "/").replace('"', "'")
