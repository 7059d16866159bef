"""A line as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field
from typing import Any

from cnnsearch.study.record.lines.part import Part
from cnnsearch.study.record.lines.shapes import SHAPES

__all__ = ["to_json"]


def to_json(part: Part) -> dict[str, Any]:
    """A line as it stands in its file, of JSON types."""
    found: dict[str, Any] = {}
    for each in SHAPES[type(part)]:
        value = getattr(part, each.name)
        if each.metadata.get("sparse") and value == _default(each):
            continue
        if isinstance(value, Part):
            value = to_json(value)
        elif isinstance(value, tuple):
            value = [to_json(each) if isinstance(each, Part) else each for each in value]
        elif isinstance(value, Mapping):
            value = dict(value)
        found[each.name] = value
    return {**found, **part.others}


def _default(each: Field[Any]) -> Any:
    return each.default if each.default_factory is MISSING else each.default_factory()
