"""The conditions under which a parameter is active."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.space.values import Value, freeze, thaw

__all__ = ["Condition", "freeze_when", "when_dict"]

Condition = Mapping[str, tuple[Value, ...]]
"""Parent parameter -> the values of it with which a parameter is active."""


def freeze_when(when: Mapping[str, Any] | None) -> Condition:
    if not when:
        return {}
    return {
        parent: freeze(allowed) if isinstance(allowed, (list, tuple)) else (freeze(allowed),)  # type: ignore[misc]
        for parent, allowed in when.items()
    }


def when_dict(when: Condition) -> dict[str, Any]:
    if not when:
        return {}
    return {"when": {parent: [thaw(value) for value in allowed] for parent, allowed in when.items()}}
