"""Two records, line by line and key by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.same_results.lines import Lines

__all__ = ["Differences", "compare"]


@dataclass
class Differences:
    """What is not the same.

    Attributes:
        differ: one sentence each.
        added: keys that only the later code writes, as "curves: violations"; these are no differences.
    """

    differ: list[str] = field(default_factory=list)
    added: set[str] = field(default_factory=set)


def compare(
    before: Mapping[str, Lines], now: Mapping[str, Lines], without: frozenset[str] = frozenset()
) -> Differences:
    """Every line and every key of ``before`` must be in ``now``, bit for bit, but for the keys ``without``."""
    found = Differences()
    for file, lines in before.items():
        for name in [*lines, *(name for name in now[file] if name not in lines)]:
            if name not in now[file] or name not in lines:
                found.differ.append(f"{file}, {name}: only {'before' if name in lines else 'now'}")
            else:
                _compare_line(f"{file}, {name}", file, lines[name], now[file][name], without, found)
    return found


def _compare_line(
    where: str, file: str, before: dict[str, Any], now: dict[str, Any], without: frozenset[str], found: Differences
) -> None:
    for key in before:
        if key not in without and (key not in now or not _is_same(before[key], now[key])):
            found.differ.append(f"{where}, {key}: {before[key]!r} before, {now.get(key)!r} now")
    found.added.update(f"{file}: {key}" for key in now if key not in before and key not in without)


def _is_same(before: Any, now: Any) -> bool:
    """As JSON, so that 1 is not 1.0 and true is not 1."""
    return repr(before) == repr(now)
