"""What lies in the data and takes no part in training, told by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["LeftOut", "Leftovers"]

_SHOWN = 5
"""Names that are kept of each kind."""


@dataclass(frozen=True)
class LeftOut:
    """What a source did not take, of one kind.

    Attributes:
        kind: what it is, in words, as ``files that end in .heic``.
        count: how many there are.
        names: some of them.
        expected: nobody would take it for a picture of the data set, as a text file: no caution of the verdict.
    """

    kind: str
    count: int
    names: tuple[str, ...]
    expected: bool = False

    def __str__(self) -> str:
        more = ", ..." if self.count > len(self.names) else ""
        return f"{self.kind}: {self.count:,} ({', '.join(self.names)}{more})"

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "names": list(self.names)}

    @classmethod
    def from_dict(cls, line: Mapping[str, Any]) -> LeftOut:
        return cls(line["kind"], line["count"], tuple(line["names"]), line["expected"])


class Leftovers:
    """Gathers what a source does not take, while it looks at its data."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, bool], list[str]] = {}

    def add(self, kind: str, names: Iterable[str], expected: bool = False) -> None:
        """Add to a kind; as :class:`LeftOut` has them."""
        for name in names:
            self._names.setdefault((kind, expected), []).append(name)

    def by_kind(self) -> tuple[LeftOut, ...]:
        """What somebody may miss first, then the larger numbers."""
        found = [
            LeftOut(kind, len(names), tuple(names[:_SHOWN]), expected)
            for (kind, expected), names in self._names.items()
        ]
        return tuple(sorted(found, key=lambda left: (left.expected, -left.count, left.kind)))
