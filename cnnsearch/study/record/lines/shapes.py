"""The keys of each kind of line, and of each part of one; content that is sorted by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any

from cnnsearch.study.record.lines.compressions import Timing
from cnnsearch.study.record.lines.ends import Ended
from cnnsearch.study.record.lines.files import KINDS
from cnnsearch.study.record.lines.part import AnyPart, Part
from cnnsearch.study.record.lines.proposals import Refusal
from cnnsearch.study.record.lines.refits import Member
from cnnsearch.study.record.lines.test_reads import Reading
from cnnsearch.study.record.lines.values import OTHERS
from cnnsearch.study.record.lines.workers import Checkpointing, Startup, Worker

__all__ = ["NAMES", "SHAPES", "built", "gathered"]

_PARTS: Mapping[str, type[Part]] = {
    "worker": Worker,
    "startup": Startup,
    "checkpoints": Checkpointing,
    "refusals": Refusal,
    "members": Member,
    "timings": Timing,
}

SHAPES: Mapping[type, tuple[Field[Any], ...]] = {
    kind: tuple(each for each in fields(kind) if each.name != "others")
    for kind in (*(kind for kind, _ in KINDS.values()), *_PARTS.values(), Ended, Reading)
}
NAMES = {kind: frozenset(each.name for each in shape) for kind, shape in SHAPES.items()}


def gathered(kind: type[Part], content: Any) -> Any:
    """Content of a line or part, as pydantic takes it: what is not known stands together."""
    if isinstance(content, list):
        return [gathered(kind, each) for each in content]
    if not isinstance(content, dict):
        return content
    names = NAMES[kind]
    others = {name: value for name, value in content.items() if name not in names}
    found = {
        name: gathered(_PARTS[name], value) if name in _PARTS else value
        for name, value in content.items()
        if name in names
    }
    return {**found, OTHERS: others} if others else found


def built(kind: type[AnyPart], content: Mapping[str, Any]) -> AnyPart:
    """A line or part of content that needs no check."""
    names = NAMES[kind]
    found: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for name, value in content.items():
        if name not in names:
            others[name] = value
        elif name in _PARTS and value is not None:
            found[name] = built(_PARTS[name], value)
        else:
            found[name] = tuple(value) if isinstance(value, list) else value
    return kind(**found, others=others)
