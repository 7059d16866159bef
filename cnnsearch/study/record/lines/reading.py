"""A line as it is read: quickly where cnnsearch wrote it, and with what is wrong with it else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter

from cnnsearch.errors import Problem
from cnnsearch.study.record.lines.epochs import EpochLine
from cnnsearch.study.record.lines.files import CURVES, KINDS, LineFile
from cnnsearch.study.record.lines.flat_epochs import FLAT, is_flat, upgraded
from cnnsearch.study.record.lines.part import AnyLine
from cnnsearch.study.record.lines.shapes import gathered
from cnnsearch.study.record.schema import FORMAT, problems_in

__all__ = ["checked_line", "quick_reader"]

_FORMAT_OF_EPOCH = f'"format": {FORMAT}, "epoch": '.encode()
"""In the line of an epoch that names its format, as it is written."""


def quick_reader(file: LineFile[AnyLine]) -> Callable[[bytes], AnyLine]:
    """Reads a line as cnnsearch writes it; raises a ``ValidationError`` for any other, which may be valid all the same.

    Of lines :func:`checked_line` says what is wrong with them.
    """
    check: Callable[[bytes], AnyLine] = KINDS[file][1].validator.validate_json
    if file != CURVES:
        return check
    flat, this = FLAT.validator.validate_json, TypeAdapter(EpochLine).validator.validate_json

    def read(raw: bytes) -> Any:
        if _FORMAT_OF_EPOCH in raw:
            return this(raw)
        return check(raw) if b'"values": {' in raw else upgraded(flat(raw))

    return read


def checked_line(file: LineFile[AnyLine], content: Any, where: str) -> tuple[AnyLine | None, list[Problem]]:
    """A line of which the JSON content is known, or what is wrong with it."""
    if file == CURVES and is_flat(content):
        found, problems = problems_in(content, FLAT, where)
        return None if found is None else upgraded(found), problems  # type: ignore[return-value]
    kind, check = KINDS[file]
    return problems_in(gathered(kind, content), check, where)
