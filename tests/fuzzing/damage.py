"""Ways in which a file comes to hold something else than it should."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

__all__ = ["bytes_damaged", "lines_damaged", "text_of", "value_damaged"]

_ENDLESS = "@1e400@"
"""Stands for a number that no float holds, which only a text can spell."""

_DEEP = "@deep@"
_NESTED = 1200

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 7, 10**9, 10**12, 10**30, 10**400, 2**63, 0.0, 0.5, 1.5, -0.5, 1e-320, 1e30, 1e308),
    *(-1e308, float("nan"), float("inf"), _ENDLESS, _DEEP, "", "x", "1", "COMPLETED", "FAILED", "STOPPED", "across"),
    *("\ud800", "a\nb\x1b[31m", "x" * 5000, [], {}, [1], [[]], {"a": 1}, {"": {"": []}}, [None] * 3, {"trial": 0}),
)


def text_of(content: Any, depth: int = _NESTED) -> str:
    """JSON, or what other programs take for it: NaN, numbers without end, nesting without end."""
    text = json.dumps(content)
    text = text.replace(json.dumps(_ENDLESS), "1e400")
    return text.replace(json.dumps(_DEEP), "[" * depth + "]" * depth)


def _places(content: Any) -> list[tuple[Any, ...]]:
    """Every key and index, at any depth."""
    if isinstance(content, dict):
        return [(key, *rest) for key, value in content.items() for rest in ((), *_places(value))]
    if isinstance(content, list):
        return [(index, *rest) for index, value in enumerate(content) for rest in ((), *_places(value))]
    return []


@st.composite
def value_damaged(draw: st.DrawFn, content: Any) -> Any:
    """JSON content of which one to three values are missing, odd, or deeper than they were."""
    content = json.loads(json.dumps(content))
    for _ in range(draw(st.integers(1, 3))):
        places = _places(content)
        if not places:
            return draw(st.sampled_from(ODD))
        *path, last = draw(st.sampled_from(places))
        holder = content
        for step in path:
            holder = holder[step]
        how = draw(st.sampled_from(("odd", "odd", "odd", "delete", "nest", "rename", "number")))
        if how == "delete":
            del holder[last]
        elif how == "nest":
            holder[last] = draw(st.sampled_from(([holder[last]], {"x": holder[last]})))
        elif how == "rename" and isinstance(holder, dict):
            holder[draw(st.sampled_from(("x", "", "trial", "state", "\ud800", "format")))] = holder.pop(last)
        elif how == "number":
            holder[last] = draw(st.one_of(st.integers(-5, 50), st.floats(-2, 2)))
        else:
            holder[last] = draw(st.sampled_from(ODD))
    return content


@st.composite
def lines_damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """A file of lines of which some are odd, gone, there twice, or in another order."""
    lines = content.splitlines()
    for _ in range(draw(st.integers(1, 2))):
        if not lines:
            return b""
        at = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(("value", "value", "value", "value", "delete", "twice", "swap", "bytes", "every")))
        if how == "value":
            lines[at] = text_of(draw(value_damaged(_loaded(lines[at])))).encode()
        elif how == "delete":
            del lines[at]
        elif how == "twice":
            lines.insert(draw(st.integers(0, len(lines))), lines[at])
        elif how == "swap":
            lines[0], lines[at] = lines[at], lines[0]
        elif how == "every":
            lines = [_without(line, draw(st.sampled_from(sorted(_keys(lines[at]) or ["x"])))) for line in lines]
        else:
            lines[at] = draw(bytes_damaged(lines[at]))
    return b"\n".join(lines) + draw(st.sampled_from((b"\n", b"", b"\n\n", b'\n{"trial": 3, "st', b"\n\0\0\0")))


@st.composite
def bytes_damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes that are cut short, turned over, moved, or have others between them."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        how = draw(st.sampled_from(("cut", "flip", "insert", "drop", "zero", "repeat")))
        if how == "cut":
            content = content[:at]
        elif how == "flip" and content:
            content = content[:at] + bytes([content[at] ^ (1 << draw(st.integers(0, 7)))]) + content[at + 1 :]
        elif how == "insert":
            content = content[:at] + draw(st.binary(min_size=1, max_size=4)) + content[at:]
        elif how == "drop":
            content = content[:at] + content[at + draw(st.integers(1, 20)) :]
        elif how == "zero":
            content = content[:at] + b"\0" * 4 + content[at + 4 :]
        else:
            content = content[:at] + content[max(0, at - draw(st.integers(1, 40))) :]
    return content


def _loaded(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return {}


def _keys(line: bytes) -> list[str]:
    content = _loaded(line)
    return list(content) if isinstance(content, dict) else []


def _without(line: bytes, key: str) -> bytes:
    content = _loaded(line)
    if isinstance(content, dict):
        content.pop(key, None)
    return json.dumps(content).encode()
