"""Students as the command line names them: ``filters=8,conv_blocks=2``."""

from __future__ import annotations

import re
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import parse_value

__all__ = ["read_student"]

_COMMA = re.compile(r",(?![^\[]*\])")
"""One that stands in no list."""


def read_student(text: str) -> dict[str, Any]:
    """Parameter -> value.

    Args:
        text: pairs with commas between them; a value is YAML, as of ``--set``.

    Raises:
        InputError: it is something else.
    """
    found: dict[str, Any] = {}
    for part in _COMMA.split(text):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            rule = "must be PARAMETER=VALUE, several with commas between them, as filters=8,conv_blocks=2"
            raise InputError(Problem("--distill", rule, text))
        if name.strip() in found:
            raise InputError(Problem("--distill", f"names {name.strip()} twice", text))
        try:
            found[name.strip()] = parse_value(value)
        except InputError as error:
            raise InputError(Problem(f"--distill {name.strip()}", error.problems[0].rule, value)) from None
    return found
