"""The record of a study as plain JSON, whatever format it is of: nothing of cnnsearch reads it here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["ORDER", "Lines", "read_record"]

Lines = dict[str, dict[str, Any]]
"""What a line is of ("trial 3, epoch 2") -> what it says."""

_FILES = ("proposals", "curves", "trials", "finalists", "test_reads")
_REQUIRED = _FILES[:3]

_IGNORED = frozenset({"format", "time", "seconds", "started", "ended", "worker", "model"})
"""Keys whose values are of a moment, a machine or a format; ``model`` is the digest of a file that tells its date."""

_STUDY = "study:"
"""Before the path of a study, which each side has in a folder of its own."""

ORDER = frozenset({"event", "asked", "attempts", "told"})
"""Keys that tell in which order things arrived: after a kill there is another one."""


def read_record(study: Path) -> dict[str, Lines]:
    """File -> its lines.

    Raises:
        ValueError: there are no proposals, epochs or ends: nothing would be compared.
    """
    found = {name: _lines(study / f"{name}.jsonl") for name in _FILES}
    empty = [name for name in _REQUIRED if not found[name]]
    if empty:
        raise ValueError(f"{study}: no {', '.join(empty)}")
    return found


def _lines(path: Path) -> Lines:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found: Lines = {}
    seen: Counter[str] = Counter()
    for line in map(json.loads, lines):
        name = ", ".join(f"{key} {line[key]}" for key in ("trial", "run", "epoch") if line.get(key) is not None)
        if path.stem != "curves":  # an epoch may stand twice after a kill, and its last line counts; an end may not
            seen[name] += 1
            name += f" (line {seen[name]})" if seen[name] > 1 else ""
        found[name] = dict(_said(line))
    return found


def _said(line: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a line says, flat: keys within ``metrics``, ``values`` and ``cost`` beside the others."""
    for key, value in line.items():
        if key == "values":
            yield from _said(value)
        elif key in ("metrics", "cost"):
            yield from ((f"{key}.{name}", each) for name, each in (value or {}).items() if not _is_time(name, each))
        elif key not in _IGNORED and value not in (None, [], {}):
            yield key, {name: _placed(each) for name, each in value.items()} if key == "config" else value


def _placed(value: Any) -> Any:
    is_study = isinstance(value, str) and value.startswith(_STUDY)
    return _STUDY + Path(value.removeprefix(_STUDY)).name if is_study else value


def _is_time(name: str, value: Any) -> bool:
    return value is None or name.endswith("_seconds")
